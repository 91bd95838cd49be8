// The compiled plan against the interpreter, on random rule sets and accounts: every part of the
// evaluation must be the same, bit for bit.  PQL_SEED repeats a run, PQL_CASES_FACTOR makes it
// longer (10: a million evaluations).

#include <bit>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "eval/interpreter.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/plan.h"
#include "eval/plan/plan_run.h"
#include "eval/plan/rule_index.h"
#include "gtest/gtest.h"
#include "ruleset/rule_set.h"
#include "tests/testing/random_rule_set.h"
#include "tests/testing/rule_set_cases.h"

namespace pql {
namespace {

using testing::Random;
using testing::RandomAccountOptions;
using testing::RandomRuleSetOptions;

constexpr int kRuleSets = 2'000;
constexpr int kAccountsPerRuleSet = 50;

std::string Bits(double number) {
  return StrCat(number, " (", std::bit_cast<uint64_t>(number), ")");
}

std::string Names(const CheckedRuleSet& rule_set, const MissingMetrics& metrics) {
  std::string text = "[";
  for (const uint32_t metric : metrics) StrAppend(&text, " ", rule_set.metrics[metric].name);
  return text + " ]";
}

std::string Names(const CheckedRuleSet& rule_set, const Deciders& deciders) {
  return StrCat("to true ", Names(rule_set, deciders.to_true), ", to false ",
                Names(rule_set, deciders.to_false));
}

std::string Show(const Value& value) {
  return value.IsNumber() ? Bits(value.number()) : value.ToSource();
}

// Everything that an evaluation says, a line an item.
std::string Describe(const CheckedRuleSet& rule_set, const Evaluation& evaluation) {
  std::string text;
  for (size_t i = 0; i < rule_set.rules.size(); ++i) {
    const RuleResult& rule = evaluation.rules[i];
    StrAppend(&text, rule_set.rules[i].name, ": ", OutcomeName(rule.outcome), " missing ",
              Names(rule_set, rule.missing), " ", Names(rule_set, rule.deciders), " score ",
              rule.score.has_value() ? Bits(*rule.score) : "none", "\n");
  }
  for (size_t i = 0; i < rule_set.defines.size(); ++i) {
    const Result& define = evaluation.defines[i];
    StrAppend(&text, rule_set.defines[i].name, ": ", Show(define.value), " missing ",
              Names(rule_set, define.missing), " ", Names(rule_set, define.deciders), "\n");
  }
  for (size_t i = 0; i < rule_set.scorecards.size(); ++i) {
    const ScorecardResult& card = evaluation.scorecards[i];
    StrAppend(&text, rule_set.scorecards[i].name, ": ", Bits(card.value),
              card.incomplete ? " incomplete" : "", " missing ", Names(rule_set, card.missing),
              "\n");
  }
  StrAppend(&text,
            "stage: ", evaluation.stage.has_value() ? rule_set.stages[*evaluation.stage] : "",
            "\n");
  return text;
}

bool SameDeciders(const Deciders& a, const Deciders& b) {
  return a.to_true == b.to_true && a.to_false == b.to_false;
}

bool SameNumber(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b);
}

// Describe() without the text, for a million cases.
bool Same(const Evaluation& a, const Evaluation& b) {
  if (a.stage != b.stage || a.rules.size() != b.rules.size()) return false;
  for (size_t i = 0; i < a.rules.size(); ++i) {
    const RuleResult& x = a.rules[i];
    const RuleResult& y = b.rules[i];
    if (x.outcome != y.outcome || x.missing != y.missing || !SameDeciders(x.deciders, y.deciders) ||
        x.score.has_value() != y.score.has_value() ||
        (x.score.has_value() && !SameNumber(*x.score, *y.score))) {
      return false;
    }
  }
  for (size_t i = 0; i < a.defines.size(); ++i) {
    const Result& x = a.defines[i];
    const Result& y = b.defines[i];
    if (!(x.value == y.value) || x.missing != y.missing || !SameDeciders(x.deciders, y.deciders)) {
      return false;
    }
    if (x.value.IsNumber() && !SameNumber(x.value.number(), y.value.number())) return false;
  }
  for (size_t i = 0; i < a.scorecards.size(); ++i) {
    const ScorecardResult& x = a.scorecards[i];
    const ScorecardResult& y = b.scorecards[i];
    if (!SameNumber(x.value, y.value) || x.incomplete != y.incomplete || x.missing != y.missing) {
      return false;
    }
  }
  return true;
}

std::string DescribeInput(const CheckedRuleSet& rule_set, const EvaluationInput& input) {
  std::string text = StrCat("now = ", Value::Time(input.now).ToSource());
  for (uint32_t i = 0; i < rule_set.metrics.size(); ++i) {
    StrAppend(&text, ", ", rule_set.metrics[i].name, " = ", Show(input.account->Metric(i)));
  }
  for (size_t i = 0; i < input.held.size(); ++i) {
    if (input.held[i]) StrAppend(&text, ", held ", rule_set.rules[i].name);
  }
  return text;
}

std::vector<Outcome> OutcomesOf(const Evaluation& evaluation) {
  std::vector<Outcome> outcomes;
  for (const RuleResult& rule : evaluation.rules) outcomes.push_back(rule.outcome);
  return outcomes;
}

// Drafts are no matches, whatever they come to.
std::vector<Outcome> OutcomesWithoutDrafts(const CheckedRuleSet& rule_set,
                                           const Evaluation& evaluation) {
  std::vector<Outcome> outcomes = OutcomesOf(evaluation);
  for (size_t i = 0; i < outcomes.size(); ++i) {
    if (rule_set.rules[i].mode == RuleMode::kDraft) outcomes[i] = Outcome::kNotQualified;
  }
  return outcomes;
}

std::vector<Outcome> OutcomesOf(const CheckedRuleSet& rule_set, const Matches& matches) {
  std::vector<Outcome> outcomes(rule_set.rules.size(), Outcome::kNotQualified);
  const auto set = [&outcomes](uint32_t rule, Outcome outcome) {
    EXPECT_EQ(outcomes[rule], Outcome::kNotQualified) << "rule " << rule << " is there twice";
    outcomes[rule] = outcome;
  };
  for (const uint32_t rule : matches.qualified) set(rule, Outcome::kQualified);
  for (const uint32_t rule : matches.unknown) set(rule, Outcome::kUnknown);
  return outcomes;
}

std::string DescribeOutcomes(const CheckedRuleSet& rule_set, const std::vector<Outcome>& outcomes) {
  std::string text;
  for (size_t i = 0; i < outcomes.size(); ++i) {
    StrAppend(&text, rule_set.rules[i].name, " ", OutcomeName(outcomes[i]), "\n");
  }
  return text;
}

// Sets each metric by the setter of its type, in the place of BoundAccount::Bind.
void SetByType(const CheckedRuleSet& rule_set, const Account& from, BoundAccount* account) {
  account->Clear();
  for (uint32_t m = 0; m < rule_set.metrics.size(); ++m) {
    if (!from.WasSet(m)) continue;
    const Value& value = from.Metric(m);
    if (value.IsNumber()) {
      account->SetNumber(m, value.number());
    } else if (value.IsBool()) {
      account->SetBool(m, value.boolean());
    } else if (value.IsString()) {
      account->SetText(m, value.string());
    } else if (value.IsTimestamp()) {
      account->SetTime(m, value.timestamp());
    } else if (value.IsDuration()) {
      account->SetSpan(m, value.duration());
    } else {
      account->SetList(m, &value);
    }
  }
}

class PlanDifferential : public ::testing::Test {
 protected:
  void Run(int rule_sets, const RandomRuleSetOptions& options) {
    testing::ForRandomRuleSets(rule_sets, options,
                               [this](const RuleSet& rule_set, const std::string& source,
                                      Random* random) { Compare(rule_set, source, random); });
    std::printf("%d evaluations, outcomes: %d not qualified, %d qualified, %d unknown\n",
                evaluations_, outcomes_[0], outcomes_[1], outcomes_[2]);
    // Tests that meet only one outcome prove little.
    for (const int count : outcomes_) EXPECT_GT(count, evaluations_ / 20);
  }

