// Millions of accounts in columns: R2, R10 and 100 rules of the match workload.

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "benchmark/benchmark.h"
#include "eval/columns/column_program.h"
#include "eval/columns/column_run.h"
#include "eval/columns/row_binder.h"
#include "eval/plan/plan_run.h"
#include "tests/benchmarks/benchmarks.h"
#include "tests/benchmarks/workloads.h"

namespace pql::bench {
namespace {

using ::benchmark::State;

constexpr Timestamp kNow{};
constexpr size_t kMatchRules = 100;

// Owns columns that repeat some accounts over and over.
class Columns {
 public:
  // Of the metrics that `source` names.
  Columns(const CheckedRuleSet& rule_set, std::string_view source,
          const std::vector<Account>& accounts, size_t rows) {
    view_.row_count = rows;
    for (uint32_t metric = 0; metric < rule_set.metrics.size(); ++metric) {
      if (source.find(rule_set.metrics[metric].name) == std::string_view::npos) continue;
      Add(rule_set.metrics[metric], metric, accounts, rows);
    }
  }

  const AccountColumns& view() const { return view_; }
  // The first so many rows.
  AccountColumns Head(size_t rows) const {
    AccountColumns head = view_;
    head.row_count = rows;
    return head;
  }

 private:
  static void SetBit(std::vector<uint8_t>* bitmap, size_t row) {
    (*bitmap)[row / 8] = static_cast<uint8_t>((*bitmap)[row / 8] | 1U << (row % 8));
  }

  void Add(const Metric& metric, uint32_t index, const std::vector<Account>& accounts,
           size_t rows) {
    MetricValues values{.metric = index};
    std::vector<uint8_t>& presence = bitmaps_.emplace_back((rows + 7) / 8);
    std::vector<uint8_t>& bools = bitmaps_.emplace_back();
    std::vector<double>& numbers = numbers_.emplace_back();
    std::vector<uint32_t>& codes = codes_.emplace_back();
    std::vector<std::string_view>& texts = texts_.emplace_back();
    std::map<std::string_view, uint32_t> known;
    if (metric.type.IsNumber()) numbers.resize(rows);
    if (metric.type.IsBool()) bools.resize((rows + 7) / 8);
    if (metric.type.IsText()) codes.resize(rows);
    bool all_present = true;
    for (size_t row = 0; row < rows; ++row) {
      const Account& account = accounts[row % accounts.size()];
      const Value& value = account.Metric(index);
      all_present &= account.WasSet(index);
      if (!account.WasSet(index)) continue;
      SetBit(&presence, row);
      if (value.IsNumber()) {
        numbers[row] = value.number();
      } else if (value.IsBool()) {
        if (value.boolean()) SetBit(&bools, row);
      } else {
        const auto [place, is_new] =
            known.emplace(value.string(), static_cast<uint32_t>(texts.size()));
        if (is_new) texts.push_back(value.string());
        codes[row] = place->second;
      }
    }
    values.presence = all_present ? nullptr : presence.data();
    values.numbers = numbers.data();
    values.bools = bools.data();
    values.codes = codes.data();
    values.texts = texts;
    view_.metrics.push_back(values);
  }

  AccountColumns view_;
  std::deque<std::vector<uint8_t>> bitmaps_;
  std::deque<std::vector<double>> numbers_;
  std::deque<std::vector<uint32_t>> codes_;
  std::deque<std::vector<std::string_view>> texts_;
};

std::vector<uint32_t> AllRules(const CheckedRuleSet& rule_set) {
  std::vector<uint32_t> rules(rule_set.rules.size());
  for (uint32_t i = 0; i < rules.size(); ++i) rules[i] = i;
  return rules;
}

// One workload: rules, their program, the accounts.
struct Batch {
  Batch(std::shared_ptr<const RuleSet> rules, std::string_view source, std::vector<Account> some,
        size_t rows)
      : rule_set(std::move(rules)),
        accounts(std::move(some)),
        columns(rule_set->checked, source, accounts, rows),
        plan(rule_set->checked),
        program(plan),
        wanted(AllRules(rule_set->checked)) {}

