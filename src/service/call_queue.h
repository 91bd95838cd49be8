// One thread that serves calls from a completion queue of its own: takes them as they come, answers
// what is quick itself and hands the rest to the workers.
//
// All state of a call belongs to this thread: whoever works for a call elsewhere sends an event
// back.  Create, Start, Drain (any thread), Stop, destroy.

#ifndef PQL_SERVICE_CALL_QUEUE_H_
#define PQL_SERVICE_CALL_QUEUE_H_

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "service/direct_evaluation.h"
#include "service/queue_event.h"

namespace pql {

class CallQueue;

// A place for calls of one method: waits for one, answers it, and is free for another.
class CallSlot {
 public:
  // `kind`: of the queue, to be told to its Enter and Leave.
  CallSlot(CallQueue* queue, size_t kind) : queue_(queue), kind_(kind) {}
  virtual ~CallSlot() = default;
  CallSlot(const CallSlot&) = delete;
  CallSlot& operator=(const CallSlot&) = delete;

  // Asks for the next call.
  virtual void Listen() = 0;
  // The server is about to stop: a call without end comes to one.
  virtual void Drain() {}

 protected:
  CallQueue* queue() const { return queue_; }
  // A call came: another slot of the kind listens in the place of this one.
  void Enter();
  // The call is over; the slot is free.
  void Leave();

 private:
  CallQueue* const queue_;
  const size_t kind_;
};

// The slots of a method: all are alike.
struct CallKind {
  std::function<std::unique_ptr<CallSlot>(CallQueue* queue, size_t kind)> make;
  // How many listen at a time: a burst of so many calls is taken without a lock.
  size_t listening = 1;
};

// Of slots that are made with these arguments beside their queue and kind.
template <typename Slot, typename... Args>
CallKind CallKindOf(Args... args) {
  return {.make = [=](CallQueue* queue, size_t kind) -> std::unique_ptr<CallSlot> {
    return std::make_unique<Slot>(queue, kind, args...);
  }};
}

class CallQueue {
 public:
  // `engine`, and what `kinds` refer to, outlive it.
  CallQueue(Engine* engine, std::vector<CallKind> kinds,
            std::unique_ptr<grpc::ServerCompletionQueue> queue);
  ~CallQueue();
  CallQueue(const CallQueue&) = delete;
  CallQueue& operator=(const CallQueue&) = delete;

  // REQUIRES: the server of the queue runs.
  void Start();
  // Calls without end come to one.
  void Drain();
  // Waits for what is still under way.  REQUIRES: the server was shut down.
  void Stop();

  // For slots.
  Engine* engine() { return engine_; }
  grpc::ServerCompletionQueue* queue() { return queue_.get(); }
  DirectEvaluation* direct() { return &direct_; }  // for what is answered on the queue's thread
  bool draining() const { return draining_; }

 private:
  friend class CallSlot;

  void Enter(size_t kind);
  void Leave(size_t kind, CallSlot* slot);
  void ListenWithAnother(size_t kind);
  void Run();
  void OnDrain(bool ok);
  void OnStop(bool ok);

  Engine* const engine_;
  const std::vector<CallKind> kinds_;
  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  DirectEvaluation direct_;
  std::vector<std::unique_ptr<CallSlot>> slots_;
  std::vector<std::vector<CallSlot*>> free_;  // by kind
  size_t calls_ = 0;                          // that came and are not over
  bool draining_ = false;
  bool stopping_ = false;
  EventOf<&CallQueue::OnDrain> drain_{this};
  EventOf<&CallQueue::OnStop> stop_{this};
  grpc::Alarm drain_alarm_;
  grpc::Alarm stop_alarm_;
  std::thread thread_;
};

inline void CallSlot::Enter() { queue_->Enter(kind_); }
inline void CallSlot::Leave() { queue_->Leave(kind_, this); }

}  // namespace pql

#endif  // PQL_SERVICE_CALL_QUEUE_H_
