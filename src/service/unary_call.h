// The frame of every unary method: count the call in, check who makes it and its size, answer,
// never let an exception out.  What takes time runs on a worker; the threads of gRPC only convert
// and look up.

#ifndef PQL_SERVICE_UNARY_CALL_H_
#define PQL_SERVICE_UNARY_CALL_H_

#include <google/protobuf/message.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <functional>
#include <string>
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
  size_t accounts = 0;        // that the request has
};

// Answers on this thread: for what is quick.
grpc::ServerUnaryReactor* Answer(Engine* engine, const grpc::CallbackServerContext& context,
                                 const google::protobuf::Message& request, const Access& access,
                                 const Work& work);

// Answers on one of `workers`; RESOURCE_EXHAUSTED at once when their queue is full.
grpc::ServerUnaryReactor* AnswerOnWorker(Engine* engine, const grpc::CallbackServerContext& context,
                                         const google::protobuf::Message& request,
                                         const Access& access, WorkerPool* workers, Work work);

// A wish for a revision; none when `min_revision` is 0.
struct RevisionWish {
  std::string rule_set;
  int64_t min_revision = 0;
};
// As Answer (or, with `workers`, AnswerOnWorker), once the rule set has the revision: waits without
// a thread, until shortly before the deadline of the call, but no longer than
// Limits::max_revision_wait; then `work` finds it missing and says so.
grpc::ServerUnaryReactor* AnswerAtRevision(Engine* engine, grpc::CallbackServerContext* context,
                                           const google::protobuf::Message& request,
                                           const Access& access, const RevisionWish& wish,
                                           WorkerPool* workers, Work work);

// Whether the caller has the role.
absl::Status CheckAccess(const Engine& engine, const grpc::CallbackServerContext& context,
                         const Access& access);

// CANCELLED or DEADLINE_EXCEEDED when nobody waits for the answer any more.
absl::Status CheckStillWanted(const grpc::CallbackServerContext& context);

}  // namespace pql

#endif  // PQL_SERVICE_UNARY_CALL_H_
