#include "tools/pql/bulk_evaluation.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <sstream>
#include <thread>
#include <utility>

#include "base/strings.h"
#include "eval/plan/plan_run.h"
#include "tools/pql/block_queue.h"
#include "tools/pql/evaluation_text.h"

namespace pql {
namespace {

// What a worker keeps before it is its turn to write.
constexpr size_t kMaxTextBytes = 1 << 20;

// Writes what is to be printed of an account.
class AccountWriter {
 public:
  virtual ~AccountWriter() = default;
  virtual void Add(std::string_view account_id, PlanRun* run) = 0;
  virtual size_t size() const = 0;
  virtual std::string Take() = 0;
};

class TextWriter : public AccountWriter {
 public:
  explicit TextWriter(const AccountEvaluator& evaluator) : line_(evaluator) {}
  void Add(std::string_view account_id, PlanRun* run) override {
    line_.Append(account_id, run, &text_);
  }
  size_t size() const override { return text_.size(); }
  std::string Take() override { return std::exchange(text_, ""); }

 private:
  EvaluationText line_;
  std::string text_;
};

class RenderingWriter : public AccountWriter {
 public:
  RenderingWriter(const AccountEvaluator& evaluator, const BulkOptions& options)
      : evaluator_(evaluator),
        renderer_(MakeEvaluationRenderer(options.format, options.render, &out_)) {}
  void Add(std::string_view account_id, PlanRun* run) override {
    renderer_->Add(evaluator_.ToJson(account_id, run->Evaluate()));
  }
  size_t size() const override { return static_cast<size_t>(out_.view().size()); }
  std::string Take() override {
    std::string text = std::move(out_).str();
    out_.str("");
    return text;
  }

 private:
  const AccountEvaluator& evaluator_;
  std::ostringstream out_;
  std::unique_ptr<EvaluationRenderer> renderer_;
};

class NoWriter : public AccountWriter {
 public:
  void Add(std::string_view /*account_id*/, PlanRun* /*run*/) override {}
  size_t size() const override { return 0; }
  std::string Take() override { return ""; }
};

std::unique_ptr<AccountWriter> MakeWriter(const AccountEvaluator& evaluator,
                                          const BulkOptions& options) {
  if (options.format == "jsonl") return std::make_unique<TextWriter>(evaluator);
  if (options.format == "summary") return std::make_unique<NoWriter>();
  return std::make_unique<RenderingWriter>(evaluator, options);
}

// What comes of all blocks, in their order.
class Output {
 public:
  Output(std::ostream* out, Progress* progress) : out_(*out), progress_(*progress) {}

  // False: nobody takes it any more.
  bool Write(const std::string& text) {
    out_.write(text.data(), static_cast<std::streamsize>(text.size()));
    return out_.good();
  }
  void NoteBlock(uint64_t rows, size_t bytes) {
    bytes_ += bytes;
    progress_.UpdateNow(rows, bytes_);
  }
  void NoteUnknown(const std::vector<std::string>& names) {
    constexpr size_t kMaxUnknown = 20;  // as of one reader
    for (const std::string& name : names) {
      if (result_.unknown_columns.size() == kMaxUnknown) return;
      auto& known = result_.unknown_columns;
      if (std::find(known.begin(), known.end(), name) == known.end()) known.push_back(name);
    }
  }
  void NoteSkipped(const std::string& first) {
    if (result_.first_skipped.empty()) result_.first_skipped = first;
  }
  void Fail(absl::Status status) { result_.status = std::move(status); }

  BulkResult* result() { return &result_; }

 private:
  std::ostream& out_;
  Progress& progress_;
  uint64_t bytes_ = 0;
  BulkResult result_;
};

// One thread's work.
class Worker {
 public:
  Worker(const AccountEvaluator& evaluator, const AccountBlocks& blocks, const BulkOptions& options,
         BlockQueue* queue, Output* output)
      : evaluator_(evaluator),
        skip_invalid_(options.skip_invalid),
        queue_(*queue),
        output_(*output),
        reader_(blocks.NewReader()),
        writer_(MakeWriter(evaluator, options)),
        counted_rules_(evaluator.ReportedRules(RuleMode::kActive)),
        counts_(counted_rules_.size()),
        bound_(evaluator.plan().layout()),
        row_(bound_[0]),
        run_(evaluator.plan()) {}

