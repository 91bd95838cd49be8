// What a predicate over one metric compares a column's values with: its keys as values.
// Pure functions; thread-safe.

#ifndef PQL_EVAL_COLUMNS_COLUMN_RANGES_H_
#define PQL_EVAL_COLUMNS_COLUMN_RANGES_H_

#include <optional>
#include <vector>

#include "eval/columns/column_kernels.h"
#include "eval/columns/column_program.h"
#include "eval/plan/key_set.h"
#include "language/value.h"

namespace pql {

// The finite numbers whose keys are in the range.
NumberRange NumberRangeOf(const MetricKeyRange& range);
// Those of them that are whole and from 0 to 65,535; nothing when none is.
std::optional<SmallRange> SmallRangeOf(const NumberRange& range);
// The same of those less than 2^31.
std::optional<CodeRange> WholeRangeOf(const NumberRange& range);
// The timestamps or durations.
MicrosRange MicrosRangeOf(const MetricKeyRange& range);

// A clock test at a time.
struct TimesAtClock {
  std::vector<MicrosRange> ranges;
  // `within` of a span that leads out of the years 1 to 9999: what is in the ranges is unknown.
  bool end_is_missing = false;

  bool Holds(int64_t micros) const;
};
// REQUIRES: `now` is in the years 1 to 9999.
TimesAtClock TimesAt(Timestamp now, const ClockTest& test);

}  // namespace pql

#endif  // PQL_EVAL_COLUMNS_COLUMN_RANGES_H_
