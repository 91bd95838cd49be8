// What comes out of a completion queue: the tags of all operations are these.  Not owned by the
// queue; each must stay until it has happened.

#ifndef PQL_SERVICE_QUEUE_EVENT_H_
#define PQL_SERVICE_QUEUE_EVENT_H_

namespace pql {

class QueueEvent {
 public:
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
