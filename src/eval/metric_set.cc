#include "eval/metric_set.h"

#include <algorithm>
#include <utility>

namespace pql {

MetricSet MetricUnions::Of(std::vector<MetricSet> parts) {
  std::sort(parts.begin(), parts.end());
  parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
  std::erase_if(parts, [](const MetricSet& part) { return part->empty(); });
  if (parts.empty()) return std::make_shared<const std::vector<uint32_t>>();
  if (parts.size() == 1) return parts[0];
  if (std::find(parts.begin(), parts.end(), all_) != parts.end()) return all_;
  std::vector<uint32_t> metrics;
  for (const MetricSet& part : parts) {
    work_ += part->size();
    if (work_ > kMaxWork) return all_;
    metrics.insert(metrics.end(), part->begin(), part->end());
  }
  std::sort(metrics.begin(), metrics.end());
  metrics.erase(std::unique(metrics.begin(), metrics.end()), metrics.end());
  if (metrics.size() == all_->size()) return all_;
  for (const MetricSet& part : parts) {
    if (part->size() == metrics.size()) return part;
  }
  return std::make_shared<const std::vector<uint32_t>>(std::move(metrics));
}

}  // namespace pql
