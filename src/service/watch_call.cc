#include "service/watch_call.h"

#include <grpcpp/alarm.h>
#include <grpcpp/support/async_stream.h>

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "engine/access.h"
#include "engine/error.h"
#include "engine/rule_query.h"
#include "engine/rule_set_watch.h"
#include "service/call_checks.h"
#include "service/call_limits.h"
#include "service/call_record.h"
#include "service/caller.h"
#include "service/revision_conversion.h"
#include "service/rule_conversion.h"
#include "service/status_mapping.h"
#include "service/value_conversion.h"

namespace pql {
namespace {

// Where the events of a stream go.  One call at a time, from any thread.
class Sink {
 public:
  virtual void Write(const v1::WatchRuleSetsResponse& response) = 0;
  // Nothing is written after it.
  virtual void End(const absl::Status& status) = 0;

 protected:
  ~Sink() = default;
};

// After an error of the store, or when no worker is free.
constexpr std::chrono::milliseconds kRetry{500};
// The clock is looked at again at least so often, for it may be set.
constexpr absl::Duration kMaxSleep = absl::Minutes(1);
constexpr int kMaxNames = 1'000;

v1::RuleSetEvent ToEvent(WatchEvent::Kind kind) {
  switch (kind) {
    case WatchEvent::Kind::kCurrent:
      return v1::RULE_SET_EVENT_CURRENT;
    case WatchEvent::Kind::kChanged:
      return v1::RULE_SET_EVENT_CHANGED;
    case WatchEvent::Kind::kLoadStatus:
      return v1::RULE_SET_EVENT_LOAD_STATUS;
    case WatchEvent::Kind::kDeleted:
      return v1::RULE_SET_EVENT_DELETED;
    case WatchEvent::Kind::kCaughtUp:
      return v1::RULE_SET_EVENT_CAUGHT_UP;
  }
  return v1::RULE_SET_EVENT_UNSPECIFIED;
}

v1::WatchRuleSetsResponse MessageOf(const WatchEvent& event, absl::Time now) {
  v1::WatchRuleSetsResponse response;
  response.set_event(ToEvent(event.kind));
  *response.mutable_time() = ToProto(now);
  if (event.revision != nullptr) ToProto(*event.revision, response.mutable_revision());
  if (event.kind == WatchEvent::Kind::kCaughtUp) return response;
  v1::RuleSet* rule_set = response.mutable_rule_set();
  if (event.state != nullptr) {
    ToProto(*event.state, /*with_diagnostics=*/false, rule_set);
    return response;
  }
  rule_set->set_name(RuleSetName(event.rule_set));
  if (event.revision != nullptr) {
    rule_set->set_revision(event.revision->number);
    rule_set->set_digest(event.revision->record.digest);
  }
  return response;
}

// The rule sets that a watch tells of, where the caller may see them: those that it names, else all
// that the caller may see.  Empty: all there are.
absl::StatusOr<std::set<std::string>> WatchedIds(const Engine& engine,
                                                 const grpc::ServerContext& context,
                                                 const v1::WatchRuleSetsRequest& request) {
  PQL_RETURN_IF_ERROR(CheckAccess(engine, context, {Method::kWatchRuleSets, Role::kViewer, ""}));
  std::set<std::string> ids;
  for (const std::string& name : request.rule_sets()) {
    PQL_ASSIGN_OR_RETURN(std::string id, ParseRuleSetName("rule_sets", name));
    PQL_RETURN_IF_ERROR(
        CheckAccess(engine, context, {Method::kWatchRuleSets, Role::kViewer, name}));
    ids.insert(std::move(id));
  }
  if (!ids.empty()) return ids;
  std::optional<std::set<std::string>> visible = VisibleRuleSets(engine, context);
  if (!visible.has_value()) return ids;
  if (visible->empty()) {
    return absl::PermissionDeniedError("the right to see rule sets has just been taken away");
  }
  return *std::move(visible);
}

absl::StatusOr<RuleSetWatch> ToWatch(const v1::WatchRuleSetsRequest& request,
                                     const std::set<std::string>& ids) {
  std::map<std::string, int64_t> seen;
  for (const auto& [name, revision] : request.seen_revisions()) {
    PQL_ASSIGN_OR_RETURN(const std::string id, ParseRuleSetName("seen_revisions", name));
    if (revision < 0) return InvalidField("seen_revisions", "must not be negative");
    if (ids.empty() || ids.contains(id)) seen[id] = revision;
  }
  return RuleSetWatch(ids, std::move(seen));
}

// What decides whether a watch may go on; gRPC keeps both until the call is done.
struct WatchCaller {
  const grpc::ServerContext* context = nullptr;
  const v1::WatchRuleSetsRequest* request = nullptr;
};

struct WatchStart {
  std::shared_ptr<const AccessPolicy> policy;  // by which it was found allowed
  absl::Time proved_until;                     // until when it is known who calls
  std::set<std::string> ids;                   // WatchedIds
  RuleSetWatch watch;
};

absl::StatusOr<WatchStart> BeginWatch(const Engine& engine, const WatchCaller& caller) {
  const v1::WatchRuleSetsRequest& request = *caller.request;
  PQL_RETURN_IF_ERROR(CheckMetadata(engine.limits(), *caller.context));
  if (request.rule_sets_size() > kMaxNames || request.seen_revisions_size() > kMaxNames) {
    return InvalidField("rule_sets", StrCat("names more than ", kMaxNames, " rule sets"));
  }
  // One that comes in between is looked at again.
  std::shared_ptr<const AccessPolicy> policy = engine.access().policy();
  const absl::Time proved_until = CallerOf(engine, *caller.context).proved_until;
  PQL_ASSIGN_OR_RETURN(std::set<std::string> ids, WatchedIds(engine, *caller.context, request));
  PQL_ASSIGN_OR_RETURN(RuleSetWatch watch, ToWatch(request, ids));
  return WatchStart{std::move(policy), proved_until, std::move(ids), std::move(watch)};
}

// The state of one stream, shared by the call, the board's observer and the worker; at any time
// one of them at most acts on it: whoever set `busy_`.
class Stream : public std::enable_shared_from_this<Stream> {
 public:
  Stream(Engine* engine, Sink* sink, const WatchCaller& caller, WatchStart start)
      : engine_(engine),
        sink_(sink),
        caller_(caller),
        ids_(std::move(start.ids)),
        policy_(std::move(start.policy)),
        watch_(std::move(start.watch)),
        proved_until_(start.proved_until) {}

