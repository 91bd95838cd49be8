#include "service/unary_evaluation_call.h"

#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "service/call_bytes.h"
#include "service/call_checks.h"
#include "service/call_limits.h"
#include "service/call_record.h"
#include "service/evaluation_request.h"
#include "service/revision_wait.h"
#include "service/status_mapping.h"

namespace pql {
namespace {

using Responder = grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>;
// How the generated service is asked for a call of a method.
using Request = void (EvaluationService::*)(grpc::ServerContext*, grpc::ByteBuffer*, Responder*,
                                            grpc::CompletionQueue*, grpc::ServerCompletionQueue*,
                                            void*);

// What a request or a response leaves behind for the next call to use again is no more than this.
constexpr size_t kKeptBytes = 64 << 10;
// How many slots of a kind listen at a time.
constexpr size_t kListening = 16;

// `Reader`: OneEvaluation or BatchEvaluation.
template <typename Reader, Method kMethod>
class UnaryEvaluationCall final : public CallSlot {
 public:
  UnaryEvaluationCall(CallQueue* queue, size_t kind, EvaluationService* service, Request request)
      : CallSlot(queue, kind),
        service_(service),
        request_(request),
        reader_(std::in_place, queue->engine()) {}

  void Listen() override {
    call_.emplace();
    call_->context.AsyncNotifyWhenDone(&ended_);
    (service_->*request_)(&call_->context, &call_->request, &call_->responder, queue()->queue(),
                          queue()->queue(), &arrived_);
  }

 private:
  // What a call needs anew.
  struct Call {
    grpc::ServerContext context;
    grpc::ByteBuffer request;
    Responder responder{&context};
    FlatBytes bytes;
    Admission::Ticket ticket;  // given back when the answer is out
    std::atomic<bool> cancelled{false};
    std::shared_ptr<RevisionWait> wait;
    CallRecord record;
    bool is_read = false;
    int events_to_come = 2;  // that the answer is out, that the call has ended
  };

  void Arrived(bool ok) {
    if (!ok) return;  // the server stops
    Enter();
    call_->record = {kMethod, std::chrono::steady_clock::now(), call_->request.Length()};
    const absl::Status status = RunGuarded([this] { return Begin(); });
    if (!status.ok()) return Fail(status);
    const RevisionWish wish = WishOf(reader_->rule_set(), reader_->options());
    if (IsReached(*engine(), wish)) return Work();
    call_->wait = std::make_shared<RevisionWait>(engine(), queue()->queue(), &waited_);
    call_->wait->Start(wish, call_->context.deadline());
  }

  absl::Status Begin() {
    absl::StatusOr<Admission::Ticket> ticket = engine()->admission().Enter();
    if (!ticket.ok()) return ticket.status();
    call_->ticket = *std::move(ticket);
    absl::Status status = CheckMetadata(engine()->limits(), call_->context);
    if (status.ok()) status = CheckRequestSize(*engine(), call_->record.request_bytes);
    if (status.ok()) status = reader_->Read(call_->bytes.Of(call_->request));
    if (!status.ok()) return status;
    call_->is_read = true;
    return CheckAccess(*engine(), call_->context, {kMethod, Role::kEvaluator, reader_->rule_set()});
  }

  void Waited(bool /*ok*/) { Work(); }

  void Work() {
    if (!reader_->BelongsOnWorker()) return Answer(queue()->direct());
    const bool queued = engine()->batch_workers().TryRun([this] {
      DirectEvaluation direct(engine());
      Answer(&direct);
    });
    if (!queued) Fail(TooManyQueued(engine()->batch_workers()));
  }

  // On the queue's thread or a worker, which has the call for itself but for `cancelled`.
  void Answer(DirectEvaluation* direct) {
    const absl::Status status = RunGuarded([this, direct] {
      return reader_->Answer([this] { return StillWanted(); }, direct, &response_);
    });
    if (!status.ok()) return Fail(status);
    Record(status);
    call_->responder.Finish(BufferOf(response_), grpc::Status::OK, sent_.HandedOver());
  }

  // The deadline is one of the steady clock, as the system's clock has it now.
  absl::Status StillWanted() const {
    return CheckStillWanted(call_->context.deadline(), call_->cancelled);
  }

  void Fail(const absl::Status& status) {
    Record(status);
    call_->responder.FinishWithError(ToGrpcStatus(status), sent_.HandedOver());
  }

  void Record(const absl::Status& status) {
    if (call_->is_read) {
      call_->record.resource = reader_->rule_set();
      call_->record.accounts = reader_->account_count();
    }
    RecordCall(engine(), call_->context, call_->record, status);
  }

  void Ended(bool /*ok*/) {
    if (call_->context.IsCancelled()) {
      call_->cancelled = true;
      if (call_->wait != nullptr) call_->wait->End();
    }
    OneEventLess();
  }

  void Sent(bool /*ok*/) { OneEventLess(); }

  void OneEventLess() {
    if (--call_->events_to_come > 0) return;
    if (call_->record.request_bytes > kKeptBytes || response_.size() > kKeptBytes) {
      reader_.emplace(engine());
      std::string().swap(response_);
    }
    call_.reset();
    Leave();
  }

  Engine* engine() { return queue()->engine(); }

  EvaluationService* const service_;
  const Request request_;
  std::optional<Reader> reader_;
  std::string response_;
  std::optional<Call> call_;
  EventOf<&UnaryEvaluationCall::Arrived> arrived_{this};
  EventOf<&UnaryEvaluationCall::Waited> waited_{this};
  EventOf<&UnaryEvaluationCall::Sent> sent_{this};
  EventOf<&UnaryEvaluationCall::Ended> ended_{this};
};

template <typename Call, typename Request>
CallKind Calls(EvaluationService* service, Request request) {
  CallKind kind = CallKindOf<Call>(service, request);
  kind.listening = kListening;
  return kind;
}

}  // namespace

CallKind EvaluateCalls(EvaluationService* service) {
  return Calls<UnaryEvaluationCall<OneEvaluation, Method::kEvaluate>>(
      service, &EvaluationService::RequestEvaluate);
}

CallKind BatchEvaluateCalls(EvaluationService* service) {
  return Calls<UnaryEvaluationCall<BatchEvaluation, Method::kBatchEvaluate>>(
      service, &EvaluationService::RequestBatchEvaluate);
}

}  // namespace pql
