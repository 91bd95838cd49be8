#include "service/health_service.h"

#include <grpcpp/support/async_stream.h>
#include <grpcpp/support/async_unary_call.h>

#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace pql {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

HealthCheckResponse ResponseOf(std::optional<bool> serving) {
  HealthCheckResponse response;
  response.set_status(!serving.has_value() ? HealthCheckResponse::SERVICE_UNKNOWN
                      : *serving           ? HealthCheckResponse::SERVING
                                           : HealthCheckResponse::NOT_SERVING);
  return response;
}

class CheckCall final : public CallSlot {
 public:
  CheckCall(CallQueue* queue, size_t kind, const Health* health, HealthService* service)
      : CallSlot(queue, kind), health_(health), service_(service) {}

  void Listen() override {
    call_.emplace();
    service_->RequestCheck(&call_->context, &call_->request, &call_->responder, queue()->queue(),
                           queue()->queue(), &arrived_);
  }

 private:
  struct Call {
    Call() {}  // clang 14 does not see an implicit one within the class

    grpc::ServerContext context;
    HealthCheckRequest request;
    grpc::ServerAsyncResponseWriter<HealthCheckResponse> responder{&context};
  };

  void Arrived(bool ok) {
    if (!ok) return;  // the server stops
    Enter();
    const std::optional<bool> serving = health_->Find(call_->request.service());
    if (serving.has_value()) {
      call_->responder.Finish(ResponseOf(serving), grpc::Status::OK, &sent_);
    } else {
      call_->responder.FinishWithError({grpc::StatusCode::NOT_FOUND, "no service of that name"},
                                       &sent_);
    }
  }

  void Sent(bool /*ok*/) {
    call_.reset();
    Leave();
  }

  const Health* const health_;
  HealthService* const service_;
  std::optional<Call> call_;
  EventOf<&CheckCall::Arrived> arrived_{this};
  EventOf<&CheckCall::Sent> sent_{this};
};

// Goes on until its caller or the server ends it.
class WatchHealthCall final : public CallSlot, private Health::Watcher {
 public:
  WatchHealthCall(CallQueue* queue, size_t kind, Health* health, HealthService* service)
      : CallSlot(queue, kind), health_(health), service_(service) {}

  void Listen() override {
    call_.emplace();
    call_->context.AsyncNotifyWhenDone(&ended_);
    service_->RequestWatch(&call_->context, &call_->request, &call_->writer, queue()->queue(),
                           queue()->queue(), &arrived_);
  }

 private:
  struct Call {
    Call() {}  // clang 14 does not see an implicit one within the class

    grpc::ServerContext context;
    HealthCheckRequest request;
    grpc::ServerAsyncWriter<HealthCheckResponse> writer{&context};

    std::mutex mutex;
    HealthCheckResponse latest;  // and the one that was written last
    HealthCheckResponse written;
    bool writing = false;
    bool finishing = false;
    // Of the queue's thread.
    bool finished = false;
    bool ended = false;
  };

  void Arrived(bool ok) {
    if (!ok) return;  // the server stops
    Enter();
    health_->Watch(call_->request.service(), this);
  }

  // Any thread.
  void Tell(std::optional<bool> serving) override {
    const std::lock_guard<std::mutex> lock(call_->mutex);
    call_->latest = ResponseOf(serving);
    GoOn();
  }

  // REQUIRES: call_->mutex.
  void GoOn() {
    Call& call = *call_;
    if (call.writing || call.finishing || call.latest.status() == call.written.status()) return;
    call.writing = true;
    call.written = call.latest;
    call.writer.Write(call.written, written_.HandedOver());
  }

  void Written(bool ok) {
    const std::lock_guard<std::mutex> lock(call_->mutex);
    call_->writing = false;
    if (ok && !call_->ended) return GoOn();
    Finish();
  }

  // REQUIRES: call_->mutex, and nothing is being written.
  void Finish() {
    if (std::exchange(call_->finishing, true)) return;
    call_->writer.Finish({grpc::StatusCode::CANCELLED, "the watch is over"}, &finished_);
  }

  // The caller gave up, or the server stops.
  void Ended(bool /*ok*/) {
    health_->Remove(this);
    {
      const std::lock_guard<std::mutex> lock(call_->mutex);
      call_->ended = true;
      if (!call_->writing) Finish();
    }
    LeaveWhenDone();
  }

  void Finished(bool /*ok*/) {
    call_->finished = true;
    LeaveWhenDone();
  }

  void LeaveWhenDone() {
    if (!call_->finished || !call_->ended) return;
    call_.reset();
    Leave();
  }

  Health* const health_;
  HealthService* const service_;
  std::optional<Call> call_;
  EventOf<&WatchHealthCall::Arrived> arrived_{this};
  EventOf<&WatchHealthCall::Written> written_{this};
  EventOf<&WatchHealthCall::Finished> finished_{this};
  EventOf<&WatchHealthCall::Ended> ended_{this};
};

}  // namespace

std::vector<CallKind> HealthCalls(Health* health, HealthService* service) {
  return {CallKindOf<CheckCall>(health, service), CallKindOf<WatchHealthCall>(health, service)};
}

}  // namespace pql