  void Start() {
    observer_ = engine_->rule_sets().board().AddObserver([weak = weak_from_this()] {
      if (const auto stream = weak.lock()) stream->Poke();
    });
    Poke();
  }

  // Something may be new.
  void Poke() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      news_ = true;
      if (busy_ || done_) return;
      busy_ = true;
    }
    Go();
  }

  void WriteDone(bool ok) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!pending_.empty()) pending_.pop_front();
      if (!ok) cancelled_ = true;
    }
    Go();
  }

  void Cancel() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      cancelled_ = true;
      if (busy_ || done_) return;
      busy_ = true;
    }
    Go();
  }

  // The call is over.
  void Done() {
    engine_->rule_sets().board().RemoveObserver(observer_);
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      done_ = true;
    }
    if (alarm_.has_value()) alarm_->Cancel();  // which nobody sets any more
  }

 private:
  // REQUIRES: busy_, and nothing under way.  Writes, or reads what to write, or rests.
  void Go() {
    enum class Step { kFinish, kWrite, kRead, kSleep, kRest } step = Step::kRest;
    absl::Status status = CheckStillAllowed();
    const absl::Time proved_until = proved_until_;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (cancelled_) {
        step = Step::kFinish;
        status = absl::CancelledError("the caller gave up");
      } else if (engine_->watches().is_draining()) {
        step = Step::kFinish;
        status = ShuttingDown("watch another one");
      } else if (!status.ok()) {
        step = Step::kFinish;
      } else if (!pending_.empty()) {
        step = Step::kWrite;
      } else if (news_) {
        news_ = false;
        step = Step::kRead;
      } else {
        busy_ = false;
        if (proved_until < absl::InfiniteFuture() && !asleep_) {
          asleep_ = true;
          step = Step::kSleep;
        }
      }
      if (step == Step::kFinish) done_ = true;
    }
    if (step == Step::kFinish) sink_->End(status);
    if (step == Step::kWrite) sink_->Write(pending_.front());
    if (step == Step::kRead) Read();
    if (step == Step::kSleep) SleepUntil(proved_until);
  }

  // To look again when it may no longer be known who calls.
  void SleepUntil(absl::Time time) {
    const absl::Duration sleep = std::min(time - engine_->clock().Now(), kMaxSleep);
    const std::lock_guard<std::mutex> lock(mutex_);
    if (done_) return;
    alarm_.emplace();
    alarm_->Set(std::chrono::system_clock::now() + absl::ToChronoMicroseconds(sleep),
                [weak = weak_from_this()](bool) {
                  if (const auto stream = weak.lock()) stream->WakeUp();
                });
  }

  void WakeUp() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      asleep_ = false;
      if (busy_ || done_) return;
      busy_ = true;
    }
    Go();
  }

  // REQUIRES: busy_.  An error: the watch is to end, by another policy that came into force, or
  // because the token of the caller has come to its end.
  absl::Status CheckStillAllowed() {
    std::shared_ptr<const AccessPolicy> policy = engine_->access().policy();
    if (policy == policy_ && engine_->clock().Now() < proved_until_) return absl::OkStatus();
    proved_until_ = CallerOf(*engine_, *caller_.context).proved_until;
    PQL_ASSIGN_OR_RETURN(const std::set<std::string> ids,
                         WatchedIds(*engine_, *caller_.context, *caller_.request));
    policy_ = std::move(policy);
    if (ids == ids_) return absl::OkStatus();
    return absl::UnavailableError("which rule sets the caller may see has changed; watch again");
  }

  void Read() {
    const bool queued = engine_->history_workers().TryRun([stream = shared_from_this()] {
      const std::shared_ptr<const Snapshot> snapshot = stream->engine_->rule_sets().snapshot();
      const auto events = stream->watch_.Next(*snapshot, &stream->engine_->store());
      if (!events.ok()) {
        stream->RetryLater();
        return;
      }
      {
        const std::lock_guard<std::mutex> lock(stream->mutex_);
        for (const WatchEvent& event : *events) {
          stream->pending_.push_back(MessageOf(event, stream->engine_->clock().Now()));
        }
        if (!events->empty()) stream->news_ = true;  // perhaps not all
      }
      stream->Go();
    });
    if (!queued) RetryLater();
  }

  void RetryLater() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      news_ = true;
    }
    retry_.emplace();
    retry_->Set(std::chrono::system_clock::now() + kRetry, [weak = weak_from_this()](bool) {
      if (const auto stream = weak.lock()) stream->Go();
    });
  }

  Engine* const engine_;
  Sink* const sink_;
  const WatchCaller caller_;
  const std::set<std::string> ids_;
  std::shared_ptr<const AccessPolicy> policy_;  // of whoever is busy
  RuleSetWatch watch_;                          // of the worker
  // Alarms keep what they call when they have fired: it must not keep this.
  std::optional<grpc::Alarm> retry_;  // of whoever is busy
  absl::Time proved_until_;           // of whoever is busy
  SnapshotBoard::WaiterId observer_ = 0;
  std::mutex mutex_;
  std::optional<grpc::Alarm> alarm_;
  bool asleep_ = false;  // the alarm is set, or about to be
  std::deque<v1::WatchRuleSetsResponse> pending_;
  bool busy_ = false;
  bool news_ = false;
  bool cancelled_ = false;
  bool done_ = false;
};

