#include "service/unary_call.h"

#include <grpcpp/alarm.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include "base/strings.h"
#include "engine/error.h"
#include "service/call_limits.h"
#include "service/call_record.h"
#include "service/caller.h"
#include "service/status_mapping.h"

namespace pql {
namespace {

// So that the answer "not here yet" still reaches the caller before its deadline does.
constexpr std::chrono::milliseconds kAnswerMargin{50};

// Owns itself until gRPC is done with the call.
class UnaryCall : public grpc::ServerUnaryReactor {
 public:
  UnaryCall(Engine* engine, const grpc::CallbackServerContext& context, const CallRecord& record,
            Admission::Ticket ticket)
      : engine_(engine), context_(context), record_(record), ticket_(std::move(ticket)) {}
  // The answer, which ends the call.
  void End(const absl::Status& status) {
    RecordCall(engine_, context_, record_, status);
    Finish(ToGrpcStatus(status));
  }
  void OnDone() override { delete this; }
  // Work that runs notices by itself that the caller gave up; a wait has to be told.
  void OnCancel() override {
    if (end_wait_) end_wait_();
  }
  // REQUIRES: before gRPC has the call.
  void EndWaitWith(std::function<void()> end_wait) { end_wait_ = std::move(end_wait); }

 private:
  Engine* const engine_;
  const grpc::CallbackServerContext& context_;
  const CallRecord record_;
  std::function<void()> end_wait_;
  const Admission::Ticket ticket_;  // given back when the answer is out
};

// An exception that leaves a handler would be answered as UNIMPLEMENTED, or hang the call.
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

absl::Status CheckSize(const Engine& engine, size_t size) {
  const size_t maximum = engine.limits().max_request_bytes;
  if (size <= maximum) return absl::OkStatus();
  return LimitExceeded(absl::StatusCode::kResourceExhausted, "request bytes", "--max-request-bytes",
                       size, maximum,
                       StrCat("a request of ", size, " bytes is larger than the limit"));
}

// `slack` of `ruleSets/slack/rules/team`.  Of a name of another form nothing: what it stands for
// the method refuses itself.
std::string_view RuleSetIn(std::string_view resource) {
  constexpr std::string_view kCollection = "ruleSets/";
  if (!resource.starts_with(kCollection)) return {};
  resource.remove_prefix(kCollection.size());
  return resource.substr(0, resource.find('/'));
}

// Counts the call in; finishes it at once, and sets `*admitted` to false, when that is refused.
UnaryCall* Admit(Engine* engine, const grpc::CallbackServerContext& context,
                 const google::protobuf::Message& request, const Access& access, bool* admitted) {
  const CallRecord record = {access.method, std::chrono::steady_clock::now(),
                             request.ByteSizeLong(), access.resource, access.accounts};
  absl::StatusOr<Admission::Ticket> ticket = engine->admission().Enter();
  absl::Status status = ticket.status();
  if (status.ok()) status = CheckMetadata(engine->limits(), context);
  if (status.ok()) status = CheckAccess(*engine, context, access);
  if (status.ok()) status = CheckSize(*engine, record.request_bytes);
  auto* call = new UnaryCall(engine, context, record,
                             ticket.ok() ? *std::move(ticket) : Admission::Ticket());
  *admitted = status.ok();
  if (!status.ok()) call->End(status);
  return call;
}

void FinishOnWorker(UnaryCall* call, WorkerPool* workers, Work work) {
  const bool queued =
      workers->TryRun([call, work = std::move(work)] { call->End(RunGuarded(work)); });
  if (queued) return;
  call->End(LimitExceeded(absl::StatusCode::kResourceExhausted, "queued jobs", "--max-queued-jobs",
                          workers->max_queued() + 1, workers->max_queued(),
                          "too many calls wait for a worker; try again later"));
}

void FinishSomewhere(UnaryCall* call, WorkerPool* workers, Work work) {
  if (workers != nullptr) {
    FinishOnWorker(call, workers, std::move(work));
  } else {
    call->End(RunGuarded(work));
  }
}

// Waits for a revision: an alarm at the latest moment that makes sense, which the arrival of the
// revision brings forward.  The alarm's callback is the only place that goes on.
class RevisionWait : public std::enable_shared_from_this<RevisionWait> {
 public:
  RevisionWait(Engine* engine, std::function<void()> then)
      : engine_(engine), then_(std::move(then)) {}

