// When calls begin, and from when their latency counts.
//
// Closed loop: as many callers as there may be calls in flight, each of which makes its next call
// when it has its answer.  A slow server slows its callers down, so that few calls meet a stall:
// such latencies tell how long an answer takes, not how long a user would have waited.
//
// Open loop: calls are due at fixed times whatever the server does, as users come.  What could not
// begin in time, because too many calls were in flight, waits; its latency counts from when it was
// due.  (Gil Tene, "How NOT to Measure Latency", calls leaving that wait out coordinated omission.)
//
// Pure bookkeeping: the time is given.  Not thread-safe.

#ifndef TOOLS_PQL_LOAD_PACER_H_
#define TOOLS_PQL_LOAD_PACER_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace pql {

using Instant = std::chrono::steady_clock::time_point;

struct Pace {
  Instant begin;
  Instant end;                // no call is due at or after it
  size_t concurrency = 1;     // most calls in flight; 1 or more
  double calls_a_second = 0;  // open loop; 0: closed loop
};

class Pacer {
 public:
  // How long a caller of the closed loop waits after a failure, as clients do: a server that is
  // away is not called in a busy loop.
  static constexpr std::chrono::milliseconds kRest{10};

  explicit Pacer(const Pace& pace) : pace_(pace) {}

  // The time from which a call counts that begins now; nothing when none does.
  std::optional<Instant> Take(Instant now);
  // A call that was taken has ended.
  void Done(Instant now, bool ok);
  // When Take is next worth asking if no call ends before that; nothing: only then, or never.
  std::optional<Instant> NextTake() const;

  bool open_loop() const { return pace_.calls_a_second > 0; }
  size_t in_flight() const { return in_flight_; }
  // Whether no call begins any more.
  bool Finished(Instant now) const { return now >= pace_.end; }
  // When calls were due that had not begun at the end.  REQUIRES: open loop; to be asked once.
  std::optional<Instant> TakeUnsent();

 private:
  Instant NextDue() const;

  const Pace pace_;
  size_t in_flight_ = 0;
  uint64_t taken_ = 0;
  std::deque<Instant> resting_;  // when callers of the closed loop call again, in order
};

}  // namespace pql

#endif  // TOOLS_PQL_LOAD_PACER_H_
