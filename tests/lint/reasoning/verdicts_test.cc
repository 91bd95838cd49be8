// No verdict of the logic checks is wrong: on random rule sets, each of them is put to 1,000 random
// and boundary accounts.
//
// The normal run takes a share of the rule sets that it is meant for; all 20,000 are
//   PQL_CASES_FACTOR=100 build/bin/verdicts_test
// PQL_SEED gives other ones.

#include <iostream>
#include <string>
#include <vector>

#include "base/strings.h"
#include "gtest/gtest.h"
#include "lint/logic.h"
#include "ruleset/rule_set.h"
#include "tests/lint/reasoning/situations.h"

namespace pql {
namespace {

using testing::BoundaryAccounts;
using testing::Random;
using testing::RandomRuleSetOptions;
using testing::Situation;

constexpr int kRuleSets = 200;
constexpr int kAccounts = 1'000;

// A redundant part, and the condition without it and those found before it.
struct Shortened {
  const TypedExpression* whole = nullptr;
  TypedExpression without;
  std::string text;
};

struct Verdicts {
  std::vector<const TypedExpression*> never_true;
  std::vector<const TypedExpression*> always_true;
  std::vector<Shortened> redundant;
  std::vector<RulePair> duplicates;
  std::vector<RulePair> subsumed;

  size_t size() const {
    return never_true.size() + always_true.size() + redundant.size() + duplicates.size() +
           subsumed.size();
  }
};

// The copy's node that stands where `wanted` stands in the original.
TypedExpression* Counterpart(const TypedExpression& original, TypedExpression* copy,
                             const TypedExpression* wanted) {
  if (&original == wanted) return copy;
  if (copy->children.size() != original.children.size()) return nullptr;  // taken out before
  for (size_t i = 0; i < original.children.size(); ++i) {
    TypedExpression* found = Counterpart(original.children[i], &copy->children[i], wanted);
    if (found != nullptr) return found;
  }
  return nullptr;
}

// The neutral element takes the place of a part: places of others stay what they are.
TypedExpression Neutral(const TypedExpression& parent) {
  TypedExpression constant;
  constant.kind = TypedExpression::Kind::kConstant;
  constant.type = Type::Bool();
  constant.constant = Value::Bool(parent.Is(Operator::kAnd));
  return constant;
}

Verdicts VerdictsOn(const RuleSet& rule_set, ConditionSpace* space) {
  Verdicts verdicts;
  for (const RootCondition& root : RootConditions(rule_set.checked)) {
    WalkConditions(root, [&](const TypedExpression& part) {
      const Condition condition = space->OfExpression(0, part);
      if (space->NeverTrue(condition)) verdicts.never_true.push_back(&part);
      if (space->AlwaysTrue(condition)) verdicts.always_true.push_back(&part);
      return true;
    });
    TypedExpression without = *root.expression;
    for (const RedundantPart& part : FindRedundantParts(root, space)) {
      TypedExpression* parent = Counterpart(*root.expression, &without, part.parent);
      parent->children[part.operand] = Neutral(*part.parent);
      verdicts.redundant.push_back(
          {root.expression, without, TextOf(rule_set, part.parent->children[part.operand])});
    }
  }
  verdicts.duplicates = FindDuplicateRules(rule_set.checked, space);
  verdicts.subsumed = FindSubsumedRules(rule_set.checked, space);
  return verdicts;
}

// By chance alone rules are seldom alike: three that are, of two conditions at random.
std::string AlikeRules(Random* random, const CheckedRuleSet& checked) {
  RandomRuleSetOptions options;
  options.max_depth = random->Between(0, 2);
  const std::string a = RandomCondition(random, checked, options);
  const std::string b = RandomCondition(random, checked, options);
  return StrCat("rule x.wide { stage pql when ", a, " or ", b, " }\nrule x.same { stage pql when ",
                b, " or ", a, " }\nrule x.narrow { stage pql when ", b, " keep while ", a, " }\n");
}

class VerdictsTest : public ::testing::Test {
 protected:
  // Rules that are compared either both hold the account, or neither does.
  static bool HeldAlike(const Situation& situation, const CheckedRuleSet& checked,
                        const RulePair& pair) {
    const bool has_keep = checked.rules[pair.rule].keep_while.has_value() ||
                          checked.rules[pair.other].keep_while.has_value();
    return !has_keep || situation.held[pair.rule] == situation.held[pair.other];
  }

