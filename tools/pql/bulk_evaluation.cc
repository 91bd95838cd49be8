#include "tools/pql/bulk_evaluation.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/strings.h"
#include "eval/columns/account_table.h"
#include "eval/columns/column_program.h"
#include "eval/columns/column_run.h"
#include "eval/plan/match_run.h"
#include "eval/plan/plan_run.h"
#include "eval/plan/rule_index.h"
#include "tools/pql/block_queue.h"
#include "tools/pql/evaluation_text.h"
#include "tools/pql/outcome_counts.h"

namespace pql {
namespace {

// What a worker keeps before it is its turn to write.
constexpr size_t kMaxTextBytes = 1 << 20;

// Null where no account is printed.
std::unique_ptr<EvaluationText> MakeText(const AccountEvaluator& evaluator,
                                         const BulkOptions& options) {
  if (options.format == "jsonl") return MakeJsonLinesText(evaluator);
  if (options.format == "human") return MakeHumanText(evaluator, options.render);
  if (options.format == "csv") return MakeCsvText(evaluator, options.render);
  return nullptr;
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

// What evaluates many accounts faster than the plan by itself; for all threads.
struct Engines {
  Engines(const AccountEvaluator& evaluator, const BulkOptions& options) {
    if (options.format == "summary") {
      columns.emplace(evaluator.plan());
    } else if (evaluator.WantsMatchesOfMany()) {
      index.emplace(evaluator.plan());
    }
  }

  std::optional<ColumnProgram> columns;  // where rules are only counted
  std::optional<RuleIndex> index;        // where only matches among many rules are printed
};

// One thread's work.
class Worker {
 public:
  Worker(const AccountEvaluator& evaluator, const AccountBlocks& blocks, const BulkOptions& options,
         const Engines& engines, BlockQueue* queue, Output* output)
      : evaluator_(evaluator),
        skip_invalid_(options.skip_invalid),
        queue_(*queue),
        output_(*output),
        reader_(blocks.NewReader()),
        text_of_account_(MakeText(evaluator, options)),
        counts_(evaluator.rules(), evaluator.ReportedRules(RuleMode::kActive)),
        table_(evaluator.plan().layout()),
        bound_(evaluator.plan().layout()),
        row_(bound_[0]),
        run_(evaluator.plan()) {
    if (engines.columns.has_value()) columns_.emplace(*engines.columns, counts_.rules());
    if (engines.index.has_value()) matches_.emplace(evaluator.plan(), &*engines.index);
  }

  void Run() {
    while (const std::optional<uint64_t> number = queue_.Take()) {
      if (!Evaluate(*number)) queue_.Stop();
    }
  }

  void AddCountsTo(OutcomeSummary* summary) const { counts_.AddTo(summary); }

 private:
  // A whole block; false to end the work of all.
  bool Evaluate(uint64_t number) {
    RowBlock* block = queue_.BlockAt(number);
    const size_t count = reader_->Begin(block);
    const std::optional<uint64_t> before = queue_.CountRows(number, count);
    if (!before.has_value()) return false;
    std::string first_skipped;
    absl::Status status;
    const size_t one_by_one = CountInColumns() ? 0 : count;
    for (size_t i = 0; i < one_by_one && status.ok(); ++i) {
      const uint64_t row = *before + i + 1;
      const RowProblem problem = reader_->Read(i, row, &row_);
      if (problem.ok()) {
        EvaluateRow();
        if (text_.size() > kMaxTextBytes && !Write(number)) return false;
      } else if (skip_invalid_) {
        counts_.AddSkipped();
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

  // The whole block at once; false where it has to be row by row.
  bool CountInColumns() {
    if (!columns_.has_value() || !reader_->Read(&table_)) return false;
    counts_.Add(table_.Accounts(), evaluator_.now(), &*columns_);
    return true;
  }

  void EvaluateRow() {
    held_ = evaluator_.HeldRules(row_.held);
    EvaluatedAccount account{row_.id, &run_};
    if (matches_.has_value()) {
      account.run = &matches_->run();
      account.matches = &matches_->Match(row_.account, evaluator_.now(), held_);
      counts_.Add(*account.matches);
    } else {
      run_.Begin(row_.account, evaluator_.now(), held_);
      counts_.Add(&run_);
    }
    if (text_of_account_ != nullptr) text_of_account_->Append(account, &text_);
  }

  bool Write(uint64_t number) {
    if (!queue_.WaitForTurn(number)) return false;
    const bool written = text_.empty() || output_.Write(text_);
    text_.clear();
    return written;
  }

  const AccountEvaluator& evaluator_;
  const bool skip_invalid_;
  BlockQueue& queue_;
  Output& output_;  // in turn only
  std::unique_ptr<BlockReader> reader_;
  std::unique_ptr<EvaluationText> text_of_account_;
  std::string text_;  // that was not written yet
  OutcomeCounts counts_;
  AccountTable table_;
  std::optional<ColumnRun> columns_;
  std::optional<MatchRun> matches_;
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
  const Engines engines(evaluator, options);
  std::vector<std::unique_ptr<Worker>> workers;
  std::vector<std::thread> running;
  for (size_t i = 0; i < threads; ++i) {
    workers.push_back(
        std::make_unique<Worker>(evaluator, *blocks, options, engines, &queue, &output));
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
