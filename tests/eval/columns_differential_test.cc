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
#include "eval/columns/column_kernels.h"
#include "eval/columns/column_program.h"
#include "eval/columns/column_run.h"
#include "eval/interpreter.h"
#include "gtest/gtest.h"
#include "ruleset/rule_set.h"
#include "tests/testing/random_columns.h"
#include "tests/testing/random_rule_set.h"
#include "tests/testing/rule_set_cases.h"

namespace pql {
namespace {

using testing::Random;
using testing::RandomColumns;
using testing::RandomRuleSetOptions;

constexpr int kRuleSets = 1'920;
constexpr size_t kAccountsPerRuleSet = 50;

// Around the ends of words, groups and chunks.
size_t RandomRowCount(Random* random) {
  constexpr size_t kChunk = kMaxChunkRows;
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
    testing::ForRandomRuleSets(rule_sets, options,
                               [this](const RuleSet& rule_set, const std::string&, Random* random) {
                                 Compare(rule_set.checked, random);
                               });
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

  // Whole numbers, of which all but a few are small, and many texts.
  static Account CountingAccount(Random* random, const CheckedRuleSet& checked,
                                 int missing_percent) {
    Account account(checked);
    for (uint32_t metric = 0; metric < checked.metrics.size(); ++metric) {
      if (static_cast<int>(random->Below(100)) < missing_percent) continue;
      const uint64_t number = random->Below(random->OneIn(3) ? 70'000 : 130);
      if (checked.metrics[metric].type.IsNumber()) {
        account.Set(metric, Value::Number(static_cast<double>(std::min<uint64_t>(number, 65'535))));
      } else {
        account.Set(metric, Value::String(StrCat("w", number % 300)));
      }
    }
    if (random->OneIn(100)) {
      account.Set(0, Value::Number(random->Of({65'536.0, 69'999.0, 70'000.0, 2'147'483'647.0})));
    }
    if (random->OneIn(500)) {
      account.Set(0, Value::Number(random->Of({-1.0, 0.5, 2'147'483'648.0, 1e300})));
    }
    return account;
  }

  using MakeAccount = Account (*)(Random*, const CheckedRuleSet&, int);

  // Random accounts at one time, each once in the rows before any of them is there again.
  void Compare(const CheckedRuleSet& checked, Random* random, MakeAccount make = SomeAccount) {
    std::vector<Account> accounts;
    std::vector<std::vector<bool>> held;
    std::vector<Evaluation> expected;
    const Timestamp now = testing::RandomNow(random);
    const int missing = random->Of({0, 10, 25, 25, 60});
    for (size_t i = 0; i < kAccountsPerRuleSet; ++i) {
      accounts.push_back(make(random, checked, missing));
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
  const auto rule_set = testing::CompileSource(RestOfWhatColumnsDo());
  ASSERT_NE(rule_set, nullptr);
  const uint64_t seed = testing::TestSeed();
  for (int i = 0; i < 40 * testing::CasesFactor() && !HasFailure(); ++i) {
    SCOPED_TRACE(StrCat("case ", i, ", seed ", seed));
    Random random(seed + static_cast<uint64_t>(i));
    Compare(rule_set->checked, &random);
  }
}

// Many tests of a metric, so that its values are compared in their small form.
TEST_F(ColumnsDifferential, ManyTestsOfFewMetrics) {
  std::string source = "metric n: number\nmetric m: number default 100\nmetric s: string\n";
  const char* const comparisons[] = {">=", "<", "==", "!=", ">", "<="};
  const int64_t thresholds[] = {-5, 0, 1, 100, 65'535, 65'536, 70'000, 2'147'483'648};
  for (size_t i = 0; i < 42; ++i) {
    StrAppend(&source, "rule r", i, " { when n ", comparisons[i % 6], " ", thresholds[i % 8],
              " and m ", comparisons[i % 5], " ", i * 3, " or n between ", i, ".5 and ", 2 * i,
              " and s ", i % 2 == 0 ? "==" : "!=", " \"w", i * 5, "\" or s in (\"w", i, "\", \"w",
              100 + i, "\") }\n");
  }
  const auto rule_set = testing::CompileSource(source);
  ASSERT_NE(rule_set, nullptr);
  const uint64_t seed = testing::TestSeed();
  for (int i = 0; i < 60 * testing::CasesFactor() && !HasFailure(); ++i) {
    SCOPED_TRACE(StrCat("case ", i, ", seed ", seed));
    Random random(seed + static_cast<uint64_t>(i));
    Compare(rule_set->checked, &random, CountingAccount);
  }
}

// Counts around powers of two, of parts that are true, false and unknown.
TEST_F(ColumnsDifferential, CountsOfManyParts) {
  constexpr std::pair<int, int> kCounts[] = {{1, 70},   {15, 31},   {16, 32},   {17, 33},
                                             {64, 64},  {60, 127},  {64, 128},  {65, 129},
                                             {90, 200}, {128, 255}, {129, 256}, {256, 257}};
  std::string source;
  for (int i = 0; i < 16; ++i) {
    StrAppend(&source, "metric n", i, ": number", i % 4 == 0 ? " default 50" : "", "\n");
  }
  for (const auto& [count, parts] : kCounts) {
    StrAppend(&source, "rule r", parts, " { when at least ", count, " of (");
    for (int i = 0; i < parts; ++i) {
      StrAppend(&source, i == 0 ? "" : ", ", i % 3 == 0 ? "not " : "", "(n", i % 16, " > ",
                i * 7 % 130, ")");
    }
    StrAppend(&source, ") }\n");
  }
  const auto rule_set = testing::CompileSource(source);
  ASSERT_NE(rule_set, nullptr);
  const uint64_t seed = testing::TestSeed();
  for (int i = 0; i < 20 * testing::CasesFactor() && !HasFailure(); ++i) {
    SCOPED_TRACE(StrCat("case ", i, ", seed ", seed));
    Random random(seed + static_cast<uint64_t>(i));
    Compare(rule_set->checked, &random, CountingAccount);
  }
  for (const int count : outcomes_) EXPECT_GT(count, accounts_ / 2);
}

// --- Each loop by itself, in every width ---

constexpr size_t kWords = 9;

template <typename T, typename Holds>
std::vector<uint64_t> BitsWhere(const std::vector<T>& values, const Holds& holds) {
  std::vector<uint64_t> words(values.size() / 64);
  for (size_t i = 0; i < values.size(); ++i) {
    words[i / 64] |= static_cast<uint64_t>(holds(values[i])) << (i % 64);
  }
  return words;
}

template <typename T, typename Range, typename Kernel>
void ExpectTested(Kernel kernel, const std::vector<T>& values, const std::vector<Range>& ranges) {
  std::vector<uint64_t> out(kWords, 0x5555);
  kernel(values.data(), kWords, ranges, out.data());
  EXPECT_EQ(out, BitsWhere(values, [&ranges](T value) {
              return std::any_of(ranges.begin(), ranges.end(),
                                 [value](const Range& range) { return range.Holds(value); });
            }));
}

TEST(ColumnKernelsTest, EveryWidthFindsTheSame) {
  const uint64_t seed = testing::TestSeed();
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const VectorWidth width : VectorWidthsHere()) {
    const ColumnKernels& kernels = ColumnKernels::Of(width);
    for (uint64_t i = 0; i < 200; ++i) {
      SCOPED_TRACE(StrCat("width ", static_cast<int>(width), ", case ", i, ", seed ", seed));
      Random random(seed + i);
      std::vector<double> numbers(64 * kWords);
      std::vector<int64_t> micros(numbers.size());
      std::vector<uint32_t> codes(numbers.size());
      std::vector<uint16_t> small(numbers.size());
      std::vector<uint8_t> bytes(numbers.size());
      for (size_t k = 0; k < numbers.size(); ++k) {
        const auto any = random.Below(std::numeric_limits<uint64_t>::max());
        numbers[k] = random.Between(-3, 10) + random.Of({0.0, 0.0, 0.5});
        micros[k] = random.OneIn(4) ? static_cast<int64_t>(any) : random.Between(-5, 5);
        codes[k] = random.OneIn(4) ? static_cast<uint32_t>(any) : static_cast<uint32_t>(any % 80);
        small[k] = static_cast<uint16_t>(random.OneIn(4) ? any : any % 20);
        bytes[k] = static_cast<uint8_t>(any);
      }
      std::vector<NumberRange> number_ranges;
      std::vector<MicrosRange> micros_ranges;
      std::vector<CodeRange> code_ranges;
      std::vector<SmallRange> small_ranges;
      for (uint64_t ranges = random.Below(4); ranges > 0; --ranges) {
        const double low = random.Between(-4, 10);
        number_ranges.push_back(
            random.Of({NumberRange{low, kInfinity}, NumberRange{-kInfinity, low},
                       NumberRange{low, low + 3}}));
        micros_ranges.push_back({static_cast<uint64_t>(int64_t{random.Between(-6, 6)}),
                                 random.OneIn(4) ? uint64_t{1} << 63 : random.Below(8)});
        const auto mask = random.Below(std::numeric_limits<uint64_t>::max());
        const auto first = static_cast<uint32_t>(random.OneIn(2) ? 0 : random.Below(40));
        code_ranges.push_back(
            random.Of({CodeRange{first, 63, mask}, CodeRange{first, 20, mask},
                       CodeRange{first, 31, mask >> 32}, CodeRange{first, 1'000'000}}));
        small_ranges.push_back({static_cast<uint16_t>(random.Below(25)),
                                static_cast<uint16_t>(random.OneIn(4) ? 65'000 : random.Below(9))});
      }
      ExpectTested(kernels.numbers, numbers, number_ranges);
      ExpectTested(kernels.micros, micros, micros_ranges);
      ExpectTested(kernels.codes, codes, code_ranges);
      ExpectTested(kernels.small, small, small_ranges);
      ByteSet set;
      for (uint64_t count = random.Below(100); count > 0; --count) {
        set.Add(static_cast<uint8_t>(random.Below(random.OneIn(2) ? 128 : 256)));
      }
      std::vector<uint64_t> out(kWords);
      kernels.bytes(bytes.data(), kWords, set, out.data());
      EXPECT_EQ(out, BitsWhere(bytes, [&set](uint8_t byte) { return set.Holds(byte); }));
      std::vector<uint8_t> narrow(codes.size());
      kernels.bytes_of_codes(codes.data(), kWords, narrow.data());
      for (size_t k = 0; k < codes.size(); ++k) {
        ASSERT_EQ(narrow[k], static_cast<uint8_t>(codes[k])) << k;
      }
    }
  }
}

// Of all that the machine has, but the portable loops, which have no use for smaller forms.
// `narrow`: makes one; `numbers`: whole and of few bits; `others`: not.
template <typename T>
void ExpectNarrow(bool (*ColumnKernels::*narrow)(const double*, size_t, T*),
                  const std::vector<double>& numbers, const std::vector<double>& others) {
  for (const VectorWidth width : VectorWidthsHere()) {
    if (width == VectorWidth::kPortable) continue;
    SCOPED_TRACE(static_cast<int>(width));
    const auto make = ColumnKernels::Of(width).*narrow;
    std::vector<T> out(numbers.size());
    ASSERT_TRUE(make(numbers.data(), kWords, out.data()));
    for (size_t i = 0; i < numbers.size(); ++i) ASSERT_EQ(out[i], numbers[i]) << i;
    for (const double number : others) {
      for (size_t i = 0; i < numbers.size(); i += 7) {
        std::vector<double> changed = numbers;
        changed[i] = number;
        ASSERT_FALSE(make(changed.data(), kWords, out.data())) << number << " at " << i;
      }
    }
  }
}

TEST(ColumnKernelsTest, NumbersAreSmallOnlyWhereAllAre) {
  std::vector<double> numbers(64 * kWords);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<double>(i * 114 % 65'536);
  numbers[1] = 65'535;
  numbers[2] = -0.0;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const double kNoNumber = std::numeric_limits<double>::quiet_NaN();
  ExpectNarrow(&ColumnKernels::small_numbers, numbers,
               {-1, 0.5, 65'536, 4'294'967'296, -2'147'483'648.0, 1e300, kInfinity, kNoNumber});
  numbers[3] = 65'536;
  numbers[4] = 2'147'483'647;
  ExpectNarrow(
      &ColumnKernels::whole_numbers, numbers,
      {-1, 0.5, 2'147'483'648, 4'294'967'296, -2'147'483'648.0, 1e300, -kInfinity, kNoNumber});
}

}  // namespace
}  // namespace pql
