// A change of a gap in the terms of the rules language, as programs want it: how the metric must
// stand to which value.  Pure functions; thread-safe.

#ifndef PQL_EVAL_GAP_BOUND_H_
#define PQL_EVAL_GAP_BOUND_H_

#include <string_view>

#include "eval/gap.h"

namespace pql {

struct GapBound {
  // One of `== != < <= > >=`, `contains`, `not contains`, `starts with`, `ends with`, `matches`,
  // `is present`, `is missing`.
  std::string_view comparison;
  Value needed;  // missing with the last two; with `matches` the pattern's text
  Value delta;   // a number or a duration, negative where the metric must shrink; else missing
};

// The least change that meets the bound is enough, together with the other changes of the gap.
GapBound BoundOf(const Metric& metric, const GapChange& change);

}  // namespace pql

#endif  // PQL_EVAL_GAP_BOUND_H_