  void Compare(const RuleSet& rule_set, const std::string& source, Random* random) {
    const CheckedRuleSet& checked = rule_set.checked;
    const Plan plan(checked);
    PlanRun run(plan);
    PlanRun outcomes(plan);
    const RuleIndex index(plan);
    RuleMatcher matcher(index, &outcomes);
    BoundAccounts accounts(plan.layout());
    BoundAccount bound = accounts[0];
    for (int i = 0; i < kAccountsPerRuleSet; ++i) {
      const RandomAccountOptions shape{.missing_percent = random->Of({0, 10, 25, 25, 60})};
      const Account account = RandomAccount(random, checked, shape);
      const EvaluationInput input{&account, RandomNow(random), RandomHeld(random, checked)};
      if (random->OneIn(2)) {
        bound.Bind(account);
      } else {
        SetByType(checked, account, &bound);
      }
      const Evaluation expected = Evaluate(checked, input);
      run.Begin(bound, input.now, input.held);
      const Evaluation actual = run.Evaluate();
      ASSERT_TRUE(Same(expected, actual)) << source << "\n"
                                          << DescribeInput(checked, input) << "\nexpected:\n"
                                          << Describe(checked, expected) << "actual:\n"
                                          << Describe(checked, actual);
      CompareOutcomes(checked, expected, bound, input, random, &outcomes);
      outcomes.Begin(bound, input.now, input.held);
      ASSERT_EQ(DescribeOutcomes(checked, OutcomesOf(checked, matcher.Match())),
                DescribeOutcomes(checked, OutcomesWithoutDrafts(checked, expected)))
          << source << "\n"
          << DescribeInput(checked, input);
      ++evaluations_;
    }
  }

