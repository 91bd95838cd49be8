// The workload "serve": accounts of ten metrics, about 238 bytes each on the wire, for the ten
// rules in rules/serve/.
//
// Pure functions.

#ifndef TOOLS_PQL_LOAD_SERVE_WORKLOAD_H_
#define TOOLS_PQL_LOAD_SERVE_WORKLOAD_H_

#include <cstddef>
#include <string_view>
#include <vector>

#include "pql/v1/account.pb.h"
#include "pql/v1/evaluation_service.pb.h"

namespace pql {

// The id of its rule set.
inline constexpr std::string_view kServeRuleSet = "serve";

// The first `count` of its accounts, which begin anew after 4,096.
std::vector<v1::Account> ServeAccounts(size_t count);

// An answer as the rules give it to one of the accounts, for servers that have no rules.  Without
// its id.
void SetTypicalEvaluation(v1::AccountEvaluation* evaluation);
// The same as the answer to a whole call.
void SetTypicalAnswer(v1::EvaluateResponse* answer);

// What the rest of a BatchEvaluateResponse and an EvaluateResponse is.
template <typename Response>
void SetTypicalOrigin(Response* response) {
  constexpr int64_t kSeconds = 1'772'353'800;  // 2026-03-01T08:30:00Z
  constexpr int kNanos = 123'456'000;
  response->set_revision(1);
  response->mutable_evaluation_time()->set_seconds(kSeconds);
  response->mutable_evaluation_time()->set_nanos(kNanos);
}

}  // namespace pql

#endif  // TOOLS_PQL_LOAD_SERVE_WORKLOAD_H_
