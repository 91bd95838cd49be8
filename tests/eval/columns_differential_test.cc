// Columns against the interpreter, on random rule sets and accounts, in every width of the
// machine's instructions.  PQL_SEED repeats a run, PQL_CASES_FACTOR makes it longer (10: a million
// accounts).

#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "base/time_text.h"
#include "eval/columns/column_program.h"
#include "eval/columns/column_run.h"
#include "eval/interpreter.h"
#include "gtest/gtest.h"
#include "ruleset/rule_set.h"
#include "tests/testing/random_columns.h"
#include "tests/testing/random_rule_set.h"

namespace pql {
namespace {

using testing::Random;
using testing::RandomColumns;
using testing::RandomRuleSetOptions;

constexpr int kRuleSets = 2'000;
constexpr size_t kAccountsPerRuleSet = 50;

std::shared_ptr<const RuleSet> Compile(std::string source) {
  CompileResult result = CompileRuleSet("random", {{"random.pql", source}});
  EXPECT_TRUE(result.ok()) << source;
  return result.ok() ? result.rule_set : nullptr;
}

// Around the ends of words, groups and chunks.
size_t RandomRowCount(Random* random) {
  constexpr size_t kChunk = ColumnRun::kMaxChunkRows;
  if (random->OneIn(25)) {
    return random->Of({size_t{0}, size_t{511}, size_t{512}, size_t{513}, kChunk - 1, kChunk,
                       kChunk + 1, kChunk + 63, 2 * kChunk + 65});
  }
  return random->OneIn(4) ? random->Of({1, 2, 7, 8, 9, 62, 63, 64, 65, 127, 128, 129})
                          : random->Below(200);
}

// The rows from `first` on whose rule has the outcome, as words of bits.
std::vector<uint64_t> RowsWith(Outcome outcome, const std::vector<Evaluation>& evaluations,
                               std::span<const size_t> rows, uint32_t rule) {
  std::vector<uint64_t> words((rows.size() + 63) / 64);
  for (size_t i = 0; i < rows.size(); ++i) {
    const bool has = evaluations[rows[i]].rules[rule].outcome == outcome;
    words[i / 64] |= static_cast<uint64_t>(has) << (i % 64);
  }
  return words;
}

std::vector<uint64_t> Copy(std::span<const uint64_t> words) { return {words.begin(), words.end()}; }

class ColumnsDifferential : public ::testing::Test {
 protected:
  void Run(int rule_sets, const RandomRuleSetOptions& options) {
    const uint64_t seed = testing::TestSeed();
    RecordProperty("seed", std::to_string(seed));
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    for (int i = 0; i < rule_sets * testing::CasesFactor() && !HasFailure(); ++i) {
      Random random(seed + static_cast<uint64_t>(i));
      SCOPED_TRACE(StrCat("case ", i, ", seed ", seed));
      const std::string source = RandomRuleSetSource(&random, options);
      const auto rule_set = Compile(source);
      ASSERT_NE(rule_set, nullptr);
      Compare(rule_set->checked, &random);
      if (HasFailure()) std::printf("%s\n", source.c_str());
    }
    std::printf("%d accounts in %d rows, outcomes: %d not qualified, %d qualified, %d unknown\n",
                accounts_, rows_, outcomes_[0], outcomes_[1], outcomes_[2]);
    // Tests that meet only one outcome prove little.
    for (const int count : outcomes_) EXPECT_GT(count, accounts_ / 20);
  }

  static Account SomeAccount(Random* random, const CheckedRuleSet& checked, int missing_percent) {
    Account account = testing::RandomAccount(random, checked, {.missing_percent = missing_percent});
    for (uint32_t metric = 0; metric < checked.metrics.size(); ++metric) {
      const Type::Kind kind = checked.metrics[metric].type.kind();
      if (!account.WasSet(metric) || !random->OneIn(20)) continue;
      if (kind == Type::Kind::kNumber) {
        constexpr double kLeast = std::numeric_limits<double>::denorm_min();
        constexpr double kMost = std::numeric_limits<double>::max();
        account.Set(metric, Value::Number(random->Of({0.0, kLeast, -kLeast, kMost, -kMost})));
      } else if (kind == Type::Kind::kDuration) {
        constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
        constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
        account.Set(metric,
                    Value::Span({random->Of({kLeast, kLeast + 1, int64_t{0}, kMost - 1, kMost})}));
      } else if (kind == Type::Kind::kTimestamp) {
        account.Set(metric, Value::Time({random->Of({kMinTimestampMicros, kMaxTimestampMicros})}));
      }
    }
    return account;
  }

  // Random accounts at one time, each once in the rows before any of them is there again.
  void Compare(const CheckedRuleSet& checked, Random* random) {
    std::vector<Account> accounts;
    std::vector<std::vector<bool>> held;
    std::vector<Evaluation> expected;
    const Timestamp now = testing::RandomNow(random);
    const int missing = random->Of({0, 10, 25, 25, 60});
    for (size_t i = 0; i < kAccountsPerRuleSet; ++i) {
      accounts.push_back(SomeAccount(random, checked, missing));
      held.push_back(testing::RandomHeld(random, checked));
      expected.push_back(Evaluate(checked, {&accounts.back(), now, held.back()}));
      for (const RuleResult& rule : expected.back().rules) {
        ++outcomes_[static_cast<size_t>(rule.outcome)];
      }
    }
    accounts_ += static_cast<int>(accounts.size());
    const Plan plan(checked);
    const ColumnProgram program(plan);
    std::vector<uint32_t> wanted;
    for (uint32_t rule = 0; rule < checked.rules.size(); ++rule) {
      if (!random->OneIn(8)) wanted.push_back(rule);
    }
    for (const VectorWidth width : VectorWidthsHere()) {
      ColumnRun run(program, wanted, width);
      for (int table = 0; table < 2; ++table) {
        std::vector<size_t> rows(table == 0 ? accounts.size() : RandomRowCount(random));
        for (size_t i = 0; i < rows.size(); ++i) rows[i] = i % accounts.size();
        const RandomColumns columns(random, checked, accounts, held, rows);
        run.Begin(columns.columns(), now);
        CompareRows(checked, expected, rows, wanted, &run);
        if (HasFailure()) return;
      }
    }
  }

