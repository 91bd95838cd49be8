// The methods of RuleService that read the history: from message to store and back.  They block
// while the store answers.  Thread-safe.

#ifndef PQL_SERVICE_HISTORY_CALLS_H_
#define PQL_SERVICE_HISTORY_CALLS_H_

#include "absl/status/status.h"
#include "engine/engine.h"
#include "pql/v1/rule_service.pb.h"

namespace pql {

absl::Status ListRevisions(Engine* engine, const v1::ListRevisionsRequest& request,
                           v1::ListRevisionsResponse* response);
absl::Status GetRevision(Engine* engine, const v1::GetRevisionRequest& request,
                         v1::GetRevisionResponse* response);

}  // namespace pql

#endif  // PQL_SERVICE_HISTORY_CALLS_H_
