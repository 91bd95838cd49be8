// The methods of RuleService that change rules: from message to engine and back.  They block while
// the engine compiles and commits.  Thread-safe.

#ifndef PQL_SERVICE_CHANGE_CALLS_H_
#define PQL_SERVICE_CHANGE_CALLS_H_

#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/rule_set_change.h"
#include "pql/v1/rule_service.pb.h"

namespace pql {

absl::Status CreateRule(Engine* engine, const Caller& caller, const v1::CreateRuleRequest& request,
                        v1::CreateRuleResponse* response);
absl::Status UpdateRule(Engine* engine, const Caller& caller, const v1::UpdateRuleRequest& request,
                        v1::UpdateRuleResponse* response);
absl::Status DeleteRule(Engine* engine, const Caller& caller, const v1::DeleteRuleRequest& request,
                        v1::DeleteRuleResponse* response);
absl::Status ApplyRuleSet(Engine* engine, const Caller& caller,
                          const v1::ApplyRuleSetRequest& request,
                          v1::ApplyRuleSetResponse* response);
absl::Status RollbackRuleSet(Engine* engine, const Caller& caller,
                             const v1::RollbackRuleSetRequest& request,
                             v1::RollbackRuleSetResponse* response);

// Sources as a request has them.  INVALID_ARGUMENT: of a language that has no rule files.
absl::StatusOr<std::vector<SourceText>> ToSources(
    const google::protobuf::RepeatedPtrField<v1::SourceFile>& files);

}  // namespace pql

#endif  // PQL_SERVICE_CHANGE_CALLS_H_
