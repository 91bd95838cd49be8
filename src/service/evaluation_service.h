// pql.v1.EvaluationService over the engine.  Thread-safe.

#ifndef PQL_SERVICE_EVALUATION_SERVICE_H_
#define PQL_SERVICE_EVALUATION_SERVICE_H_

#include "engine/engine.h"
#include "pql/v1/evaluation_service.grpc.pb.h"

namespace pql {

class EvaluationServiceImpl final : public v1::EvaluationService::CallbackService {
 public:
  // `engine` outlives the service.
  explicit EvaluationServiceImpl(Engine* engine) : engine_(engine) {}

  grpc::ServerUnaryReactor* Evaluate(grpc::CallbackServerContext* context,
                                     const v1::EvaluateRequest* request,
                                     v1::EvaluateResponse* response) override;
  grpc::ServerUnaryReactor* BatchEvaluate(grpc::CallbackServerContext* context,
                                          const v1::BatchEvaluateRequest* request,
                                          v1::BatchEvaluateResponse* response) override;
  grpc::ServerBidiReactor<v1::StreamEvaluateRequest, v1::StreamEvaluateResponse>* StreamEvaluate(
      grpc::CallbackServerContext* context) override;

 private:
  Engine* const engine_;
};

}  // namespace pql

#endif  // PQL_SERVICE_EVALUATION_SERVICE_H_
