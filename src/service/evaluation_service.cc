#include "service/evaluation_service.h"

#include <string>

#include "engine/error.h"
#include "engine/rule_query.h"
#include "service/message_evaluation.h"
#include "service/status_mapping.h"
#include "service/unary_call.h"

namespace pql {
namespace {

RevisionWish WishOf(const std::string& rule_set, const v1::EvaluationOptions& options) {
  const absl::StatusOr<std::string> id = ParseRuleSetName("rule_set", rule_set);
  // A malformed name is reported by the work itself, without a wait.
  return id.ok() ? RevisionWish{*id, options.min_revision()} : RevisionWish{};
}

StillWanted StillWantedBy(const grpc::CallbackServerContext* context) {
  return [context] { return CheckStillWanted(*context); };
}

}  // namespace

grpc::ServerUnaryReactor* EvaluationServiceImpl::Evaluate(grpc::CallbackServerContext* context,
                                                          const v1::EvaluateRequest* request,
                                                          v1::EvaluateResponse* response) {
  // A search has no place on the threads that serve the network.
  WorkerPool* workers = AsksForDetails(request->options()) ? &engine_->batch_workers() : nullptr;
  return AnswerAtRevision(engine_, context, *request,
                          {Method::kEvaluate, Role::kEvaluator, request->rule_set(), 1},
                          WishOf(request->rule_set(), request->options()), workers,
                          [engine = engine_, context, request, response] {
                            return EvaluateOne(engine, StillWantedBy(context), *request, response);
                          });
}

grpc::ServerUnaryReactor* EvaluationServiceImpl::BatchEvaluate(
    grpc::CallbackServerContext* context, const v1::BatchEvaluateRequest* request,
    v1::BatchEvaluateResponse* response) {
  return AnswerAtRevision(
      engine_, context, *request,
      {Method::kBatchEvaluate, Role::kEvaluator, request->rule_set(),
       static_cast<size_t>(request->accounts_size())},
      WishOf(request->rule_set(), request->options()), &engine_->batch_workers(),
      [engine = engine_, context, request, response] {
        return EvaluateBatch(engine, StillWantedBy(context), *request, response);
      });
}

grpc::ServerBidiReactor<v1::StreamEvaluateRequest, v1::StreamEvaluateResponse>*
EvaluationServiceImpl::StreamEvaluate(grpc::CallbackServerContext* /*context*/) {
  class Refusal final
      : public grpc::ServerBidiReactor<v1::StreamEvaluateRequest, v1::StreamEvaluateResponse> {
   public:
    Refusal() { Finish(ToGrpcStatus(NotBuilt("StreamEvaluate"))); }
    void OnDone() override { delete this; }
  };
  return new Refusal();
}

}  // namespace pql
