// One thread that serves EvaluationService from a completion queue of its own: takes calls as they
// come, answers what is quick itself and hands the rest to the workers.
//
// All state of a call belongs to this thread: whoever works for a call elsewhere sends an event
// back.  Create, Start, DrainStreams (any thread), Stop, destroy.

#ifndef PQL_SERVICE_EVALUATION_QUEUE_H_
#define PQL_SERVICE_EVALUATION_QUEUE_H_

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "pql/v1/evaluation_service.grpc.pb.h"
#include "service/direct_evaluation.h"
#include "service/queue_event.h"

namespace pql {

// The service whose requests and responses are bytes.
using RawEvaluationService = v1::EvaluationService::WithRawMethod_Evaluate<
    v1::EvaluationService::WithRawMethod_BatchEvaluate<
        v1::EvaluationService::WithRawMethod_StreamEvaluate<v1::EvaluationService::Service>>>;

class EvaluationQueue;

// A place for calls of one method: waits for one, answers it, and is free for another.
class CallSlot {
 public:
  virtual ~CallSlot() = default;
  // Asks for the next call.
  virtual void Listen() = 0;
  // The server is about to stop: a call without end comes to one.
  virtual void Drain() {}
};

class EvaluationQueue {
 public:
  // A kind of slot; those of a kind are alike.
  enum class Kind { kOne, kBatch, kStream };
  static constexpr size_t kKinds = 3;

  // `engine` and `service` outlive it.
  EvaluationQueue(Engine* engine, RawEvaluationService* service,
                  std::unique_ptr<grpc::ServerCompletionQueue> queue);
  ~EvaluationQueue();
  EvaluationQueue(const EvaluationQueue&) = delete;
  EvaluationQueue& operator=(const EvaluationQueue&) = delete;

  // REQUIRES: the server of the service runs.
  void Start();
  // Streams end once they have answered what they have read.
  void DrainStreams();
  // Waits for what is still under way.  REQUIRES: the server was shut down.
  void Stop();

  // For slots.
  Engine* engine() { return engine_; }
  RawEvaluationService* service() { return service_; }
  grpc::ServerCompletionQueue* queue() { return queue_.get(); }
  DirectEvaluation* direct() { return &direct_; }  // for what is answered on the queue's thread
  bool draining() const { return draining_; }
  // A call came to a slot: another one of the kind listens in its place.
  void Enter(Kind kind);
  // The call is over; the slot is free.
  void Leave(Kind kind, CallSlot* slot);

 private:
  std::unique_ptr<CallSlot> NewSlot(Kind kind);
  void ListenWithAnother(Kind kind);
  void Run();
  void OnDrain(bool ok);
  void OnStop(bool ok);

  Engine* const engine_;
  RawEvaluationService* const service_;
  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  DirectEvaluation direct_;
  std::vector<std::unique_ptr<CallSlot>> slots_;
  std::vector<CallSlot*> free_[kKinds];
  size_t calls_ = 0;  // that came and are not over
  bool draining_ = false;
  bool stopping_ = false;
  EventOf<&EvaluationQueue::OnDrain> drain_{this};
  EventOf<&EvaluationQueue::OnStop> stop_{this};
  grpc::Alarm drain_alarm_;
  grpc::Alarm stop_alarm_;
  std::thread thread_;
};

}  // namespace pql

#endif  // PQL_SERVICE_EVALUATION_QUEUE_H_