  // One outcome at a time, in any order, without the rest.
  void CompareOutcomes(const CheckedRuleSet& checked, const Evaluation& expected,
                       const BoundAccount& bound, const EvaluationInput& input, Random* random,
                       PlanRun* run) {
    run->Begin(bound, input.now, input.held);
    for (size_t i = 0; i < checked.rules.size(); ++i) {
      const auto rule = static_cast<uint32_t>(random->Below(checked.rules.size()));
      ASSERT_EQ(run->OutcomeOf(rule), expected.rules[rule].outcome)
          << checked.rules[rule].name << "\n"
          << DescribeInput(checked, input);
      ++outcomes_[static_cast<size_t>(expected.rules[i].outcome)];
    }
    ASSERT_EQ(run->Stage(), expected.stage);
  }

  int evaluations_ = 0;
  int outcomes_[3] = {};
};

TEST_F(PlanDifferential, TheWholeLanguage) { Run(kRuleSets * 3 / 4, {}); }

TEST_F(PlanDifferential, ShallowRulesOverManyMetrics) {
  Run(kRuleSets / 8, {.metrics = 14, .defines = 2, .rules = 12, .max_depth = 2});
}

TEST_F(PlanDifferential, DeepConditions) {
  Run(kRuleSets / 8, {.metrics = 6, .defines = 6, .scorecards = 3, .rules = 3, .max_depth = 7});
}

// What the generator seldom or never writes, over metrics of every type.
std::string RestOfTheLanguage() {
  std::string source = R"(
stages mql < sql < pql
metric n: number
metric m: number default 2
metric p: number unit percent
metric s: string
metric u: string default "free"
metric o: one of ("free", "trial", "pro", "business")
metric b: bool
metric c: bool default true
metric t: timestamp
metric t2: timestamp
metric d: duration
metric d2: duration default 1d
metric ln: list(number)
metric ls: list(string)
scorecard card cap 60 floor -5 {
  add 5 per 1d of d up to 30
  add 7 per 12h of t - t2
  subtract 3 per 2 of n
  add 11 when b
  add 13 when s in ("a", "pro")
}
define wait = if d > 1d then d else d2 * 2
define word = coalesce(s, o, "pro")
define other = if b then s else u
output near = clamp(d, -1d, 7d)
output first = min(t, t2)
output share = d / d2
output late = max(t, t2, now)
rule folded { when n > 2 * 3 - 1 and s == lower("PRO") and n <= -(-10) and d >= 2 * 12h }
rule many_numbers { when n in (0, 1, 3, 7, 14, 20) }
rule few_numbers { when n not in (1, 3) }
rule not_numbers { when not (n in (0, 2, 5, 7, 100)) and n != 10 }
rule texts { when s in ("a", "free", "a b") and o not in ("trial", "pro") and u != "pro" }
rule texts_of_metrics { when s in (u, word, "x@example.com") or o == s }
rule is_true { when b == true and c != false }
rule is_other { when (n > 5) == b or (n > 2) != c }
rule between_times { when t between 2026-01-01 and 2026-03-08 and d between 1s and 7d }
rule between_nothing { when n between 7 and 3 or d between 2d and 1d }
rule between_metrics { when n between m and p or t between t2 and now }
rule mirrored { when 5 < n or 1d >= d or "pro" == s or 2026-03-01 <= t }
rule spans { when d + d2 > 2d or -d < d2 - 3h or abs(d) == 1d or d / 2 > 12h or d * n < 7d }
rule times { when t + d > t2 or t - 1d < t2 or t - t2 > d or date(t) == date(t2) }
rule clock { when now - t < 14d and t within last d or t2 within next 2 * d2 }
rule presence { when b is missing or s is present and d is missing }
rule presence_of_default { when c is present and m is missing }
rule presence_of_results { when (n / m) is missing or not ((n > 5) is present) }
rule by_zero { when 1 / (m - 2) > n or n / 0 > 1 or d / (d2 - 1d) > 1 }
rule hopeless { when clamp(n, 5, 3) > 1 or clamp(n, m, 2) > 1 and b }
rule choice { when if b then n > 5 else if c then s == "a" else d > 1d }
rule chosen { when (if n > 5 then o else s) == "pro" or other == "free" or word == "a" }
rule counted { when at least 2 of (b, n > 5, s == "a", not (d > 1d), c) }
rule not_counted { when not (at least 1 of (b, n > 5)) and not (b or not (n > 5 and not c)) }
rule lists { when ln contains n or ls contains "a" or ls contains s or size(ls) > size(ln) }
rule words { when upper(s) == "FREE" or trim(u) == o or length(word) > 3 or s contains u }
rule patterns { when s matches "^a|e$" and not (o matches "pro|free") }
rule starts { when s starts with "a" or o ends with "ee" or word starts with u }
rule true_rule { when true }
rule false_rule { when false or 1 > 2 }
rule scored { stage sql when card > 10 and wait > 1d score card / m }
rule keeps { stage pql when scored and many_numbers keep while n > 2 or b unless texts }
rule window { stage mql active from 2026-03-01 until 2026-06-30 when n > 2 keep while n > 0 unless b }
rule shady { mode shadow when scored or window }
rule sketch { mode draft when shady and counted }
rule of_rules { when not keeps and (window or counted) unless not_counted }
)";
  // Longer than what is computed on demand, and more texts than one instruction can tell apart.
  StrAppend(&source, "define chain0 = n\n");
  for (int i = 1; i < 40; ++i) {
    StrAppend(&source, "define chain", i, " = chain", i - 1, " + ", i % 3, "\n");
  }
  StrAppend(&source, "rule chained { when chain39 > 45 }\nrule word_list { when s in (\"pro\"");
  for (int i = 0; i < 100; ++i) StrAppend(&source, ", \"w", i, "\"");
  StrAppend(&source, ", \"a b\") or u not in (\"w3\", \"a\", \"w99\", \"free\", \"w50\") }\n");
  return source;
}

