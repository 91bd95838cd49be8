// `test` blocks: from syntax to the checked test.  Thread-compatible.

#ifndef PQL_CHECKER_TEST_CHECKER_H_
#define PQL_CHECKER_TEST_CHECKER_H_

#include <vector>

#include "checker/declaration_table.h"
#include "checker/dependency_graph.h"
#include "checker/expression_checker.h"
#include "language/checked_rule_set.h"

namespace pql {

class TestChecker {
 public:
  // `reads_clock`: by node of `graph`.  Keeps references to its arguments.
  // REQUIRES: the metrics, rules and stages of `rule_set` are final.
  TestChecker(const CheckedRuleSet& rule_set, const Scope& scope, const DependencyGraph& graph,
              const std::vector<bool>& reads_clock, ExpressionChecker* checker);

  Test Check(const Declared<TestSyntax>& declared);

 private:
  void CheckGiven(const TestSyntax& syntax, Test* test);
  // Whether the value is given relative to the clock; then it is filled in, or there is a finding.
  bool CheckRelative(const Metric& metric, const GivenSyntax& syntax, Given* given);
  void CheckPreviously(const TestSyntax& syntax, Test* test);
  bool ReadsClock(const Expression& expect) const;

  Findings& findings() { return checker_->findings(); }

  const CheckedRuleSet& rule_set_;
  const Scope& scope_;
  const DependencyGraph& graph_;
  const std::vector<bool>& reads_clock_;
  ExpressionChecker* const checker_;
  bool stage_reads_clock_ = false;
};

}  // namespace pql

#endif  // PQL_CHECKER_TEST_CHECKER_H_
