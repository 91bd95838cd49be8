// The compiled plan against the interpreter, on random rule sets and accounts: every part of the
// evaluation must be the same, bit for bit.  PQL_SEED repeats a run, PQL_CASES_FACTOR makes it
// longer (10: a million evaluations).

#include <bit>
#include <cstdio>
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

namespace pql {
namespace {

using testing::Random;
using testing::RandomAccountOptions;
using testing::RandomRuleSetOptions;

constexpr int kRuleSets = 2'000;
constexpr int kAccountsPerRuleSet = 50;

std::shared_ptr<const RuleSet> Compile(std::string source) {
  CompileResult result = CompileRuleSet("random", {{"random.pql", source}});
  EXPECT_TRUE(result.ok()) << (result.diagnostics.empty() ? "" : result.diagnostics[0].Message())
                           << "\n"
                           << source;
  return result.ok() ? result.rule_set : nullptr;
}

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
    const uint64_t seed = testing::TestSeed();
    RecordProperty("seed", std::to_string(seed));
    std::printf("seed %llu\n", static_cast<unsigned long long>(seed));
    for (int i = 0; i < rule_sets * testing::CasesFactor() && !HasFailure(); ++i) {
      Random random(seed + static_cast<uint64_t>(i));
      SCOPED_TRACE(StrCat("case ", i, ", seed ", seed));
      const std::string source = RandomRuleSetSource(&random, options);
      const auto rule_set = Compile(source);
      ASSERT_NE(rule_set, nullptr);
      Compare(*rule_set, source, &random);
    }
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
                DescribeOutcomes(checked, OutcomesOf(expected)))
          << source << "\n"
          << DescribeInput(checked, input);
      if (HasFailure()) std::printf("%s\n", source.c_str());
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

}  // namespace
}  // namespace pql
