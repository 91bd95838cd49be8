// The small changes to a rule set's conditions that tests should notice.
//
// - a comparison: `>=` to `>` and to `<`, `==` to `!=`, `in` to `not in`, a member of `in` dropped,
//   `within last` to `within next`, `is missing` to `is present`, `contains` and its like to the
//   opposite;
// - a threshold: the literals of a comparison one step down and up, in the unit they are written
// in;
// - logic: `and` to `or` and back, `not` dropped, `at least N` to N - 1 and N + 1 where that can be
//   met, `if` to either branch;
// - a condition dropped: an operand of `and`, `or` or `at least`, a whole `when`, `unless`,
//   `keep while`, a bound of `active`, a line of a scorecard.
// Not changed: what no test can see (`score`), and amounts (points, the numbers of a calculation).
//
// A rule set is changed in place, in its checked form, and restored; nothing is parsed.
// Thread-compatible: no state.

#ifndef PQL_RULESET_MUTANTS_H_
#define PQL_RULESET_MUTANTS_H_

#include <functional>
#include <string>

#include "diagnostics/source.h"
#include "language/checked_rule_set.h"

namespace pql {

struct Mutant {
  Item item;           // the rule, define or scorecard that was changed
  SourceRange range;   // what was changed: an operator, a literal, a dropped condition
  std::string change;  // in words: "`>=` became `>`", "`plan != \"free\"` was dropped"
  // The smallest condition around it, before and after; `after` is empty when it was dropped.
  std::string before;
  std::string after;
};

// Calls `visit` once for each mutant of the item, while `rule_set` is changed that way.
// REQUIRES: `rule_set` was compiled from `sources` without errors.
void ForEachMutant(const SourceSet& sources, Item item, CheckedRuleSet* rule_set,
                   const std::function<void(const Mutant&)>& visit);

}  // namespace pql

#endif  // PQL_RULESET_MUTANTS_H_
