// RuleService.TestRuleSet: from message to engine and back.  Blocks while it compiles and runs the
// tests.  Thread-safe.

#ifndef PQL_SERVICE_TEST_CALLS_H_
#define PQL_SERVICE_TEST_CALLS_H_

#include <functional>

#include "absl/status/status.h"
#include "engine/engine.h"
#include "pql/v1/rule_service.pb.h"

namespace pql {

absl::Status TestRuleSet(Engine* engine, const v1::TestRuleSetRequest& request,
                         const std::function<absl::Status()>& still_wanted,
                         v1::TestRuleSetResponse* response);

}  // namespace pql

#endif  // PQL_SERVICE_TEST_CALLS_H_
