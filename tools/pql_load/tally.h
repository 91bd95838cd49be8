// What came of the calls of a run.  Not thread-safe: one a thread, added up at the end.

#ifndef TOOLS_PQL_LOAD_TALLY_H_
#define TOOLS_PQL_LOAD_TALLY_H_

#include <grpcpp/support/status.h>

#include <cstdint>
#include <map>
#include <string>

#include "tools/pql_load/latency_histogram.h"
#include "tools/pql_load/pacer.h"

namespace pql {

// Calls that were due in here count, whenever they end; those of the warm-up do not.
struct Window {
  Instant begin;
  Instant end;
};

class Tally {
 public:
  struct Failures {
    uint64_t count = 0;
    std::string message;  // of the first
  };

  explicit Tally(const Window& window) : window_(window) {}

  // A call began, `due` as the pacer said.
  void Started(Instant due, Instant now);
  // A call ended that was about `accounts` accounts.
  void Ended(Instant due, Instant now, const grpc::Status& status, uint64_t accounts);
  // A call was never made for want of room.
  void Unsent(Instant due, Instant now);
  void Add(const Tally& other);

  uint64_t ok() const { return ok_; }
  uint64_t failed() const { return failed_; }
  uint64_t unsent() const { return unsent_; }
  uint64_t accounts() const { return accounts_; }
  // Whether any call of the run succeeded, those of the warm-up included.
  bool any_success() const { return any_success_; }
  // Of the whole run likewise; OK when there was none.
  const grpc::Status& first_failure() const { return first_failure_; }
  const std::map<grpc::StatusCode, Failures>& failures() const { return failures_; }
  // Of answers, and of calls that ran into their deadline or were not made: these took at least so
  // long.  Other failures can be quick and say nothing of how long an answer takes.
  const LatencyHistogram& latency() const { return latency_; }
  // How long after they were due calls began.
  const LatencyHistogram& delay() const { return delay_; }
  // When the last call that counts ended; the end of the window at the least.
  Instant last_end() const { return last_end_ < window_.end ? window_.end : last_end_; }

 private:
  bool Counts(Instant due) const { return due >= window_.begin && due < window_.end; }

  Window window_;
  uint64_t ok_ = 0;
  uint64_t failed_ = 0;
  uint64_t unsent_ = 0;
  uint64_t accounts_ = 0;
  bool any_success_ = false;
  grpc::Status first_failure_;
  std::map<grpc::StatusCode, Failures> failures_;
  LatencyHistogram latency_;
  LatencyHistogram delay_;
  Instant last_end_;
};

// As in "RESOURCE_EXHAUSTED".
std::string CodeName(grpc::StatusCode code);

}  // namespace pql

#endif  // TOOLS_PQL_LOAD_TALLY_H_
