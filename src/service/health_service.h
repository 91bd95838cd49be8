// grpc.health.v1.Health, which asks nobody who they are and is not counted.  Thread-safe: no state.

#ifndef PQL_SERVICE_HEALTH_SERVICE_H_
#define PQL_SERVICE_HEALTH_SERVICE_H_

#include <vector>

#include "service/call_queue.h"
#include "service/health.grpc.pb.h"
#include "service/health.h"

namespace pql {

using HealthService = grpc::health::v1::Health::AsyncService;

// Both outlive the queues that serve the calls.
std::vector<CallKind> HealthCalls(Health* health, HealthService* service);

}  // namespace pql

#endif  // PQL_SERVICE_HEALTH_SERVICE_H_
