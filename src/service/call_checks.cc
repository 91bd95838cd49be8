#include "service/call_checks.h"

#include <chrono>
#include <exception>
#include <memory>
#include <new>

#include "base/strings.h"
#include "engine/error.h"
#include "service/caller.h"

namespace pql {
namespace {

// `slack` of `ruleSets/slack/rules/team`.  Of a name of another form nothing: what it stands for
// the method refuses itself.
std::string_view RuleSetIn(std::string_view resource) {
  constexpr std::string_view kCollection = "ruleSets/";
  if (!resource.starts_with(kCollection)) return {};
  resource.remove_prefix(kCollection.size());
  return resource.substr(0, resource.find('/'));
}

}  // namespace

absl::Status CheckAccess(const Engine& engine, const Caller& caller, const Access& access) {
  return engine.access().Check(caller, access.role, RuleSetIn(access.resource));
}

absl::Status CheckAccess(const Engine& engine, const grpc::ServerContextBase& context,
                         const Access& access) {
  const std::shared_ptr<const AccessPolicy> policy = engine.access().policy();
  if (policy == nullptr && access.role <= Role::kViewer) return absl::OkStatus();  // the usual path
  return CheckAccess(engine, CallerOf(engine, context), access);
}

absl::Status CheckRequestSize(const Engine& engine, size_t size) {
  const size_t maximum = engine.limits().max_request_bytes;
  if (size <= maximum) return absl::OkStatus();
  return LimitExceeded(absl::StatusCode::kResourceExhausted, "request bytes", "--max-request-bytes",
                       size, maximum,
                       StrCat("a request of ", size, " bytes is larger than the limit"));
}

absl::Status CheckAnswerSize(const Limits& limits, size_t size) {
  const size_t maximum = limits.max_answer_bytes;
  if (size <= maximum) return absl::OkStatus();
  // How large it would have become is not known: the work ends here.
  return LimitExceeded(absl::StatusCode::kInvalidArgument, "answer bytes", "--max-answer-bytes",
                       maximum + 1, maximum,
                       "the answer is larger than the limit; ask for fewer accounts at a time, or "
                       "for fewer rules with `options.rules` and `options.scope`");
}

absl::Status CheckStillWanted(std::chrono::system_clock::time_point deadline, bool cancelled) {
  if (std::chrono::system_clock::now() >= deadline) {
    return absl::DeadlineExceededError("the deadline passed before the answer was ready");
  }
  if (cancelled) return absl::CancelledError("the caller gave up");
  return absl::OkStatus();
}

absl::Status RunGuarded(const Work& work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::exception& error) {
    return absl::InternalError(StrCat("internal error: ", absl::string_view(error.what())));
  } catch (...) {
    return absl::InternalError("internal error");
  }
}

absl::Status TooManyQueued(const WorkerPool& workers) {
  return LimitExceeded(absl::StatusCode::kResourceExhausted, "queued jobs", "--max-queued-jobs",
                       workers.max_queued() + 1, workers.max_queued(),
                       "too many calls wait for a worker; try again later");
}

}  // namespace pql
