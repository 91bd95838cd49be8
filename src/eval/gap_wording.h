// The words for a gap's changes.  Private to eval/.

#ifndef PQL_EVAL_GAP_WORDING_H_
#define PQL_EVAL_GAP_WORDING_H_

#include "eval/gap.h"
#include "eval/gap_candidates.h"

namespace pql {

// Describes the change of one metric from `current` to the value that it has in `account`, which
// qualifies with it.
GapChange DescribeChange(uint32_t metric, const Value& current, MetricCandidates* candidates,
                         WorkingAccount* account);

}  // namespace pql

#endif  // PQL_EVAL_GAP_WORDING_H_
