// When a rule's outcome changes by itself, with no new data: because time passes.
// Pure; thread-safe.

#ifndef PQL_EVAL_NEXT_CHANGE_H_
#define PQL_EVAL_NEXT_CHANGE_H_

#include <optional>

#include "eval/rule_cone.h"

namespace pql {

struct NextChange {
  Timestamp time;                            // the first instant of the new outcome
  Outcome outcome = Outcome::kNotQualified;  // from then on
};

// The first change after input.now for the same account, or nothing when there is none before the
// year 10000.  Exact to the microsecond for conditions that compare times and durations; every
// answer was verified by evaluating at the instant and one microsecond before it.  For conditions
// that no such comparison decides (`weekday(now) == 1`), every midnight of the next 60 weeks is
// looked at as well.
std::optional<NextChange> FindNextChange(const RuleCone& cone, const EvaluationInput& input);

}  // namespace pql

#endif  // PQL_EVAL_NEXT_CHANGE_H_