TEST_F(PlanDifferential, WhatTheGeneratorSeldomWrites) {
  const std::string source = RestOfTheLanguage();
  const auto rule_set = testing::CompileSource(source);
  ASSERT_NE(rule_set, nullptr);
  for (int i = 0; i < 40 * testing::CasesFactor() && !HasFailure(); ++i) {
    Random random(testing::TestSeed() + static_cast<uint64_t>(i));
    Compare(*rule_set, source, &random);
  }
}

// A duration that shares its key with another one, and the ends of what numbers can be.
TEST_F(PlanDifferential, Extremes) {
  const std::string source =
      "metric n: number\nmetric d: duration\nmetric e: duration\nmetric t: timestamp\n"
      "rule less { when d < e }\nrule same { when d == e }\nrule below { when d < 0s }\n"
      "rule opposite { when -d > 0s }\nrule past { when t - d > t }\n"
      "rule large { when n * 10 > 0 }\nrule zero { when n >= 0 and n <= 0 }\n"
      "rule least { when d <= -106751991d }\noutput shown = d\noutput number = n\n";
  const auto rule_set = testing::CompileSource(source);
  ASSERT_NE(rule_set, nullptr);
  const CheckedRuleSet& checked = rule_set->checked;
  constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
  constexpr double kLargest = std::numeric_limits<double>::max();
  const int64_t spans[] = {kLeast, kLeast + 1, kLeast + 2, -1, 0, 1, -(kLeast + 1)};
  const double numbers[] = {-kLargest, -0.0, 0.0, 5e-324, -5e-324, kLargest};
  for (const int64_t d : spans) {
    for (const int64_t e : spans) {
      for (const double n : numbers) {
        Account account(checked);
        account.Set(*checked.FindMetric("d"), Value::Span({d}));
        account.Set(*checked.FindMetric("e"), Value::Span({e}));
        account.Set(*checked.FindMetric("n"), Value::Number(n));
        account.Set(*checked.FindMetric("t"), Value::Time({0}));
        const EvaluationInput input{&account, Timestamp{}, {}};
        const Evaluation expected = Evaluate(checked, input);
        const Evaluation actual = Evaluate(*rule_set->plan, input);
        ASSERT_TRUE(Same(expected, actual)) << DescribeInput(checked, input) << "\nexpected:\n"
                                            << Describe(checked, expected) << "actual:\n"
                                            << Describe(checked, actual);
      }
    }
  }
}

}  // namespace
}  // namespace pql
