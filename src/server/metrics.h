// What the server counts of itself, as Prometheus takes it: names by its conventions, base units.
//
// Labels have bounded values: methods, codes, limits and pools are this program's own, rule sets
// and rules are what administrators made (rules up to --max-counted-rules, the rest as `(other)`;
// the first kMaxRuleSets rule sets by name).  What callers send is never a label.

#ifndef PQL_SERVER_METRICS_H_
#define PQL_SERVER_METRICS_H_

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"

namespace pql {

// What is counted outside of the engine.
struct ServerCounts {
  uint64_t plugin_faults = 0;
  uint64_t open_connections = 0;  // as of the last second
  uint64_t accepted_connections = 0;
  std::map<std::string, uint64_t> refused_connections;  // closed at once, by limit
  std::map<std::string, uint64_t> ended_connections;    // closed later, by limit
};

// Thread-safe.
class ServerMetrics final : public prometheus::Collectable {
 public:
  static constexpr size_t kMaxRuleSets = 200;

  // `engine` outlives it; `counts` is called from any thread.
  ServerMetrics(const Engine* engine, std::function<ServerCounts()> counts)
      : engine_(*engine), counts_(std::move(counts)) {}

  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  const Engine& engine_;
  const std::function<ServerCounts()> counts_;
};

}  // namespace pql

#endif  // PQL_SERVER_METRICS_H_
