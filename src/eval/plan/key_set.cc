#include "eval/plan/key_set.h"

#include <algorithm>
#include <span>

namespace pql {

KeySet Complement(std::span<const MetricKeyRange> set) {
  KeySet complement;
  MetricKey next = kLowestKey;
  for (const MetricKeyRange& range : set) {
    if (next < range.first) complement.push_back({next, range.first - 1});
    if (range.last == kHighestKey) return complement;
    next = range.last + 1;
  }
  complement.push_back({next, kHighestKey});
  return complement;
}

KeySet Intersection(std::span<const MetricKeyRange> a, std::span<const MetricKeyRange> b) {
  KeySet both;
  size_t i = 0;
  size_t j = 0;
  while (i < a.size() && j < b.size()) {
    const MetricKey first = std::max(a[i].first, b[j].first);
    const MetricKey last = std::min(a[i].last, b[j].last);
    if (first <= last) both.push_back({first, last});
    a[i].last < b[j].last ? ++i : ++j;
  }
  return both;
}

KeySet UnionOf(std::span<const MetricKeyRange> ranges) {
  KeySet sorted(ranges.begin(), ranges.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const MetricKeyRange& a, const MetricKeyRange& b) { return a.first < b.first; });
  KeySet merged;
  for (const MetricKeyRange& range : sorted) {
    const bool touches = !merged.empty() && (merged.back().last == kHighestKey ||
                                             range.first <= merged.back().last + 1);
    if (touches) {
      merged.back().last = std::max(merged.back().last, range.last);
    } else {
      merged.push_back(range);
    }
  }
  return merged;
}

}  // namespace pql
