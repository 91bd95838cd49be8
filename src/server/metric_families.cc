#include "server/metric_families.h"

#include <chrono>
#include <limits>

namespace pql {

void MetricFamilies::Begin(prometheus::MetricType type, std::string name, std::string help) {
  families_.push_back({std::move(name), std::move(help), type, {}});
}

prometheus::ClientMetric& MetricFamilies::NewMetric(const MetricLabels& labels) {
  prometheus::ClientMetric& metric = families_.back().metric.emplace_back();
  for (const auto& [name, value] : labels) metric.label.push_back({std::string(name), value});
  return metric;
}

void MetricFamilies::Add(double value, const MetricLabels& labels) {
  prometheus::ClientMetric& metric = NewMetric(labels);
  if (families_.back().type == prometheus::MetricType::Counter) {
    metric.counter.value = value;
  } else {
    metric.gauge.value = value;
  }
}

void MetricFamilies::Add(const DurationHistogram::Totals& totals, const MetricLabels& labels) {
  using Seconds = std::chrono::duration<double>;
  prometheus::ClientMetric::Histogram& histogram = NewMetric(labels).histogram;
  histogram.sample_count = totals.count;
  histogram.sample_sum = Seconds(totals.sum).count();
  uint64_t cumulative = 0;
  for (size_t i = 0; i < DurationHistogram::kBuckets; ++i) {
    cumulative += totals.counts[i];
    const double bound = i < DurationHistogram::kBounds.size()
                             ? Seconds(DurationHistogram::kBounds[i]).count()
                             : std::numeric_limits<double>::infinity();
    histogram.bucket.push_back({cumulative, bound});
  }
}

std::vector<prometheus::MetricFamily> MetricFamilies::Take() {
  std::erase_if(families_,
                [](const prometheus::MetricFamily& family) { return family.metric.empty(); });
  return std::move(families_);
}

}  // namespace pql
