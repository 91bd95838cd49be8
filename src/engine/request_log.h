// Which calls get a line in the log: errors, slow calls, and a sample of the others.  What the line
// looks like is the server's business.
//
// Thread-safe.  To decide takes no lock and no memory.

#ifndef PQL_ENGINE_REQUEST_LOG_H_
#define PQL_ENGINE_REQUEST_LOG_H_

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "engine/call_telemetry.h"
#include "engine/counters.h"
#include "engine/trace_context.h"

namespace pql {

struct RequestLogPolicy {
  bool log = true;         // false: no line at all
  double sample_rate = 0;  // of calls that are neither errors nor slow: 0 none, 1 all
  // A call that takes longer is slow; nothing: none is.
  std::optional<std::chrono::nanoseconds> slow = std::chrono::seconds{1};
};

enum class LogReason : uint8_t { kNone, kError, kSlow, kSample };

// Never what an account was sent with, and never a token.
struct RequestLogEntry {
  LogReason why = LogReason::kNone;
  Method method = Method::kEvaluate;
  absl::StatusCode code = absl::StatusCode::kOk;
  std::string reason;  // of an error: "LIMIT_EXCEEDED"; empty: none was given
  std::string error;   // the message, where the server is at fault: others may quote the request
  std::chrono::nanoseconds duration{0};
  size_t request_bytes = 0;
  std::string resource;  // as the caller named it: any text
  size_t accounts = 0;
  std::string identity;
  std::string peer;
  std::optional<TraceContext> trace;
};

// How many lines may still be written in this second: what callers cause must not fill a disk.
class LineBudget {
 public:
  static constexpr uint32_t kMaxLinesPerSecond = 100;

  // Whether there is one left; takes it.  `now`: of the steady clock.
  bool Take(std::chrono::steady_clock::time_point now);

 private:
  std::atomic<uint64_t> window_{0};  // a second of the clock, and the lines written in it
};

class RequestLog {
 public:
  using Sink = std::function<void(const RequestLogEntry& entry)>;
  // Without, nothing is logged.  REQUIRES: before the first call.
  void Configure(const RequestLogPolicy& policy, Sink sink) {
    policy_ = policy;
    sink_ = std::move(sink);
  }

  // Errors and slow calls beyond the budget are only counted.  `now`: of the steady clock.
  LogReason Decide(absl::StatusCode code, std::chrono::nanoseconds duration,
                   std::chrono::steady_clock::time_point now);
  void Write(const RequestLogEntry& entry) const { sink_(entry); }
  // Lines that were not written because there were too many.
  uint64_t dropped() const { return dropped_.Sum(); }

 private:
  RequestLogPolicy policy_;
  Sink sink_;
  std::atomic<uint64_t> ordinary_calls_{0};
  LineBudget budget_;
  Counter dropped_;
};

// Whether an error with this code is the server's, not the caller's.
bool IsServerFault(absl::StatusCode code);

}  // namespace pql

#endif  // PQL_ENGINE_REQUEST_LOG_H_