  void Start(const RevisionWish& wish, std::chrono::system_clock::time_point until) {
    alarm_.Set(until, [self = shared_from_this()](bool) { self->GoOn(); });
    const auto waiter = engine_->rule_sets().board().WhenRevision(
        wish.rule_set, wish.min_revision, [self = shared_from_this()] { self->alarm_.Cancel(); });
    if (!waiter.has_value()) {
      alarm_.Cancel();
      return;
    }
    std::unique_lock<std::mutex> lock(mutex_);
    if (!gone_on_) {
      waiter_ = waiter;
      return;
    }
    lock.unlock();
    engine_->rule_sets().board().CancelWaiter(*waiter);
  }

  // Goes on now.
  void End() { alarm_.Cancel(); }

 private:
  void GoOn() {
    std::optional<SnapshotBoard::WaiterId> waiter;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      gone_on_ = true;
      waiter = waiter_;
    }
    if (waiter.has_value()) engine_->rule_sets().board().CancelWaiter(*waiter);
    then_();
  }

  Engine* const engine_;
  const std::function<void()> then_;
  grpc::Alarm alarm_;
  std::mutex mutex_;
  bool gone_on_ = false;
  std::optional<SnapshotBoard::WaiterId> waiter_;
};

bool IsReached(Engine* engine, const RevisionWish& wish) {
  if (wish.min_revision <= 0) return true;
  const std::shared_ptr<const Snapshot> snapshot = engine->rule_sets().snapshot();
  const RuleSetState* state = snapshot->Find(wish.rule_set);
  return state != nullptr && state->revision >= wish.min_revision;
}

}  // namespace

absl::Status CheckAccess(const Engine& engine, const grpc::CallbackServerContext& context,
                         const Access& access) {
  const std::shared_ptr<const AccessPolicy> policy = engine.access().policy();
  if (policy == nullptr && access.role <= Role::kViewer) return absl::OkStatus();  // the usual path
  return engine.access().Check(CallerOf(engine, context), access.role, RuleSetIn(access.resource));
}

grpc::ServerUnaryReactor* Answer(Engine* engine, const grpc::CallbackServerContext& context,
                                 const google::protobuf::Message& request, const Access& access,
                                 const Work& work) {
  bool admitted = false;
  UnaryCall* call = Admit(engine, context, request, access, &admitted);
  if (admitted) call->End(RunGuarded(work));
  return call;
}

grpc::ServerUnaryReactor* AnswerOnWorker(Engine* engine, const grpc::CallbackServerContext& context,
                                         const google::protobuf::Message& request,
                                         const Access& access, WorkerPool* workers, Work work) {
  bool admitted = false;
  UnaryCall* call = Admit(engine, context, request, access, &admitted);
  if (admitted) FinishOnWorker(call, workers, std::move(work));
  return call;
}

grpc::ServerUnaryReactor* AnswerAtRevision(Engine* engine, grpc::CallbackServerContext* context,
                                           const google::protobuf::Message& request,
                                           const Access& access, const RevisionWish& wish,
                                           WorkerPool* workers, Work work) {
  bool admitted = false;
  UnaryCall* call = Admit(engine, *context, request, access, &admitted);
  if (!admitted) return call;
  if (IsReached(engine, wish)) {
    FinishSomewhere(call, workers, std::move(work));
    return call;
  }
  const auto latest = std::chrono::system_clock::now() +
                      absl::ToChronoMilliseconds(engine->limits().max_revision_wait);
  const auto until = std::min<std::chrono::system_clock::time_point>(
      latest, std::chrono::time_point_cast<std::chrono::system_clock::duration>(
                  context->deadline() - kAnswerMargin));
  const auto wait = std::make_shared<RevisionWait>(
      engine, [call, workers, work = std::move(work)] { FinishSomewhere(call, workers, work); });
  call->EndWaitWith([wait] { wait->End(); });
  wait->Start(wish, until);
  return call;
}

absl::Status CheckStillWanted(const grpc::CallbackServerContext& context) {
  if (std::chrono::system_clock::now() >= context.deadline()) {
    return absl::DeadlineExceededError("the deadline passed before the answer was ready");
  }
  if (context.IsCancelled()) return absl::CancelledError("the caller gave up");
  return absl::OkStatus();
}

}  // namespace pql
