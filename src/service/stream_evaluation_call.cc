#include "service/stream_evaluation_call.h"

#include <grpcpp/alarm.h>
#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/byte_buffer.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/error.h"
#include "service/call_bytes.h"
#include "service/call_checks.h"
#include "service/call_limits.h"
#include "service/call_record.h"
#include "service/caller.h"
#include "service/evaluation_request.h"
#include "service/revision_wait.h"
#include "service/status_mapping.h"

namespace pql {
namespace {

// Reads a message, answers it, and reads the next one while the answer is written; an answer that
// finds the one before it still on its way waits, and with it the reading.  So a stream holds at
// most one request and two answers, however much its caller sends without reading.
class StreamEvaluationCall final : public CallSlot {
 public:
  StreamEvaluationCall(CallQueue* queue, size_t kind, EvaluationService* service)
      : CallSlot(queue, kind), service_(service) {}

  void Listen() override {
    call_.emplace();
    call_->context.AsyncNotifyWhenDone(&ended_);
    service_->RequestStreamEvaluate(&call_->context, &call_->stream, queue()->queue(),
                                    queue()->queue(), &arrived_);
  }

  void Drain() override {
    if (!call_.has_value() || !call_->is_here) return;
    if (call_->wait != nullptr) call_->wait->End();  // what did not come by now is not waited for
    GoOn();
  }

 private:
  // What a call needs anew.
  struct Call {
    Call() {}  // clang 14 does not see an implicit one within the class

    grpc::ServerContext context;
    grpc::ServerAsyncReaderWriter<grpc::ByteBuffer, grpc::ByteBuffer> stream{&context};
    Admission::Ticket ticket;
    std::atomic<bool> cancelled{false};

    grpc::ByteBuffer request;
    FlatBytes bytes;
    std::shared_ptr<RevisionWait> wait;
    grpc::Alarm worked;
    // For what access was last found to be given.
    std::shared_ptr<const AccessPolicy> checked_policy;
    absl::Time proved_until;  // until when it is known who calls
    std::string checked_rule_set;
    bool is_checked = false;

    CallRecord record;  // of the message

    bool is_here = false;  // a caller came
    bool reading = false;
    bool working = false;   // on a message, elsewhere
    bool answered = false;  // response_ is to be written
    bool writing = false;
    bool no_more = false;    // there is nothing more to read, or the stream is broken
    bool finishing = false;  // the end is on its way
    bool finished = false;   // it is out
    bool ended = false;      // gRPC has done with the call
  };

  void Arrived(bool ok) {
    if (!ok) return;  // the server stops
    Enter();
    call_->is_here = true;
    reader_.emplace(engine());
    absl::StatusOr<Admission::Ticket> ticket = engine()->streams().Enter();
    absl::Status status = ticket.status();
    if (ticket.ok()) {
      call_->ticket = *std::move(ticket);
      status = CheckMetadata(engine()->limits(), call_->context);
    }
    if (status.ok()) {
      status =
          CheckAccess(*engine(), call_->context, {Method::kStreamEvaluate, Role::kEvaluator, ""});
    }
    if (status.ok()) return GoOn();
    RecordCall(engine(), call_->context,
               {Method::kStreamEvaluate, std::chrono::steady_clock::now()}, status);
    Finish(ToGrpcStatus(status));
  }

  // Starts whatever can be started now.
  void GoOn() {
    Call& call = *call_;
    if (call.finishing) return LeaveWhenDone();
    if (call.answered && !call.writing) {
      call.answered = false;
      call.writing = true;
      call.stream.Write(BufferOf(response_), &written_);
    }
    if (call.working || call.answered) return;
    if (!call.no_more && !queue()->draining()) {
      if (!call.reading) {
        call.reading = true;
        call.stream.Read(&call.request, &read_);
      }
      return;
    }
    if (call.writing) return;
    // A message that is on its way while the stream ends for it gets no answer, which its sender
    // sees by the order.
    Finish(call.no_more ? grpc::Status::OK
                        : ToGrpcStatus(ShuttingDown("open a stream to another one")));
  }

  void Finish(const grpc::Status& status) {
    call_->finishing = true;
    call_->stream.Finish(status, &finished_);
  }

  void Read(bool ok) {
    call_->reading = false;
    if (call_->finishing) return LeaveWhenDone();
    if (!ok) {
      call_->no_more = true;
      return GoOn();
    }
    call_->record = {Method::kStreamEvaluate, std::chrono::steady_clock::now(),
                     call_->request.Length(), "", 1};
    const absl::Status status = RunGuarded([this] { return Begin(); });
    if (!status.ok()) {
      Fail(status);
      return Answered();
    }
    const RevisionWish wish = WishOf(reader_->rule_set(), reader_->options());
    if (IsReached(*engine(), wish)) return Work();
    call_->working = true;
    call_->wait = std::make_shared<RevisionWait>(engine(), queue()->queue(), &waited_);
    call_->wait->Start(wish, call_->context.deadline());
  }

