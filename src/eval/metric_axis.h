// The values of one metric that matter to a rule: the axis is cut where some atom changes its
// value, and of each piece the value nearest to the present one that a person would name is kept.
//
// Pure functions over const inputs; thread-safe.

#ifndef PQL_EVAL_METRIC_AXIS_H_
#define PQL_EVAL_METRIC_AXIS_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "language/checked_rule_set.h"
#include "language/value.h"

namespace pql {

// Numbers, timestamps and durations as int64 keys in the same order: for doubles, the bits of the
// IEEE format with the negative ones reversed, so that neighbouring keys are neighbouring doubles.
int64_t OrderedKey(const Value& value);
Value FromOrderedKey(int64_t key, Type::Kind kind);

// A piece [low, high] of an axis, both included.
struct KeyRange {
  int64_t low = 0;
  int64_t high = 0;
  bool Contains(int64_t key) const { return low <= key && key <= high; }
  friend bool operator==(const KeyRange&, const KeyRange&) = default;
};

// The whole axis of a type: finite doubles, the years 1 to 9999, every duration.
KeyRange FullRange(Type::Kind kind);

// The keys at which `value_at` changes within the full range, looked for around `origin`, zero and
// `hints`, each found exactly by bisection: key k is returned when k - 1 and k differ.  Complete
// when the function is monotone, or changes only at hints.
std::vector<int64_t> FindCuts(Type::Kind kind, int64_t origin, const std::vector<int64_t>& hints,
                              const std::function<Value(int64_t key)>& value_at);

// A value of the range that is near to `current` (missing: to zero, or to `now` for a timestamp)
// and good to read: itself if it lies inside; else a whole number next to a whole bound, a full
// second.
Value NearestValue(const KeyRange& range, const Metric& metric, const Value& current,
                   Timestamp now);

// How far a change is, relative to the larger of both values: 0 to 2; 1 where that means nothing,
// 2 where a value is taken away.
double RelativeDistance(const Value& from, const Value& to);

}  // namespace pql

#endif  // PQL_EVAL_METRIC_AXIS_H_
