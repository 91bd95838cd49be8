#include "service/evaluation_service.h"

#include "service/stream_evaluation_call.h"
#include "service/unary_evaluation_call.h"

namespace pql {

std::vector<CallKind> EvaluationCalls(EvaluationService* service) {
  return {EvaluateCalls(service), BatchEvaluateCalls(service), StreamEvaluateCalls(service)};
}

}  // namespace pql
