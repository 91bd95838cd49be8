// What a diagram says of an account is what the reference interpreter says, on random rule sets and
// accounts at their bounds.  Everything that the reasoning proves follows from this.
//
// PQL_CASES_FACTOR multiplies the rule sets, PQL_SEED gives other ones.

#include <algorithm>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "lint/reasoning/condition_space.h"
#include "ruleset/rule_set.h"
#include "tests/lint/reasoning/situations.h"

namespace pql {
namespace {

using testing::BoundaryAccounts;
using testing::Random;
using testing::RandomRuleSetOptions;
using testing::Situation;

constexpr int kRuleSets = 400;
constexpr int kAccounts = 60;

DiagramId TerminalOf(const Value& value) {
  return value.IsMissing() ? kMissing : value.IsTrue() ? kTrue : kFalse;
}

Value ValueOf(const RuleResult& result) {
  if (result.outcome == Outcome::kUnknown) return Value::Missing();
  return Value::Bool(result.outcome == Outcome::kQualified);
}

struct Tally {
  int64_t checked = 0;
  int64_t exact = 0;
};

void CheckRuleSet(const CheckedRuleSet& rule_set, Random* random, Tally* tally) {
  ConditionSpace space(rule_set);
  const BoundaryAccounts accounts(rule_set);
  const auto check = [&](const std::string& name, DiagramId diagram, const Value& seen,
                         const DiagramStore::ValueOf& values) {
    const std::vector<DiagramId> possible = space.diagrams().Possible(diagram, values);
    ASSERT_NE(std::find(possible.begin(), possible.end(), TerminalOf(seen)), possible.end())
        << name << " is " << seen.ToSource();
    ++tally->checked;
    tally->exact += possible.size() == 1;
  };
  for (int i = 0; i < kAccounts; ++i) {
    const Situation situation = accounts.Next(random);
    const Evaluation seen = Evaluate(rule_set, situation.Input());
    const auto values = AxisValues(space, rule_set, situation);
    for (uint32_t rule = 0; rule < rule_set.rules.size(); ++rule) {
      check(rule_set.rules[rule].name, space.lowering().OfRule(0, rule), ValueOf(seen.rules[rule]),
            values);
      check(rule_set.rules[rule].name + " itself", space.OfRule(0, rule).diagram,
            ValueOf(seen.rules[rule]),
            AxisValues(space, rule_set, situation, situation.held[rule]));
    }
    for (uint32_t define = 0; define < rule_set.defines.size(); ++define) {
      if (!rule_set.defines[define].value.type.IsBool()) continue;
      check(rule_set.defines[define].name,
            space.OfExpression(0, rule_set.defines[define].value).diagram,
            seen.defines[define].value, values);
    }
    if (::testing::Test::HasFatalFailure()) return;
  }
}

TEST(SoundnessTest, DiagramsAdmitWhatTheInterpreterSays) {
  const uint64_t seed = testing::TestSeed();
  Random random(seed);
  Tally tally;
  for (int i = 0; i < kRuleSets * testing::CasesFactor(); ++i) {
    RandomRuleSetOptions options;
    options.functions = i % 2 == 0;
    options.scorecards = 1 + i % 2;
    options.max_depth = 2 + i % 3;
    const std::string source = RandomRuleSetSource(&random, options);
    SCOPED_TRACE(source + "\nPQL_SEED=" + std::to_string(seed));
    const CompileResult compiled = CompileRuleSet("random", {{"random.pql", source}});
    ASSERT_TRUE(compiled.ok());
    CheckRuleSet(compiled.rule_set->checked, &random, &tally);
    if (HasFatalFailure()) return;
  }
  // Most conditions are followed to the end, or the test would say little.
  EXPECT_GT(static_cast<double>(tally.exact) / static_cast<double>(tally.checked), 0.7);
}

}  // namespace
}  // namespace pql
