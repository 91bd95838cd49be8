// Hill climbing towards a change of metrics that makes a rule qualify, for where the exact search
// of a gap runs out of evaluations: one metric at a time, always the change after which the rule is
// nearest to qualifying.  Neither complete nor cheapest.  Private to eval/; not thread-safe.

#ifndef PQL_EVAL_GAP_CLIMB_H_
#define PQL_EVAL_GAP_CLIMB_H_

#include <cstdint>
#include <map>

#include "eval/gap_candidates.h"

namespace pql {

// New values by metric, at most `max_changes`, with which the rule qualifies and none of which can
// be left out alone; empty when the climb ends on a lesser peak, or `account` has made
// `max_evaluations` in its life.  The account is left as it was.
// REQUIRES: the rule does not qualify.
std::map<uint32_t, Value> ClimbToQualify(MetricCandidates* candidates, WorkingAccount* account,
                                         int max_changes, int max_evaluations);

}  // namespace pql

#endif  // PQL_EVAL_GAP_CLIMB_H_
