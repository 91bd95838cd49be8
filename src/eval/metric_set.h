// Sets of metrics, shared by all that have the same ones.  Private to eval/.
// Not thread-safe; the sets are.

#ifndef PQL_EVAL_METRIC_SET_H_
#define PQL_EVAL_METRIC_SET_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace pql {

// Ascending, each once.  Never null.
using MetricSet = std::shared_ptr<const std::vector<uint32_t>>;

// Makes unions.  Names that build on each other can have so many different sets that together these
// are far larger than the rules.  So once kMaxWork metrics went into unions, all further ones are
// the set of all metrics: larger than they would be, but a single one.
class MetricUnions {
 public:
  static constexpr size_t kMaxWork = size_t{1} << 21;

  // `all`: of every set.
  explicit MetricUnions(MetricSet all) : all_(std::move(all)) {}

  // All metrics of the parts; beyond the bound, `all`.
  MetricSet Of(std::vector<MetricSet> parts);

 private:
  const MetricSet all_;
  size_t work_ = 0;
};

}  // namespace pql

#endif  // PQL_EVAL_METRIC_SET_H_
