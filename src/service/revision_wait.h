// Waiting, without a thread, until a rule set has a revision.

#ifndef PQL_SERVICE_REVISION_WAIT_H_
#define PQL_SERVICE_REVISION_WAIT_H_

#include <grpcpp/alarm.h>
#include <grpcpp/completion_queue.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "engine/engine.h"
#include "pql/v1/evaluation.pb.h"
#include "service/queue_event.h"

namespace pql {

// A wish for a revision; none when `min_revision` is 0.
struct RevisionWish {
  std::string rule_set;  // its id
  int64_t min_revision = 0;
};
// What a request wishes for.  Of a malformed name nothing: whoever evaluates reports it.
RevisionWish WishOf(const std::string& rule_set_name, const v1::EvaluationOptions& options);
bool IsReached(const Engine& engine, const RevisionWish& wish);

// One wait: an alarm at the latest moment that makes sense, which the arrival of the revision
// brings forward.  The alarm is what goes on, as an event of the queue, in every case and once.
// Belongs to the queue's thread but for End.
class RevisionWait : public std::enable_shared_from_this<RevisionWait> {
 public:
  // `done` happens on `queue`, with either value; it must outlive the wait.
  RevisionWait(Engine* engine, grpc::CompletionQueue* queue, QueueEvent* done)
      : engine_(engine), queue_(queue), done_(done), fired_(this) {}

  // Waits until shortly before `deadline`, so that the answer "not here yet" still reaches the
  // caller, but no longer than Limits::max_revision_wait.  REQUIRES: on the queue's thread.
  void Start(const RevisionWish& wish, std::chrono::system_clock::time_point deadline);
  // Goes on soon.  Any thread; again and after the end too.
  void End() { alarm_.Cancel(); }

 private:
  void GoOn(bool ok);

  Engine* const engine_;
  grpc::CompletionQueue* const queue_;
  QueueEvent* const done_;
  EventOf<&RevisionWait::GoOn> fired_;
  grpc::Alarm alarm_;
  bool is_bounded_ = false;             // by --max-revision-wait, not by the deadline
  std::shared_ptr<RevisionWait> self_;  // until the alarm has fired
  std::optional<SnapshotBoard::WaiterId> waiter_;
};

}  // namespace pql

#endif  // PQL_SERVICE_REVISION_WAIT_H_
