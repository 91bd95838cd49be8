// Serves metrics over HTTP at /metrics while it lives.  Thread-safe, as what it serves has to be.

#ifndef PQL_SERVER_METRICS_ENDPOINT_H_
#define PQL_SERVER_METRICS_ENDPOINT_H_

#include <prometheus/collectable.h>
#include <prometheus/exposer.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"

namespace pql {

class MetricsEndpoint {
 public:
  // `address`: HOST:PORT; port 0: one that is free.  UNAVAILABLE: the address can't be listened on.
  static absl::StatusOr<std::unique_ptr<MetricsEndpoint>> Start(
      const std::string& address, std::shared_ptr<prometheus::Collectable> metrics);

  int port() const;

 private:
  MetricsEndpoint() = default;

  std::shared_ptr<prometheus::Collectable> metrics_;
  std::unique_ptr<prometheus::Exposer> exposer_;  // after what it reads
};

}  // namespace pql

#endif  // PQL_SERVER_METRICS_ENDPOINT_H_