  absl::Status Begin() {
    reader_->BeginMessage();
    absl::Status status = CheckRequestSize(*engine(), call_->record.request_bytes);
    if (status.ok()) status = reader_->Read(call_->bytes.Of(call_->request));
    if (!status.ok()) return status;
    return CheckRuleSet();
  }

  // Again only where the answer may have changed.
  absl::Status CheckRuleSet() {
    const std::shared_ptr<const AccessPolicy> policy = engine()->access().policy();
    if (call_->is_checked && call_->checked_policy == policy &&
        (policy == nullptr || engine()->clock().Now() < call_->proved_until) &&
        call_->checked_rule_set == reader_->rule_set()) {
      return absl::OkStatus();
    }
    const Caller caller = CallerOf(*engine(), call_->context);
    const absl::Status status = CheckAccess(
        *engine(), caller, {Method::kStreamEvaluate, Role::kEvaluator, reader_->rule_set()});
    call_->is_checked = status.ok();
    call_->proved_until = caller.proved_until;
    call_->checked_policy = policy;
    call_->checked_rule_set = reader_->rule_set();
    return status;
  }

  void Waited(bool /*ok*/) {
    call_->working = false;
    Work();
  }

  void Work() {
    if (!reader_->BelongsOnWorker()) {
      Answer(queue()->direct());
      return Answered();
    }
    call_->working = true;
    const bool queued = engine()->batch_workers().TryRun([this] {
      DirectEvaluation direct(engine());
      Answer(&direct);
      grpc::CompletionQueue* const events = queue()->queue();
      call_->worked.Set(events, std::chrono::system_clock::now(), worked_.HandedOver());
    });
    if (queued) return;
    call_->working = false;
    Fail(TooManyQueued(engine()->batch_workers()));
    Answered();
  }

  // On the queue's thread or a worker, which has reader and response for itself.
  void Answer(DirectEvaluation* direct) {
    const absl::Status status = RunGuarded([this, direct] {
      return reader_->Answer(
          [this] { return CheckStillWanted(call_->context.deadline(), call_->cancelled); }, direct,
          &response_);
    });
    if (!status.ok()) return Fail(status);
    Record(status);
  }

  void Fail(const absl::Status& status) {
    Record(status);
    reader_->AnswerWithError(status, &response_);
  }

  // Each message counts as a call.
  void Record(const absl::Status& status) {
    call_->record.resource = reader_->rule_set();
    RecordCall(engine(), call_->context, call_->record, status);
  }

  void Worked(bool /*ok*/) {
    call_->working = false;
    Answered();
  }

  void Answered() {
    call_->answered = true;
    GoOn();
  }

  void Written(bool ok) {
    call_->writing = false;
    if (!ok) {  // nobody reads any more
      call_->no_more = true;
      call_->answered = false;
    }
    GoOn();
  }

  void Finished(bool /*ok*/) {
    call_->finished = true;
    LeaveWhenDone();
  }

  void Ended(bool /*ok*/) {
    call_->ended = true;
    if (call_->context.IsCancelled()) {
      call_->cancelled = true;
      if (call_->wait != nullptr) call_->wait->End();
    }
    LeaveWhenDone();
  }

  void LeaveWhenDone() {
    const Call& call = *call_;
    if (!call.finished || !call.ended || call.reading) return;
    call_.reset();
    reader_.reset();
    std::string().swap(response_);
    Leave();
  }

  Engine* engine() { return queue()->engine(); }

  EvaluationService* const service_;
  std::optional<StreamedEvaluation> reader_;  // of a call
  std::string response_;
  std::optional<Call> call_;
  EventOf<&StreamEvaluationCall::Arrived> arrived_{this};
  EventOf<&StreamEvaluationCall::Read> read_{this};
  EventOf<&StreamEvaluationCall::Waited> waited_{this};
  EventOf<&StreamEvaluationCall::Worked> worked_{this};
  EventOf<&StreamEvaluationCall::Written> written_{this};
  EventOf<&StreamEvaluationCall::Finished> finished_{this};
  EventOf<&StreamEvaluationCall::Ended> ended_{this};
};

}  // namespace

CallKind StreamEvaluateCalls(EvaluationService* service) {
  return CallKindOf<StreamEvaluationCall>(service);
}

}  // namespace pql
