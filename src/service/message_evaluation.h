// Evaluations on the generated messages: from a request to its response, whatever carries the two.
// Thread-safe: no state but the engine's.

#ifndef PQL_SERVICE_MESSAGE_EVALUATION_H_
#define PQL_SERVICE_MESSAGE_EVALUATION_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/evaluation.h"
#include "pql/v1/evaluation_service.pb.h"

namespace pql {

// Asked between pieces of work: CANCELLED or DEADLINE_EXCEEDED when nobody waits for the answer any
// more, which ends the work with that error.
using StillWanted = std::function<absl::Status()>;

// Whether the answer needs a search beyond the outcomes, which may take long.
bool AsksForDetails(const v1::EvaluationOptions& options);

// Takes the snapshot that the whole call sees.  UNAVAILABLE when it has not the revision asked for;
// else as EvaluationSession::Begin, or INVALID_ARGUMENT for an option out of range.
absl::StatusOr<EvaluationSession> BeginSession(Engine* engine, const std::string& rule_set,
                                               const v1::EvaluationOptions& options);

// One account of a call as a message; counts a search that the bounds cut short.
absl::Status AnswerAccount(Engine* engine, const StillWanted& still_wanted,
                           const EvaluationSession& session, const std::string& id,
                           const AccountView& account, const std::vector<std::string>& held,
                           v1::AccountEvaluation* out);

// The methods of EvaluationService, but for access and what else concerns the call as a whole.
// After an error the response holds anything.
absl::Status EvaluateOne(Engine* engine, const StillWanted& still_wanted,
                         const v1::EvaluateRequest& request, v1::EvaluateResponse* response);
absl::Status EvaluateBatch(Engine* engine, const StillWanted& still_wanted,
                           const v1::BatchEvaluateRequest& request,
                           v1::BatchEvaluateResponse* response);

}  // namespace pql

#endif  // PQL_SERVICE_MESSAGE_EVALUATION_H_
