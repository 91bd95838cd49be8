// The keys of the texts that a plan's predicates name, by metric: one flat hash table, so that a
// text of an account is hashed once and everything after it compares keys.
//
// Owns its texts, which copies of it share.  Thread-safe when const.

#ifndef PQL_EVAL_PLAN_TEXT_KEYS_H_
#define PQL_EVAL_PLAN_TEXT_KEYS_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/shared_list.h"
#include "eval/plan/metric_key.h"

namespace pql {

class TextKeys {
 public:
  explicit TextKeys(size_t metric_count) : next_(metric_count, kFirstNamedTextKey) {}

  // The text's key among those of the metric; a new one at the first call.
  MetricKey Add(uint32_t metric, std::string_view text);
  // kUnnamedTextKey where the text was never added for the metric.
  MetricKey Find(uint32_t metric, std::string_view text) const;
  // The highest key that a text of the metric has, or gets as long as CanFollow says so.
  MetricKey Highest(uint32_t metric) const { return std::max(next_[metric] - 1, kLastReservedKey); }
  // Whether what was built for the keys of `before`, of which this is a copy that got more, is
  // right for these too.
  bool CanFollow(const TextKeys& before) const;

 private:
  // Sets of texts are often tested by a mask of 64 bits: so many are made for texts to come, too.
  static constexpr MetricKey kLastReservedKey = kUnnamedTextKey + 63;

  struct Entry {
    const char* data = nullptr;  // null: the place is free
    uint32_t size = 0;
    uint32_t metric = 0;
    uint32_t hash = 0;
    uint32_t key = 0;
  };

  // Where the text is, or where it would go.  REQUIRES: places_ is not empty.
  size_t PlaceOf(uint32_t hash, uint32_t metric, std::string_view text) const;
  void Grow();

  std::vector<Entry> places_;  // a power of two of them, at most half in use; or none
  size_t used_ = 0;
  SharedList<std::string> texts_;
  std::vector<MetricKey> next_;  // by metric
};

}  // namespace pql

#endif  // PQL_EVAL_PLAN_TEXT_KEYS_H_
