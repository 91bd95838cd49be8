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
// year 10000.  Exact to the microsecond for conditions that compare times and durations, and for
// those that compare numbers made of them, such as the points of a scorecard, that only grow or
// only shrink with time.  Every answer was verified by evaluating at the instant and one
// microsecond before it.
//
// Where lines of scorecards that count time give and take points by turns, the next 420 instants
// are looked at, one by one, at which one of them comes to other points; for conditions that no
// comparison of times decides (`weekday(now) == 1`), every midnight of the next 60 weeks.
std::optional<NextChange> FindNextChange(const RuleCone& cone, const EvaluationInput& input);

}  // namespace pql

#endif  // PQL_EVAL_NEXT_CHANGE_H_
