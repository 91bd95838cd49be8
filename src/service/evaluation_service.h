// pql.v1.EvaluationService over the engine, its requests and responses as bytes.  Thread-safe.

#ifndef PQL_SERVICE_EVALUATION_SERVICE_H_
#define PQL_SERVICE_EVALUATION_SERVICE_H_

#include <vector>

#include "pql/v1/evaluation_service.grpc.pb.h"
#include "service/call_queue.h"

namespace pql {

using EvaluationService = v1::EvaluationService::WithRawMethod_Evaluate<
    v1::EvaluationService::WithRawMethod_BatchEvaluate<
        v1::EvaluationService::WithRawMethod_StreamEvaluate<v1::EvaluationService::Service>>>;

// The calls of all its methods.  `service` outlives the queues that serve them.
std::vector<CallKind> EvaluationCalls(EvaluationService* service);

}  // namespace pql

#endif  // PQL_SERVICE_EVALUATION_SERVICE_H_
