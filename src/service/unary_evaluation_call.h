// Calls of Evaluate and BatchEvaluate on an evaluation queue.

#ifndef PQL_SERVICE_UNARY_EVALUATION_CALL_H_
#define PQL_SERVICE_UNARY_EVALUATION_CALL_H_

#include <memory>

#include "service/evaluation_queue.h"

namespace pql {

// `queue` outlives them.
std::unique_ptr<CallSlot> MakeEvaluateSlot(EvaluationQueue* queue);
std::unique_ptr<CallSlot> MakeBatchEvaluateSlot(EvaluationQueue* queue);

}  // namespace pql

#endif  // PQL_SERVICE_UNARY_EVALUATION_CALL_H_