  void Run() {
    while (const std::optional<uint64_t> number = queue_.Take()) {
      if (!Evaluate(*number)) queue_.Stop();
    }
  }

  void AddCountsTo(OutcomeSummary* summary) const {
    summary->CountAccount(accounts_);
    summary->CountSkipped(skipped_);
    if (accounts_ == 0) return;
    for (size_t i = 0; i < counted_rules_.size(); ++i) {
      const std::string& name = evaluator_.rules().rules[counted_rules_[i]].name;
      for (const Outcome outcome :
           {Outcome::kQualified, Outcome::kNotQualified, Outcome::kUnknown}) {
        summary->Count(name, OutcomeName(outcome), counts_[i][static_cast<size_t>(outcome)]);
      }
    }
  }

 private:
  // A whole block; false to end the work of all.
  bool Evaluate(uint64_t number) {
    RowBlock* block = queue_.BlockAt(number);
    const size_t count = reader_->Begin(block);
    const std::optional<uint64_t> before = queue_.CountRows(number, count);
    if (!before.has_value()) return false;
    std::string first_skipped;
    absl::Status status;
    for (size_t i = 0; i < count && status.ok(); ++i) {
      const uint64_t row = *before + i + 1;
      const RowProblem problem = reader_->Read(i, row, &row_);
      if (problem.ok()) {
        EvaluateRow();
        if (writer_->size() > kMaxTextBytes && !Write(number)) return false;
      } else if (skip_invalid_) {
        ++skipped_;
        if (first_skipped.empty()) first_skipped = FromAbsl(RowError(row, problem).message());
      } else {
        status = RowError(row, problem);
      }
    }
    if (status.ok()) status = reader_->Failure(*before + count + 1);

    if (!Write(number)) return false;
    output_.NoteUnknown(reader_->unknown_columns());
    if (!first_skipped.empty()) output_.NoteSkipped(first_skipped);
    output_.NoteBlock(*before + count, block->size());
    if (!status.ok()) {
      output_.Fail(std::move(status));
      return false;
    }
    queue_.Release();
    return true;
  }

  void EvaluateRow() {
    if (row_.held.empty()) {
      run_.Begin(row_.account, evaluator_.now());
    } else {
      held_ = evaluator_.HeldRules(row_.held);
      run_.Begin(row_.account, evaluator_.now(), held_);
    }
    ++accounts_;
    for (size_t i = 0; i < counted_rules_.size(); ++i) {
      ++counts_[i][static_cast<size_t>(run_.OutcomeOf(counted_rules_[i]))];
    }
    writer_->Add(row_.id, &run_);
  }

  bool Write(uint64_t number) {
    return queue_.WaitForTurn(number) && (writer_->size() == 0 || output_.Write(writer_->Take()));
  }

  const AccountEvaluator& evaluator_;
  const bool skip_invalid_;
  BlockQueue& queue_;
  Output& output_;  // in turn only
  std::unique_ptr<BlockReader> reader_;
  std::unique_ptr<AccountWriter> writer_;
  std::vector<uint32_t> counted_rules_;
  std::vector<std::array<uint64_t, 3>> counts_;  // by place in counted_rules_ and outcome
  uint64_t accounts_ = 0;
  uint64_t skipped_ = 0;
  BoundAccounts bound_;
  BoundRow row_;
  std::vector<bool> held_;
  PlanRun run_;
};

}  // namespace

BulkResult EvaluateInBulk(const AccountEvaluator& evaluator, AccountBlocks* blocks,
                          const BulkOptions& options, std::ostream* out, Progress* progress) {
  constexpr size_t kMaxThreads = 64;
  const size_t threads =
      options.threads > 0 ? options.threads
                          : std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMaxThreads);
  BlockQueue queue(2 * threads + 1);
  Output output(out, progress);
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::thread> running;
  for (size_t i = 0; i < threads; ++i) {
    workers.push_back(std::make_unique<Worker>(evaluator, *blocks, options, &queue, &output));
    running.emplace_back([worker = workers.back().get()] { worker->Run(); });
  }
  for (RowBlock* block; (block = queue.WaitForFree()) != nullptr && blocks->Next(block);) {
    queue.PutFilled();
  }
  queue.Finish();
  for (std::thread& thread : running) thread.join();
  for (const auto& worker : workers) worker->AddCountsTo(&output.result()->summary);
  return std::move(*output.result());
}

}  // namespace pql
