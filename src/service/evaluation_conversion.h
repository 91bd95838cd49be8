// Answers about accounts as messages.  Thread-safe: no state.

#ifndef PQL_SERVICE_EVALUATION_CONVERSION_H_
#define PQL_SERVICE_EVALUATION_CONVERSION_H_

#include <string>

#include "engine/evaluation.h"
#include "eval/interpreter.h"
#include "pql/v1/evaluation.pb.h"

namespace pql {

// What the session reports of an evaluation, in the order and form that evaluation.proto says.
void ToProto(const EvaluationSession& session, const std::string& account_id,
             const AccountResult& result, v1::AccountEvaluation* out);

}  // namespace pql

#endif  // PQL_SERVICE_EVALUATION_CONVERSION_H_
