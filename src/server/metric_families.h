// Builds the families of Prometheus from plain numbers.  Not thread-safe.

#ifndef PQL_SERVER_METRIC_FAMILIES_H_
#define PQL_SERVER_METRIC_FAMILIES_H_

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/counters.h"

namespace pql {

using MetricLabels = std::vector<std::pair<std::string_view, std::string>>;

class MetricFamilies {
 public:
  // Begins a family; what is added next belongs to it.  A family without values is left out.
  void Counter(std::string name, std::string help) {
    Begin(prometheus::MetricType::Counter, std::move(name), std::move(help));
  }
  void Gauge(std::string name, std::string help) {
    Begin(prometheus::MetricType::Gauge, std::move(name), std::move(help));
  }
  void Histogram(std::string name, std::string help) {
    Begin(prometheus::MetricType::Histogram, std::move(name), std::move(help));
  }

  // To the family of a counter or a gauge.
  void Add(double value, const MetricLabels& labels = {});
  // To the family of a histogram; in seconds.
  void Add(const DurationHistogram::Totals& totals, const MetricLabels& labels = {});

  std::vector<prometheus::MetricFamily> Take();

 private:
  void Begin(prometheus::MetricType type, std::string name, std::string help);
  prometheus::ClientMetric& NewMetric(const MetricLabels& labels);

  std::vector<prometheus::MetricFamily> families_;
};

}  // namespace pql

#endif  // PQL_SERVER_METRIC_FAMILIES_H_
