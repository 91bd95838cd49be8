// `test` blocks: from syntax to the checked test.  Thread-compatible.

#ifndef PQL_CHECKER_TEST_CHECKER_H_
#define PQL_CHECKER_TEST_CHECKER_H_

#include "checker/declaration_table.h"
#include "checker/expression_checker.h"
#include "language/checked_rule_set.h"

namespace pql {

class TestChecker {
 public:
  // Keeps references to its arguments.  REQUIRES: all of `rule_set` but its tests is final.
  TestChecker(const CheckedRuleSet& rule_set, const Scope& scope, ExpressionChecker* checker);

  Test Check(const Declared<TestSyntax>& declared);

 private:
  void CheckGiven(const TestSyntax& syntax, Test* test);
  // Whether the value is given relative to the clock; then it is filled in, or there is a finding.
  bool CheckRelative(const Metric& metric, const GivenSyntax& syntax, Given* given);
  void CheckPreviously(const TestSyntax& syntax, Test* test);
  bool ReadsClock(const Expression& expect) const;
  bool ReadsClock(const Symbol& symbol) const;

  Findings& findings() { return checker_->findings(); }

  const CheckedRuleSet& rule_set_;
  const Scope& scope_;
  ExpressionChecker* const checker_;
  bool stage_reads_clock_ = false;
};

}  // namespace pql

#endif  // PQL_CHECKER_TEST_CHECKER_H_
