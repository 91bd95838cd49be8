// pql.v1.EvaluationService over the engine: the requests as bytes, on completion queues with a
// thread for each core.
//
// Usage: AddTo(builder), build the server, Start; EndStreams to begin a stop; shut the server down,
// Stop, and only then destroy the server.

#ifndef PQL_SERVICE_EVALUATION_SERVICE_H_
#define PQL_SERVICE_EVALUATION_SERVICE_H_

#include <grpcpp/server_builder.h>

#include <memory>
#include <vector>

#include "engine/engine.h"
#include "service/evaluation_queue.h"

namespace pql {

class EvaluationServiceImpl {
 public:
  // `engine` outlives the service.
  explicit EvaluationServiceImpl(Engine* engine) : engine_(engine) {}

  void AddTo(grpc::ServerBuilder* builder);
  void Start();
  // Turns new streams away and ends those that run once they have answered what they have read.
  void EndStreams();
  // Waits for the calls that the shutdown has cut off.
  void Stop();

 private:
  Engine* const engine_;
  RawEvaluationService service_;
  std::vector<std::unique_ptr<EvaluationQueue>> queues_;
};

}  // namespace pql

#endif  // PQL_SERVICE_EVALUATION_SERVICE_H_
