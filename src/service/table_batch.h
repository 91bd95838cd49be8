// BatchEvaluate with accounts or answers in columns.  Thread-safe: no state but the engine's.

#ifndef PQL_SERVICE_TABLE_BATCH_H_
#define PQL_SERVICE_TABLE_BATCH_H_

#include "absl/status/status.h"
#include "engine/engine.h"
#include "engine/evaluation.h"
#include "pql/v1/evaluation_service.pb.h"
#include "service/message_evaluation.h"

namespace pql {

// Whether a batch is for EvaluateTable.
inline bool IsInColumns(const v1::BatchEvaluateRequest& request) {
  return request.has_table() || request.answer_in_columns();
}

// Whether what it asks for goes together, and is within the limits that need no rules.
absl::Status CheckTableBatch(const Limits& limits, const v1::BatchEvaluateRequest& request);

// All but revision and evaluation time of the response.  After an error it holds anything.
// REQUIRES: CheckTableBatch was OK.
absl::Status EvaluateTable(Engine* engine, const StillWanted& still_wanted,
                           const EvaluationSession& session,
                           const v1::BatchEvaluateRequest& request,
                           v1::BatchEvaluateResponse* response);

}  // namespace pql

#endif  // PQL_SERVICE_TABLE_BATCH_H_
