// A `test` block, as source, for one situation and what is expected in it.  Pure; thread-safe.

#ifndef PQL_RULESET_KILLING_TEST_H_
#define PQL_RULESET_KILLING_TEST_H_

#include <string>

#include "language/checked_rule_set.h"
#include "language/value.h"
#include "ruleset/witness.h"

namespace pql {

// The block in canonical form.  `expected` is what `target` has to come out as (ObserveItem); the
// clock is named when `has_clock`, and timestamps near to it are then given relative to it.
// A value that no literal can write (a list where one is expected) gives a text that does not
// compile: compile it before it is shown.
std::string WriteTest(const CheckedRuleSet& rule_set, const std::string& name,
                      const Situation& situation, bool has_clock, Item target,
                      const Value& expected);

}  // namespace pql

#endif  // PQL_RULESET_KILLING_TEST_H_