  void CompareRows(const CheckedRuleSet& checked, const std::vector<Evaluation>& expected,
                   const std::vector<size_t>& rows, const std::vector<uint32_t>& wanted,
                   ColumnRun* run) {
    rows_ += static_cast<int>(rows.size());
    for (size_t first = 0; first < rows.size(); first += run->chunk_rows()) {
      run->Evaluate(first);
      ASSERT_EQ(run->rows(), std::min(run->chunk_rows(), rows.size() - first));
      const auto chunk = std::span(rows).subspan(first, run->rows());
      for (const uint32_t rule : wanted) {
        SCOPED_TRACE(checked.rules[rule].name);
        const ChunkOutcomes outcomes = run->OutcomesOf(rule);
        ASSERT_EQ(Copy(outcomes.qualified), RowsWith(Outcome::kQualified, expected, chunk, rule));
        ASSERT_EQ(Copy(outcomes.unknown), RowsWith(Outcome::kUnknown, expected, chunk, rule));
      }
    }
  }

  int accounts_ = 0;
  int rows_ = 0;
  int outcomes_[3] = {};
};

TEST_F(ColumnsDifferential, TheWholeLanguage) { Run(kRuleSets * 5 / 8, {}); }

TEST_F(ColumnsDifferential, ConditionsThatColumnsCanDo) {
  Run(kRuleSets / 4,
      {.metrics = 14, .rules = 8, .max_depth = 3, .functions = false, .scorecard_use = false});
}

TEST_F(ColumnsDifferential, DeepConditions) {
  Run(kRuleSets / 8, {.metrics = 6, .defines = 6, .scorecards = 3, .rules = 3, .max_depth = 7});
}

// What columns do by themselves but the generator seldom or never writes.
std::string RestOfWhatColumnsDo() {
  std::string source = R"(
metric n: number
metric m: number default 2
metric s: string
metric u: string default "free"
metric b: bool
metric c: bool default true
metric t: timestamp
metric t2: timestamp default 2026-03-01
metric d: duration
metric ls: list(string)
rule below_zero { when n < 0 and n <= 0 or n > 0 and m >= 0 }
rule around_zero { when n == 0 or m != 0 }
rule numbers { when n in (0, 1, 3, 7, 14, 20) or m not in (1, 2, 5, 7) }
rule spans { when d > 1d or d <= 0s - 7d or d == 90m }
rule bools { when b and not c or b != true }
rule within_last { when t within last 7d or t2 within last 14d }
rule within_next { when t within next 7d and not (t2 within next 30d) }
rule within_nothing { when t within last 0s or t within next 0s - 1d }
rule within_all { when t within last 4000000d or t2 within next 4000000d }
rule ages { when now - t < 14d or now - t2 >= 7d }
rule ages_of_days { when now - t == 1d or now - t2 != 0s or t - now <= 30d }
rule mirrored { when 14d > now - t and 0s < t2 - now }
rule old { when now - t > 100000000d or now - t < 0s - 100000000d }
rule present { when n is present and m is missing or ls is present or t is missing }
rule counted { when at least 2 of (b, n > 5, s == "a", not (d > 1d), c) }
rule counted_walks { when at least 2 of (b, s matches "^a", length(s) > 3, n / m > 2, n > 5) }
rule choice { when if b then n > 5 else if c then s == "a" else d > 1d }
rule lazy_choice { when if s matches "e" then n / m > 1 else ls contains "a" or b }
rule lazy { when n > 2 and s matches "^a|e$" and not (n / (m - 2) > 1 and b) }
rule held { when n > 5 keep while n / m > 0 and d > 1d unless s == "free" }
rule of_rules { when not held and (lazy or counted) unless choice }
rule never { when false or 1 > 2 }
rule shady { mode shadow when of_rules or within_last }
)";
  // Longer than what is computed on demand, and more texts than a word of bits can tell apart.
  StrAppend(&source, "define chain0 = s matches \"a\"\n");
  for (int i = 1; i < 40; ++i) {
    StrAppend(&source, "define chain", i, " = chain", i - 1, i % 2 == 0 ? " or" : " and", " n > ",
              i % 5, "\n");
  }
  StrAppend(&source, "rule chained { when chain39 }\nrule word_list { when s in (\"pro\"");
  for (int i = 0; i < 100; ++i) StrAppend(&source, ", \"w", i, "\"");
  StrAppend(&source, ", \"a b\") or u not in (\"w3\", \"a\", \"w99\", \"free\", \"w50\") }\n");
  return source;
}

TEST_F(ColumnsDifferential, WhatTheGeneratorSeldomWrites) {
  const auto rule_set = Compile(RestOfWhatColumnsDo());
  ASSERT_NE(rule_set, nullptr);
  const uint64_t seed = testing::TestSeed();
  for (int i = 0; i < 40 * testing::CasesFactor() && !HasFailure(); ++i) {
    SCOPED_TRACE(StrCat("case ", i, ", seed ", seed));
    Random random(seed + static_cast<uint64_t>(i));
    Compare(rule_set->checked, &random);
  }
}

}  // namespace
}  // namespace pql
