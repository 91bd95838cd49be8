// Ways through the expressions of a rule set that several checks go.  Thread-compatible.

#ifndef PQL_LINT_EXPRESSIONS_H_
#define PQL_LINT_EXPRESSIONS_H_

#include <cstdint>
#include <vector>

#include "ruleset/rule_set.h"

namespace pql {

// Calls `visit(expression)` for every root expression of defines, scorecards and rules: what the
// rule set means, as opposed to what its tests say.
template <typename Visit>
void ForEachExpression(const CheckedRuleSet& checked, const Visit& visit) {
  const auto visit_all = [&](Item::Kind kind, size_t count) {
    for (uint32_t i = 0; i < count; ++i) ForEachExpression(checked, Item{kind, i}, visit);
  };
  visit_all(Item::Kind::kDefine, checked.defines.size());
  visit_all(Item::Kind::kScorecard, checked.scorecards.size());
  visit_all(Item::Kind::kRule, checked.rules.size());
}

// Calls `visit(expression)` for every `expect` of the tests.
template <typename Visit>
void ForEachExpectation(const CheckedRuleSet& checked, const Visit& visit) {
  for (const Test& test : checked.tests) {
    for (const TypedExpression& expect : test.expects) visit(expect);
  }
}

// How often each name is mentioned.
class NameUses {
 public:
  explicit NameUses(const RuleSet& rule_set);

  // In defines, scorecards and rules.
  int OfMetric(uint32_t metric) const { return metrics_[metric]; }
  int OfDefine(uint32_t define) const { return defines_[define]; }
  // In the `expect`s of tests.
  int OfDefineInTests(uint32_t define) const { return defines_in_tests_[define]; }

 private:
  std::vector<int> metrics_;
  std::vector<int> defines_;
  std::vector<int> defines_in_tests_;
};

}  // namespace pql

#endif  // PQL_LINT_EXPRESSIONS_H_
