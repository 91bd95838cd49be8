#include "service/call_queue.h"

#include <grpc/support/time.h>

#include <cstdint>
#include <utility>

namespace pql {
namespace {

// How long at most, while little comes, a rule set that was replaced stays in memory.
constexpr int64_t kTidyingSeconds = 1;

// Brings an event to the queue's thread, soon: at a time that has passed whatever the clock does.
void Send(grpc::Alarm* alarm, grpc::CompletionQueue* queue, QueueEvent* event) {
  alarm->Set(queue, gpr_inf_past(GPR_CLOCK_MONOTONIC), event->HandedOver());
}

gpr_timespec NextTidying() {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_seconds(kTidyingSeconds, GPR_TIMESPAN));
}

}  // namespace

CallQueue::CallQueue(Engine* engine, std::vector<CallKind> kinds,
                     std::unique_ptr<grpc::ServerCompletionQueue> queue)
    : engine_(engine),
      kinds_(std::move(kinds)),
      queue_(std::move(queue)),
      direct_(engine),
      free_(kinds_.size()) {}

CallQueue::~CallQueue() {
  if (thread_.joinable()) {
    Stop();
  } else {
    // Shut down already, or never served: gRPC wants a queue to be empty when it goes.
    queue_->Shutdown();
    Run();
  }
}

void CallQueue::Start() {
  for (size_t kind = 0; kind < kinds_.size(); ++kind) {
    for (size_t i = 0; i < kinds_[kind].listening; ++i) ListenWithAnother(kind);
  }
  thread_ = std::thread([this] { Run(); });
}

void CallQueue::Drain() { Send(&drain_alarm_, queue_.get(), &drain_); }

void CallQueue::Stop() {
  if (!thread_.joinable()) return;
  Send(&stop_alarm_, queue_.get(), &stop_);
  thread_.join();
}

void CallQueue::Run() {
  void* tag = nullptr;
  bool ok = false;
  gpr_timespec next_tidying = NextTidying();
  while (true) {
    switch (queue_->AsyncNext(&tag, &ok, next_tidying)) {
      case grpc::CompletionQueue::GOT_EVENT:
        QueueEvent::TakenOver(tag)->Happen(ok);
        break;
      case grpc::CompletionQueue::TIMEOUT:
        direct_.Tidy();
        next_tidying = NextTidying();
        break;
      case grpc::CompletionQueue::SHUTDOWN:
        return;
    }
  }
}

void CallQueue::OnDrain(bool /*ok*/) {
  draining_ = true;
  for (const auto& slot : slots_) slot->Drain();
}

void CallQueue::OnStop(bool /*ok*/) {
  stopping_ = true;
  // Calls that still run send events: the queue must take them.
  if (calls_ == 0) queue_->Shutdown();
}

void CallQueue::Enter(size_t kind) {
  ++calls_;
  if (!stopping_) ListenWithAnother(kind);
}

void CallQueue::Leave(size_t kind, CallSlot* slot) {
  free_[kind].push_back(slot);
  if (--calls_ == 0 && stopping_) queue_->Shutdown();
}

void CallQueue::ListenWithAnother(size_t kind) {
  std::vector<CallSlot*>& free = free_[kind];
  if (free.empty()) {
    slots_.push_back(kinds_[kind].make(this, kind));
    free.push_back(slots_.back().get());
  }
  CallSlot* slot = free.back();
  free.pop_back();
  slot->Listen();
}

}  // namespace pql
