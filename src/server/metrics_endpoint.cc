#include "server/metrics_endpoint.h"

#include <exception>
#include <utility>
#include <vector>

#include "base/strings.h"

namespace pql {
namespace {

// Scrapes come every few seconds, from few; whoever is slow does not hold a thread for long.
constexpr char kThreads[] = "2";
constexpr char kTimeoutMillis[] = "5000";

}  // namespace

absl::StatusOr<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(
    const std::string& address, std::shared_ptr<prometheus::Collectable> metrics) {
  std::unique_ptr<MetricsEndpoint> endpoint(new MetricsEndpoint());
  endpoint->metrics_ = std::move(metrics);
  try {
    endpoint->exposer_ = std::make_unique<prometheus::Exposer>(std::vector<std::string>{
        "listening_ports", address, "num_threads", kThreads, "request_timeout_ms", kTimeoutMillis});
  } catch (const std::exception&) {
    return absl::UnavailableError(
        StrCat("cannot serve metrics on ", address,
               ": the address is in use by another process, or is not one of this machine; choose "
               "another with --metrics-address, or none with --metrics-address=off"));
  }
  endpoint->exposer_->RegisterCollectable(endpoint->metrics_);
  return endpoint;
}

int MetricsEndpoint::port() const { return exposer_->GetListeningPorts().front(); }

}  // namespace pql
