#include "tools/pql_load/driver.h"

#include <grpc/support/time.h>

#include <algorithm>
#include <utility>

namespace pql {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;

// gRPC sleeps for whole milliseconds; what is due sooner is waited for awake.
constexpr milliseconds kAwake{2};
// How often a waiting thread looks whether it is to stop.
constexpr milliseconds kLook{100};

}  // namespace

Driver::Driver(DriverSettings settings)
    : settings_(std::move(settings)), pacer_(settings_.pace), tally_(settings_.window) {}

bool Driver::NoMore(Instant now) const { return pacer_.Finished(now) || settings_.stop->load(); }

bool Driver::WaitForEvent(Instant now, void** tag, bool* ok) {
  nanoseconds wait = kLook;
  if (!NoMore(now)) {
    if (const std::optional<Instant> next = pacer_.NextTake(); next.has_value()) {
      wait = std::clamp<nanoseconds>(*next - now - kAwake, nanoseconds(0), kLook);
    }
  }
  const gpr_timespec until =
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_nanos(wait.count(), GPR_TIMESPAN));
  return queue_.AsyncNext(tag, ok, until) == grpc::CompletionQueue::GOT_EVENT;
}

Tally Driver::Run() {
  void* tag = nullptr;
  bool ok = false;
  bool cancelled = false;
  while (true) {
    const Instant now = std::chrono::steady_clock::now();
    if (NoMore(now)) {
      if (pacer_.in_flight() == 0) break;
      if (settings_.stop->load() && !std::exchange(cancelled, true)) Cancel();
    } else {
      while (const std::optional<Instant> due = pacer_.Take(now)) {
        tally_.Started(*due, now);
        Begin(*due);
      }
    }
    if (WaitForEvent(now, &tag, &ok)) Handle(tag, ok);
  }
  if (pacer_.open_loop() && !settings_.stop->load()) {
    const Instant now = std::chrono::steady_clock::now();
    while (const std::optional<Instant> due = pacer_.TakeUnsent()) tally_.Unsent(*due, now);
  }
  Close();
  while (!IsClosed() && queue_.Next(&tag, &ok)) Handle(tag, ok);
  queue_.Shutdown();
  while (queue_.Next(&tag, &ok)) Handle(tag, ok);
  return tally_;
}

void Driver::Ended(Instant due, const grpc::Status& status) {
  const Instant now = std::chrono::steady_clock::now();
  pacer_.Done(now, status.ok());
  tally_.Ended(due, now, status, requests().accounts_each);
  if (status.ok() && !settings_.answered->load(std::memory_order_relaxed)) {
    settings_.answered->store(true);
  }
}

}  // namespace pql
