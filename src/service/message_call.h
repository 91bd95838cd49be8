// The frame of the methods of one request and one answer that are served as generated messages:
// counts the call in, checks who makes it and its size, answers, never lets an exception out.  What
// takes time runs on a worker; the queue's thread only converts and looks up.

#ifndef PQL_SERVICE_MESSAGE_CALL_H_
#define PQL_SERVICE_MESSAGE_CALL_H_

#include <grpcpp/support/async_unary_call.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include "engine/engine.h"
#include "service/call_checks.h"
#include "service/call_queue.h"
#include "service/call_record.h"
#include "service/status_mapping.h"

namespace pql {

// A call as its handler sees it.  Thread-safe.
class ServedCall {
 public:
  const grpc::ServerContext& context() const { return context_; }
  // CANCELLED or DEADLINE_EXCEEDED when nobody waits for the answer any more.
  absl::Status StillWanted() const { return CheckStillWanted(context_.deadline(), cancelled_); }

 private:
  template <typename Service, typename Request, typename Response>
  friend class MessageCall;

  grpc::ServerContext context_;
  std::atomic<bool> cancelled_{false};
};

// How calls of a method are answered.
template <typename Request, typename Response>
struct MessageMethod {
  // What it takes to make the call.
  std::function<Access(const Request&)> access;
  // Null: the queue's own thread answers, for it is quick.
  WorkerPool* workers = nullptr;
  // Fills the response, or says why not.
  std::function<absl::Status(const ServedCall&, const Request&, Response*)> answer;
};

// Counts the call in, and checks it.
absl::Status Admit(Engine* engine, const grpc::ServerContext& context, const Access& access,
                   size_t request_bytes, Admission::Ticket* ticket);

template <typename Service, typename Request, typename Response>
class MessageCall final : public CallSlot {
 public:
  using Responder = grpc::ServerAsyncResponseWriter<Response>;
  // How the generated service is asked for a call.
  using Ask = void (Service::*)(grpc::ServerContext*, Request*, Responder*, grpc::CompletionQueue*,
                                grpc::ServerCompletionQueue*, void*);
  using Handler = MessageMethod<Request, Response>;

  MessageCall(CallQueue* queue, size_t kind, Service* service, Ask ask,
              std::shared_ptr<const Handler> handler)
      : CallSlot(queue, kind), service_(service), ask_(ask), handler_(std::move(handler)) {}

  void Listen() override {
    call_.emplace();
    grpc::ServerContext* context = &call_->served.context_;
    context->AsyncNotifyWhenDone(&ended_);
    (service_->*ask_)(context, &call_->request, &call_->responder, queue()->queue(),
                      queue()->queue(), &arrived_);
  }

 private:
  // What a call needs anew.
  struct Call {
    ServedCall served;
    Request request;
    Response response;
    Responder responder{&served.context_};
    Admission::Ticket ticket;  // given back when the answer is out
    CallRecord record;
    int events_to_come = 2;  // that the answer is out, that the call has ended
  };

  void Arrived(bool ok) {
    if (!ok) return;  // the server stops
    Enter();
    const auto begin = std::chrono::steady_clock::now();
    const Access access = handler_->access(call_->request);
    call_->record = {access.method, begin, call_->request.ByteSizeLong(), access.resource};
    const absl::Status status = RunGuarded([this, &access] {
      return Admit(engine(), call_->served.context(), access, call_->record.request_bytes,
                   &call_->ticket);
    });
    if (!status.ok()) return End(status);
    if (handler_->workers == nullptr) return Answer();
    if (!handler_->workers->TryRun([this] { Answer(); })) End(TooManyQueued(*handler_->workers));
  }

  // On the queue's thread or a worker, which has the call for itself but for being cancelled.
  void Answer() {
    End(RunGuarded(
        [this] { return handler_->answer(call_->served, call_->request, &call_->response); }));
  }

  void End(const absl::Status& status) {
    RecordCall(engine(), call_->served.context(), call_->record, status);
    if (status.ok()) {
      call_->responder.Finish(call_->response, grpc::Status::OK, sent_.HandedOver());
    } else {
      call_->responder.FinishWithError(ToGrpcStatus(status), sent_.HandedOver());
    }
  }

  void Sent(bool /*ok*/) { OneEventLess(); }

  void Ended(bool /*ok*/) {
    if (call_->served.context_.IsCancelled()) call_->served.cancelled_ = true;
    OneEventLess();
  }

  void OneEventLess() {
    if (--call_->events_to_come > 0) return;
    call_.reset();
    Leave();
  }

  Engine* engine() { return queue()->engine(); }

  Service* const service_;
  const Ask ask_;
  const std::shared_ptr<const Handler> handler_;
  std::optional<Call> call_;
  EventOf<&MessageCall::Arrived> arrived_{this};
  EventOf<&MessageCall::Sent> sent_{this};
  EventOf<&MessageCall::Ended> ended_{this};
};

// The calls of a method of `service`, which outlives the queues: `ask` is its
// `&Service::RequestMethod`.
template <typename Service, typename Request, typename Response>
CallKind MessageCalls(std::type_identity_t<Service>* service,
                      void (Service::*ask)(grpc::ServerContext*, Request*,
                                           grpc::ServerAsyncResponseWriter<Response>*,
                                           grpc::CompletionQueue*, grpc::ServerCompletionQueue*,
                                           void*),
                      std::type_identity_t<MessageMethod<Request, Response>> method) {
  using Call = MessageCall<Service, Request, Response>;
  return CallKindOf<Call>(service, ask,
                          std::make_shared<const typename Call::Handler>(std::move(method)));
}

}  // namespace pql

#endif  // PQL_SERVICE_MESSAGE_CALL_H_
