// One thread's share of the load: calls over its own completion queue and connections, begun when
// the pacer says so.
//
// Used by one thread.

#ifndef TOOLS_PQL_LOAD_DRIVER_H_
#define TOOLS_PQL_LOAD_DRIVER_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <vector>

#include "tools/pql_load/pacer.h"
#include "tools/pql_load/requests.h"
#include "tools/pql_load/tally.h"

namespace pql {

struct DriverSettings {
  std::vector<std::shared_ptr<grpc::Channel>> channels;  // one or more
  const Requests* requests = nullptr;                    // outlives the driver
  // Says who calls, in each call.
  std::function<void(grpc::ClientContext*)> prepare;
  Pace pace;
  Window window;
  std::chrono::nanoseconds timeout{};  // of each call
  // What the threads of a run share: set by a driver that has an answer ...
  std::atomic<bool>* answered = nullptr;
  // ... and once no further call is to begin.
  const std::atomic<bool>* stop = nullptr;
};

class Driver {
 public:
  explicit Driver(DriverSettings settings);
  virtual ~Driver() = default;
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  // Returns when no call begins any more and every one has ended, each at its deadline at the
  // latest.  To be called once.
  Tally Run();

 protected:
  // Begins the call that `due` was taken for.
  virtual void Begin(Instant due) = 0;
  // An event of `queue`.
  virtual void Handle(void* tag, bool ok) = 0;
  // No call begins any more and none is in flight: ends what is still open.
  virtual void Close() {}
  virtual bool IsClosed() const { return true; }
  // Ends the calls in flight.
  virtual void Cancel() = 0;

  // Counts a call that has ended.
  void Ended(Instant due, const grpc::Status& status);

  const DriverSettings& settings() const { return settings_; }
  const Requests& requests() const { return *settings_.requests; }
  grpc::CompletionQueue& queue() { return queue_; }
  // Starts at 0 and goes up by one with each use: which of the requests, which of the channels.
  size_t NextTurn() { return turn_++; }

 private:
  bool NoMore(Instant now) const;
  // Waits for an event, but not beyond when the pacer has the next call.
  bool WaitForEvent(Instant now, void** tag, bool* ok);

  const DriverSettings settings_;
  grpc::CompletionQueue queue_;
  Pacer pacer_;
  Tally tally_;
  size_t turn_ = 0;
};

// Evaluate and BatchEvaluate.
std::unique_ptr<Driver> MakeUnaryDriver(DriverSettings settings);
// StreamEvaluate: one stream a channel, which is opened anew when it ends.
std::unique_ptr<Driver> MakeStreamDriver(DriverSettings settings);

}  // namespace pql

#endif  // TOOLS_PQL_LOAD_DRIVER_H_
