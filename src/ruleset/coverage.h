// What the tests of a rule set have shown about its conditions.  Pure; thread-safe.
//
// Conditions are the `when`, `unless` and `keep while` of rules, defines that are true or false,
// the conditions of scorecard lines, and every atom in them and in all other expressions: a
// comparison, a test of a text or list, a metric that is true or false.  A condition that is one
// atom counts once.  Each has two outcomes to see, true and false; missing is neither.
//
// A test sees the conditions that its `expect`s depend on, directly or through defines, scorecards,
// rules and `stage`: an account on which nothing is expected of a rule shows nothing about it.  A
// `keep while` is seen only where the rule holds the account already.  Draft rules, which are not
// in force, don't count.

#ifndef PQL_RULESET_COVERAGE_H_
#define PQL_RULESET_COVERAGE_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "diagnostics/source.h"
#include "language/checked_rule_set.h"

namespace pql {

struct ConditionCoverage {
  Item item;  // where it stands
  SourceRange range;
  bool seen_true = false;
  bool seen_false = false;
  int seen() const { return (seen_true ? 1 : 0) + (seen_false ? 1 : 0); }
};

struct Coverage {
  std::vector<ConditionCoverage> conditions;  // in order of file and place

  size_t seen() const;
  size_t outcomes() const { return 2 * conditions.size(); }
  // 0 to 100; 100 where there is nothing to see.
  double percent() const;
};

// `tests` are indices into rule_set.tests; those that can't be run show nothing.
// REQUIRES: the rule set has no errors.
Coverage MeasureCoverage(const CheckedRuleSet& rule_set, std::span<const uint32_t> tests);

}  // namespace pql

#endif  // PQL_RULESET_COVERAGE_H_