  void Check(const RuleSet& rule_set, const Verdicts& verdicts, Random* random) {
    const CheckedRuleSet& checked = rule_set.checked;
    const BoundaryAccounts accounts(checked);
    for (int i = 0; i < kAccounts && !HasFatalFailure(); ++i) {
      Situation situation = accounts.Next(random);
      if (random->OneIn(2)) situation.held.assign(checked.rules.size(), random->OneIn(2));
      const EvaluationInput input = situation.Input();
      const Evaluation done = Evaluate(checked, input);
      bool all_sent = true;
      for (uint32_t m = 0; m < checked.metrics.size(); ++m) {
        all_sent = all_sent && !situation.account.Metric(m).IsMissing();
      }
      const auto value = [&](const TypedExpression& expression) {
        return EvaluateExpression(checked, expression, input, done).value;
      };
      for (const TypedExpression* part : verdicts.never_true) {
        ASSERT_FALSE(value(*part).IsTrue()) << "always-false: " << TextOf(rule_set, *part);
      }
      for (const TypedExpression* part : verdicts.always_true) {
        const Value seen = value(*part);
        ASSERT_TRUE(seen.IsTrue() || (seen.IsMissing() && !all_sent))
            << "always-true: " << TextOf(rule_set, *part);
      }
      for (const Shortened& part : verdicts.redundant) {
        ASSERT_EQ(value(*part.whole), value(part.without)) << "redundant: " << part.text;
      }
      for (const RulePair& pair : verdicts.duplicates) {
        if (!HeldAlike(situation, checked, pair)) continue;
        ASSERT_EQ(done.rules[pair.rule].outcome, done.rules[pair.other].outcome)
            << "duplicates: " << checked.rules[pair.rule].name;
      }
      for (const RulePair& pair : verdicts.subsumed) {
        if (!HeldAlike(situation, checked, pair)) continue;
        ASSERT_TRUE(done.rules[pair.rule].outcome != Outcome::kQualified ||
                    done.rules[pair.other].outcome == Outcome::kQualified)
            << "subsumed: " << checked.rules[pair.rule].name;
      }
    }
  }
};

TEST_F(VerdictsTest, AreTrueOfEveryAccount) {
  const uint64_t seed = testing::TestSeed();
  Random random(seed);
  size_t never_true = 0, always_true = 0, redundant = 0, duplicates = 0, subsumed = 0;
  const int rule_sets = kRuleSets * testing::CasesFactor();
  for (int i = 0; i < rule_sets; ++i) {
    // From small rules, which say the same by chance, to large ones.
    RandomRuleSetOptions options;
    options.metrics = 2 + i % 7;
    options.rules = 4;
    options.max_depth = 1 + i % 4;
    options.functions = i % 3 == 0;
    std::string source = RandomRuleSetSource(&random, options);
    const CompileResult base = CompileRuleSet("random", {{"random.pql", source}});
    ASSERT_TRUE(base.ok()) << source;
    source += AlikeRules(&random, base.rule_set->checked);
    SCOPED_TRACE(source + "\nPQL_SEED=" + std::to_string(seed));
    const CompileResult compiled = CompileRuleSet("random", {{"random.pql", source}});
    ASSERT_TRUE(compiled.ok());
    ConditionSpace space(compiled.rule_set->checked);
    const Verdicts verdicts = VerdictsOn(*compiled.rule_set, &space);
    never_true += verdicts.never_true.size();
    always_true += verdicts.always_true.size();
    redundant += verdicts.redundant.size();
    duplicates += verdicts.duplicates.size();
    subsumed += verdicts.subsumed.size();
    if (verdicts.size() > 0) Check(*compiled.rule_set, verdicts, &random);
    if (HasFatalFailure()) return;
  }
  std::cout << "seed " << seed << ", " << rule_sets << " rule sets: always-false " << never_true
            << ", always-true " << always_true << ", redundant " << redundant << ", duplicates "
            << duplicates << ", subsumed " << subsumed << "\n";
  // Or else nothing was tested.
  for (const size_t found : {never_true, always_true, redundant, duplicates, subsumed}) {
    EXPECT_GT(found, static_cast<size_t>(rule_sets) / 10);
  }
}

}  // namespace
}  // namespace pql
