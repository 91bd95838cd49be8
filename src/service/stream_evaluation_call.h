// Calls of StreamEvaluate on an evaluation queue.

#ifndef PQL_SERVICE_STREAM_EVALUATION_CALL_H_
#define PQL_SERVICE_STREAM_EVALUATION_CALL_H_

#include <memory>

#include "service/evaluation_queue.h"

namespace pql {

// `queue` outlives it.
std::unique_ptr<CallSlot> MakeStreamEvaluateSlot(EvaluationQueue* queue);

}  // namespace pql

#endif  // PQL_SERVICE_STREAM_EVALUATION_CALL_H_
