// The keys of one metric for which a predicate is true.  Value semantics; thread-safe when const.

#ifndef PQL_EVAL_PLAN_KEY_SET_H_
#define PQL_EVAL_PLAN_KEY_SET_H_

#include <span>

#include "absl/container/inlined_vector.h"
#include "eval/plan/metric_key.h"

namespace pql {

struct MetricKeyRange {
  MetricKey first = kLowestKey;
  MetricKey last = kHighestKey;  // included

  bool Contains(MetricKey key) const { return key - first <= last - first; }
  friend bool operator==(const MetricKeyRange&, const MetricKeyRange&) = default;
};

// Ranges in ascending order with gaps between them, none of which holds the missing key.
using KeySet = absl::InlinedVector<MetricKeyRange, 2>;

inline bool Contains(std::span<const MetricKeyRange> set, MetricKey key) {
  for (const MetricKeyRange& range : set) {
    if (range.Contains(key)) return true;
  }
  return false;
}

// Of present values.
KeySet Complement(std::span<const MetricKeyRange> set);
KeySet Intersection(std::span<const MetricKeyRange> a, std::span<const MetricKeyRange> b);
// The union of any ranges, in any order, overlapping or not.
KeySet UnionOf(std::span<const MetricKeyRange> ranges);

}  // namespace pql

#endif  // PQL_EVAL_PLAN_KEY_SET_H_
