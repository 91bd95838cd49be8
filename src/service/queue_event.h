// What comes out of a completion queue: the tags of all operations are these.  Not owned by the
// queue; each must stay until it has happened.

#ifndef PQL_SERVICE_QUEUE_EVENT_H_
#define PQL_SERVICE_QUEUE_EVENT_H_

#ifdef PQL_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace pql {

class QueueEvent {
 public:
  // The tag of an operation that is started on another thread than the queue's: what this thread
  // did before is done when the event happens.  So it is in any build; ThreadSanitizer, which does
  // not see into gRPC, is told.
  QueueEvent* HandedOver() {
#ifdef PQL_TSAN
    __tsan_release(this);
#endif
    return this;
  }
  // What came out of a queue, on its thread.
  static QueueEvent* TakenOver(void* tag) {
#ifdef PQL_TSAN
    __tsan_acquire(tag);
#endif
    return static_cast<QueueEvent*>(tag);
  }

  // On the queue's thread; `ok` is what grpc::CompletionQueue::Next says.
  virtual void Happen(bool ok) = 0;

 protected:
  ~QueueEvent() = default;
};

// An event that is handled by a method of its owner: `EventOf<&Call::Arrived> arrived_{this};`.
template <auto kHandler>
class EventOf;

template <typename Owner, void (Owner::*kHandler)(bool)>
class EventOf<kHandler> final : public QueueEvent {
 public:
  explicit EventOf(Owner* owner) : owner_(owner) {}
  void Happen(bool ok) override { (owner_->*kHandler)(ok); }

 private:
  Owner* const owner_;
};

}  // namespace pql

#endif  // PQL_SERVICE_QUEUE_EVENT_H_
