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
  for (const Define& define : checked.defines) visit(define.value);
  for (const Scorecard& scorecard : checked.scorecards) {
    for (const ScorecardLine& line : scorecard.lines) {
      if (line.condition) visit(*line.condition);
      if (line.per_value) visit(*line.per_value);
    }
  }
  for (const Rule& rule : checked.rules) {
    visit(rule.when);
    if (rule.unless) visit(*rule.unless);
    if (rule.keep_while) visit(*rule.keep_while);
    if (rule.score) visit(*rule.score);
  }
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
