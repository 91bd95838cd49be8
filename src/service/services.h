// The services of pqld over the engine, on completion queues with a thread for each core.
//
// All of them: a service of gRPC's callback interface, as its own health service is, would bring
// threads of its own that take the network's events from the queues, and each call would go from
// one thread to another.
//
// Usage: AddTo(builder), build the server, Start; EndStreams to begin a stop; shut the server down,
// Stop, and only then destroy the server.

#ifndef PQL_SERVICE_SERVICES_H_
#define PQL_SERVICE_SERVICES_H_

#include <grpcpp/server_builder.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "service/call_queue.h"
#include "service/evaluation_service.h"
#include "service/health.h"
#include "service/health_service.h"
#include "service/rule_service.h"
#include "service/status_service.h"

namespace pql {

class Services {
 public:
  // `engine` outlives it; the server counts as started now.
  Services(Engine* engine, std::string version);

  void AddTo(grpc::ServerBuilder* builder);
  void Start();
  Health& health() { return health_; }
  // Reports whether the server as a whole, and each of its services, takes calls.
  void SetServing(bool serving);
  // Turns new streams of evaluations away and ends those that run once they have answered what they
  // have read.
  void EndStreams();
  // Waits for the calls that the shutdown has cut off.
  void Stop();

 private:
  std::vector<CallKind> Kinds();

  Engine* const engine_;
  const std::string version_;
  Health health_;
  EvaluationService evaluation_;
  RuleService rule_;
  StatusService status_;
  HealthService health_service_;
  std::vector<std::unique_ptr<CallQueue>> queues_;
};

}  // namespace pql

#endif  // PQL_SERVICE_SERVICES_H_