  std::shared_ptr<const RuleSet> rule_set;
  std::vector<Account> accounts;
  Columns columns;
  Plan plan;
  ColumnProgram program;
  std::vector<uint32_t> wanted;
};

std::vector<Account> LeadAccounts(const CheckedRuleSet& rule_set) {
  std::vector<Account> accounts;
  for (const LeadAccount& lead : ColdLeads()) accounts.push_back(AccountOf(rule_set, lead));
  return accounts;
}

std::unique_ptr<Batch> LeadBatch(std::string_view condition) {
  const auto rule_set = CompileOrDie(LeadRuleSetSource(condition));
  return std::make_unique<Batch>(rule_set, condition, LeadAccounts(rule_set->checked), kBatchLeads);
}

std::unique_ptr<Batch> MatchBatch(int missing_percent) {
  const std::string source = MatchRuleSetSource(kMatchRules, Breadth::kBroad);
  const auto rule_set = CompileOrDie(source);
  return std::make_unique<Batch>(
      rule_set, source, MatchAccounts(rule_set->checked, 10'000, missing_percent), kBatchMatches);
}

using BatchOf = Batch& (*)();

Batch& R2Batch() {
  static Batch& batch = *LeadBatch(kR2).release();
  return batch;
}
Batch& R10Batch() {
  static Batch& batch = *LeadBatch(kR10).release();
  return batch;
}
Batch& FullMatchBatch() {
  static Batch& batch = *MatchBatch(0).release();
  return batch;
}
Batch& SparseMatchBatch() {
  static Batch& batch = *MatchBatch(20).release();
  return batch;
}

// What is found of a chunk: how often any rule qualifies.
size_t CountQualified(ColumnRun* run, const std::vector<uint32_t>& rules) {
  size_t count = 0;
  for (const uint32_t rule : rules) count += run->CountOf(rule).qualified;
  return count;
}

void ByColumnsOf(State& state, const Batch& batch, VectorWidth width) {
  ColumnRun run(batch.program, batch.wanted, width);
  const AccountColumns& accounts = batch.columns.view();
  size_t qualified = 0;
  state.counters["accounts"] = static_cast<double>(accounts.row_count);
  for (auto _ : state) {
    run.Begin(accounts, kNow);
    for (size_t row = 0; row < accounts.row_count; row += run.chunk_rows()) {
      run.Evaluate(row);
      qualified += CountQualified(&run, batch.wanted);
    }
  }
  state.counters["qualified_percent"] =
      100.0 * static_cast<double>(qualified) /
      static_cast<double>(accounts.row_count * batch.wanted.size() * state.iterations());
}

void ByPlan(State& state, const Batch& batch) {
  const AccountColumns& accounts = batch.columns.view();
  const RowBinder binder(batch.plan, accounts);
  BoundAccounts bound(batch.plan.layout());
  state.counters["accounts"] = static_cast<double>(accounts.row_count);
  BoundAccount account = bound[0];
  PlanRun run(batch.plan);
  size_t qualified = 0;
  for (auto _ : state) {
    for (size_t row = 0; row < accounts.row_count; ++row) {
      binder.Bind(row, &account);
      run.Begin(account, kNow);
      for (const uint32_t rule : batch.wanted) {
        qualified += run.OutcomeOf(rule) == Outcome::kQualified ? 1 : 0;
      }
    }
  }
  benchmark::DoNotOptimize(qualified);
}

const MetricValues& ValuesOf(const Batch& batch, std::string_view metric) {
  const uint32_t index = *batch.rule_set->checked.FindMetric(metric);
  const std::vector<MetricValues>& metrics = batch.columns.view().metrics;
  return *std::find_if(metrics.begin(), metrics.end(),
                       [index](const MetricValues& values) { return values.metric == index; });
}

uint32_t CodeOf(const MetricValues& values, std::string_view text) {
  const auto found = std::find(values.texts.begin(), values.texts.end(), text);
  return static_cast<uint32_t>(found - values.texts.begin());
}

// The same as bits, a word at a time, without missing values.
template <typename Holds>
size_t HandWritten(size_t rows, const Holds& holds) {
  size_t qualified = 0;
  for (size_t row = 0; row + 64 <= rows; row += 64) {
    uint64_t bits = 0;
    for (size_t i = 0; i < 64; ++i) bits |= static_cast<uint64_t>(holds(row + i)) << i;
    qualified += static_cast<size_t>(std::popcount(bits));
  }
  return qualified;
}

void HandWrittenR2(State& state, const Batch& batch) {
  state.counters["accounts"] = static_cast<double>(batch.columns.view().row_count);
  const double* messages = ValuesOf(batch, "messages").numbers;
  const double* channels = ValuesOf(batch, "channels").numbers;
  for (auto _ : state) {
    benchmark::DoNotOptimize(HandWritten(batch.columns.view().row_count, [=](size_t i) {
      return (messages[i] >= 2'000) & (channels[i] > 2);
    }));
  }
}

void HandWrittenR10(State& state, const Batch& batch) {
  state.counters["accounts"] = static_cast<double>(batch.columns.view().row_count);
  const double* messages = ValuesOf(batch, "messages").numbers;
  const double* channels = ValuesOf(batch, "channels").numbers;
  const double* dau_wau = ValuesOf(batch, "dau_wau").numbers;
  const double* integrations = ValuesOf(batch, "integrations").numbers;
  const double* days = ValuesOf(batch, "days_since_signup").numbers;
  const uint8_t* is_trial = ValuesOf(batch, "is_trial").bools;
  const auto set_of = [&batch](std::string_view metric, std::vector<std::string_view> texts) {
    uint32_t set = 0;
    for (const std::string_view text : texts) set |= 1U << CodeOf(ValuesOf(batch, metric), text);
    return set;
  };
  const uint32_t plans = set_of("plan", {"free", "trial", "starter"});
  const uint32_t countries = set_of("country", {"US", "GB", "CA", "FR", "DE"});
  const uint32_t industries = set_of("industry", {"education"});
  const uint32_t domains = set_of("email_domain", {"gmail.com"});
  const uint32_t* plan = ValuesOf(batch, "plan").codes;
  const uint32_t* country = ValuesOf(batch, "country").codes;
  const uint32_t* industry = ValuesOf(batch, "industry").codes;
  const uint32_t* domain = ValuesOf(batch, "email_domain").codes;
  for (auto _ : state) {
    benchmark::DoNotOptimize(HandWritten(batch.columns.view().row_count, [=](size_t i) {
      const uint32_t texts = (plans >> plan[i]) & (countries >> country[i]) &
                             ~(industries >> industry[i]) & ~(domains >> domain[i]);
      return (messages[i] >= 2'000) & (channels[i] > 2) & (dau_wau[i] > 0.4) & (days[i] <= 90) &
             ((texts & 1) != 0) &
             ((integrations[i] >= 2) | (((is_trial[i / 8] >> (i % 8)) & 1) != 0));
    }));
  }
}

// What the memory alone takes: every byte of the columns is read, with nothing done about it.
void ReadAlone(State& state, const Batch& batch) {
  const AccountColumns& accounts = batch.columns.view();
  state.counters["accounts"] = static_cast<double>(accounts.row_count);
  const auto sum_of = [](const auto* values, size_t count) {
    uint64_t sum = 0;
    const auto* words = reinterpret_cast<const uint64_t*>(values);
    for (size_t i = 0; i < count * sizeof(*values) / sizeof(uint64_t); ++i) sum += words[i];
    return sum;
  };
  for (auto _ : state) {
    for (const MetricValues& values : accounts.metrics) {
      const Metric& metric = batch.rule_set->checked.metrics[values.metric];
      if (metric.type.IsNumber()) {
        benchmark::DoNotOptimize(sum_of(values.numbers, accounts.row_count));
      } else if (metric.type.IsText()) {
        benchmark::DoNotOptimize(sum_of(values.codes, accounts.row_count));
      } else {
        benchmark::DoNotOptimize(sum_of(values.bools, accounts.row_count / 8));
      }
    }
  }
}

// Chunks in turn by each of the threads.
void ByThreads(State& state, const Batch& batch, size_t thread_count) {
  const AccountColumns& accounts = batch.columns.view();
  state.counters["accounts"] = static_cast<double>(accounts.row_count);
  for (auto _ : state) {
    std::atomic<size_t> next = 0;
    std::atomic<size_t> qualified = 0;
    const auto work = [&] {
      ColumnRun run(batch.program, batch.wanted);
      run.Begin(accounts, kNow);
      size_t count = 0;
      for (;;) {
        const size_t row = next.fetch_add(run.chunk_rows());
        if (row >= accounts.row_count) break;
        run.Evaluate(row);
        count += CountQualified(&run, batch.wanted);
      }
      qualified += count;
    };
    std::vector<std::thread> threads;
    for (size_t i = 1; i < thread_count; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    benchmark::DoNotOptimize(qualified.load());
  }
}

// Batches of so many accounts, one after the other.
void BySize(State& state, const Batch& batch, size_t size) {
  ColumnRun run(batch.program, batch.wanted);
  const AccountColumns accounts = batch.columns.Head(size);
  for (auto _ : state) {
    run.Begin(accounts, kNow);
    for (size_t row = 0; row < size; row += run.chunk_rows()) {
      run.Evaluate(row);
      benchmark::DoNotOptimize(CountQualified(&run, batch.wanted));
    }
  }
  state.counters["accounts"] = static_cast<double>(size);
}

std::string WidthName(VectorWidth width) {
  switch (width) {
    case VectorWidth::kPortable:
      return "columns, portable";
    case VectorWidth::kAvx2:
      return "columns, AVX2";
    case VectorWidth::kAvx512:
      return "columns, AVX-512";
  }
  return "";
}

}  // namespace

void RegisterBatchBenchmarks() {
  struct Work {
    const char* name;
    BatchOf batch;
    void (*hand_written)(State&, const Batch&);
  };
  for (const Work& work :
       {Work{"batch R2", R2Batch, HandWrittenR2}, Work{"batch R10", R10Batch, HandWrittenR10},
        Work{"batch of 100 rules", FullMatchBatch, nullptr},
        Work{"batch of 100 rules, a fifth missing", SparseMatchBatch, nullptr}}) {
    const auto add = [&work](const std::string& engine, auto function) {
      return ::benchmark::RegisterBenchmark(
                 StrCat(work.name, "/", engine).c_str(),
                 [function, batch = work.batch](State& state) { function(state, batch()); })
          ->Unit(benchmark::kMillisecond);
    };
    for (const VectorWidth width : VectorWidthsHere()) {
      const bool widest = width == WidestVector();
      add(widest ? "columns" : WidthName(width),
          [width](State& state, const Batch& batch) { ByColumnsOf(state, batch, width); });
    }
    add("plan row by row", ByPlan);
    add("reading alone", ReadAlone);
    if (work.hand_written != nullptr) add("hand-written C++", work.hand_written);
    for (const size_t threads : {1U, 2U}) {
      ::benchmark::RegisterBenchmark(
          StrCat(work.name, " by threads/", threads).c_str(),
          [threads, batch = work.batch](State& state) { ByThreads(state, batch(), threads); })
          ->Unit(benchmark::kMillisecond)
          ->UseRealTime();
    }
    for (const size_t size : {1U, 10U, 100U, 1'000U}) {
      ::benchmark::RegisterBenchmark(
          StrCat(work.name, " by size/", size).c_str(),
          [size, batch = work.batch](State& state) { BySize(state, batch(), size); });
    }
  }
}

}  // namespace pql::bench
