#include "service/evaluation_queue.h"

#include <grpc/support/time.h>

#include <cstdint>
#include <utility>

#include "service/stream_evaluation_call.h"
#include "service/unary_evaluation_call.h"

namespace pql {
namespace {

// How many slots of a kind listen at a time: a burst of so many calls is taken without a lock.
constexpr size_t kListening = 16;
// How long at most, while little comes, a rule set that was replaced stays in memory.
constexpr int64_t kTidyingSeconds = 1;

// Brings an event to the queue's thread, soon: at a time that has passed whatever the clock does.
void Send(grpc::Alarm* alarm, grpc::CompletionQueue* queue, QueueEvent* event) {
  alarm->Set(queue, gpr_inf_past(GPR_CLOCK_MONOTONIC), event);
}

gpr_timespec NextTidying() {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_seconds(kTidyingSeconds, GPR_TIMESPAN));
}

}  // namespace

EvaluationQueue::EvaluationQueue(Engine* engine, RawEvaluationService* service,
                                 std::unique_ptr<grpc::ServerCompletionQueue> queue)
    : engine_(engine), service_(service), queue_(std::move(queue)), direct_(engine) {}

EvaluationQueue::~EvaluationQueue() {
  if (thread_.joinable()) {
    Stop();
  } else {
    // Shut down already, or never served: gRPC wants a queue to be empty when it goes.
    queue_->Shutdown();
    Run();
  }
}

void EvaluationQueue::Start() {
  for (size_t kind = 0; kind < kKinds; ++kind) {
    for (size_t i = 0; i < kListening; ++i) ListenWithAnother(static_cast<Kind>(kind));
  }
  thread_ = std::thread([this] { Run(); });
}

void EvaluationQueue::DrainStreams() { Send(&drain_alarm_, queue_.get(), &drain_); }

void EvaluationQueue::Stop() {
  if (!thread_.joinable()) return;
  Send(&stop_alarm_, queue_.get(), &stop_);
  thread_.join();
}

void EvaluationQueue::Run() {
  void* tag = nullptr;
  bool ok = false;
  gpr_timespec next_tidying = NextTidying();
  while (true) {
    switch (queue_->AsyncNext(&tag, &ok, next_tidying)) {
      case grpc::CompletionQueue::GOT_EVENT:
        static_cast<QueueEvent*>(tag)->Happen(ok);
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

void EvaluationQueue::OnDrain(bool /*ok*/) {
  draining_ = true;
  for (const auto& slot : slots_) slot->Drain();
}

void EvaluationQueue::OnStop(bool /*ok*/) {
  stopping_ = true;
  // Calls that still run send events: the queue must take them.
  if (calls_ == 0) queue_->Shutdown();
}

void EvaluationQueue::Enter(Kind kind) {
  ++calls_;
  if (!stopping_) ListenWithAnother(kind);
}

void EvaluationQueue::Leave(Kind kind, CallSlot* slot) {
  free_[static_cast<size_t>(kind)].push_back(slot);
  if (--calls_ == 0 && stopping_) queue_->Shutdown();
}

std::unique_ptr<CallSlot> EvaluationQueue::NewSlot(Kind kind) {
  switch (kind) {
    case Kind::kOne:
      return MakeEvaluateSlot(this);
    case Kind::kBatch:
      return MakeBatchEvaluateSlot(this);
    case Kind::kStream:
      return MakeStreamEvaluateSlot(this);
  }
  return nullptr;
}

void EvaluationQueue::ListenWithAnother(Kind kind) {
  std::vector<CallSlot*>& free = free_[static_cast<size_t>(kind)];
  if (free.empty()) {
    slots_.push_back(NewSlot(kind));
    free.push_back(slots_.back().get());
  }
  CallSlot* slot = free.back();
  free.pop_back();
  slot->Listen();
}

}  // namespace pql