class WatchCall final : public CallSlot, public Sink {
 public:
  WatchCall(CallQueue* queue, size_t kind, Engine* engine, RuleService* service)
      : CallSlot(queue, kind), engine_(engine), service_(service) {}

  void Listen() override {
    call_.emplace();
    call_->context.AsyncNotifyWhenDone(&ended_);
    service_->RequestWatchRuleSets(&call_->context, &call_->request, &call_->writer,
                                   queue()->queue(), queue()->queue(), &arrived_);
  }

 private:
  // What a call needs anew.
  struct Call {
    Call() {}  // clang 14 does not see an implicit one within the class

    grpc::ServerContext context;
    v1::WatchRuleSetsRequest request;
    grpc::ServerAsyncWriter<v1::WatchRuleSetsResponse> writer{&context};
    Admission::Ticket ticket;
    CallRecord record;
    std::shared_ptr<Stream> stream;
    bool finished = false;  // the end is out
    bool ended = false;     // gRPC has done with the call
  };

  void Arrived(bool ok) {
    if (!ok) return;  // the server stops
    Enter();
    call_->record = {.method = Method::kWatchRuleSets,
                     .begin = std::chrono::steady_clock::now(),
                     .request_bytes = call_->request.ByteSizeLong()};
    const absl::Status status = RunGuarded([this] { return Begin(); });
    if (!status.ok()) return End(status);
    call_->stream->Start();
  }

  absl::Status Begin() {
    const WatchCaller caller{&call_->context, &call_->request};
    PQL_ASSIGN_OR_RETURN(call_->ticket, engine_->watches().Enter());
    PQL_ASSIGN_OR_RETURN(WatchStart start, BeginWatch(*engine_, caller));
    call_->stream = std::make_shared<Stream>(engine_, this, caller, std::move(start));
    return absl::OkStatus();
  }

  void Write(const v1::WatchRuleSetsResponse& response) override {
    call_->writer.Write(response, written_.HandedOver());
  }

  void End(const absl::Status& status) override {
    RecordCall(engine_, call_->context, call_->record, status);
    call_->writer.Finish(ToGrpcStatus(status), finished_.HandedOver());
  }

  void Written(bool ok) { call_->stream->WriteDone(ok); }

  void Finished(bool /*ok*/) {
    call_->finished = true;
    LeaveWhenDone();
  }

  void Ended(bool /*ok*/) {
    call_->ended = true;
    if (call_->context.IsCancelled() && call_->stream != nullptr) call_->stream->Cancel();
    LeaveWhenDone();
  }

  void LeaveWhenDone() {
    if (!call_->finished || !call_->ended) return;
    if (call_->stream != nullptr) call_->stream->Done();
    call_.reset();
    Leave();
  }

  Engine* const engine_;
  RuleService* const service_;
  std::optional<Call> call_;
  EventOf<&WatchCall::Arrived> arrived_{this};
  EventOf<&WatchCall::Written> written_{this};
  EventOf<&WatchCall::Finished> finished_{this};
  EventOf<&WatchCall::Ended> ended_{this};
};

}  // namespace

CallKind WatchCalls(Engine* engine, RuleService* service) {
  return CallKindOf<WatchCall>(engine, service);
}

}  // namespace pql
