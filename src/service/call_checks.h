// What every call goes through, whatever carries it: who makes it, how large it is, whether anyone
// still waits for it; and that no exception leaves it.  Thread-safe: no state.

#ifndef PQL_SERVICE_CALL_CHECKS_H_
#define PQL_SERVICE_CALL_CHECKS_H_

#include <grpcpp/server_context.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string_view>

#include "absl/status/status.h"
#include "engine/access.h"
#include "engine/engine.h"

namespace pql {

// Fills the response, which it has by reference, or says why not.
using Work = std::function<absl::Status()>;

// What is called, and what that takes: a role for the rule set in a resource name.
struct Access {
  Method method = Method::kEvaluate;
  Role role = Role::kAdmin;
  std::string_view resource;  // of the request: "ruleSets/slack/rules/team"; empty: of no rule set
};

// Whether the caller has the role.
absl::Status CheckAccess(const Engine& engine, const Caller& caller, const Access& access);
absl::Status CheckAccess(const Engine& engine, const grpc::ServerContextBase& context,
                         const Access& access);

// RESOURCE_EXHAUSTED for a request of more bytes than may be.
absl::Status CheckRequestSize(const Engine& engine, size_t size);

// INVALID_ARGUMENT for an answer of more bytes than may be.
absl::Status CheckAnswerSize(const Limits& limits, size_t size);

// CANCELLED or DEADLINE_EXCEEDED when nobody waits for the answer any more.
absl::Status CheckStillWanted(std::chrono::system_clock::time_point deadline, bool cancelled);

// Runs the work; an exception becomes an error.
absl::Status RunGuarded(const Work& work);

// RESOURCE_EXHAUSTED: as many calls wait for `workers` as may.
absl::Status TooManyQueued(const WorkerPool& workers);

}  // namespace pql

#endif  // PQL_SERVICE_CALL_CHECKS_H_
