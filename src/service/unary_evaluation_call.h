// Calls of Evaluate and BatchEvaluate on a call queue.  Thread-safe; a call is its queue's.

#ifndef PQL_SERVICE_UNARY_EVALUATION_CALL_H_
#define PQL_SERVICE_UNARY_EVALUATION_CALL_H_

#include "service/call_queue.h"
#include "service/evaluation_service.h"

namespace pql {

// `service` outlives the queues that serve them.
CallKind EvaluateCalls(EvaluationService* service);
CallKind BatchEvaluateCalls(EvaluationService* service);

}  // namespace pql

#endif  // PQL_SERVICE_UNARY_EVALUATION_CALL_H_
