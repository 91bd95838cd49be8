// Everything that the server counts of itself, for whoever shows it (server/metrics.h,
// GetServerStatus): knows no monitoring system.
//
// Thread-safe.  Recording takes no lock and no memory, but where it says so.

#ifndef PQL_ENGINE_TELEMETRY_H_
#define PQL_ENGINE_TELEMETRY_H_

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "base/clock.h"
#include "engine/call_telemetry.h"
#include "engine/counters.h"
#include "engine/named_counters.h"
#include "engine/request_log.h"
#include "engine/rule_set_telemetry.h"

namespace pql {

enum class StoreOperation : uint8_t { kRead, kWrite };
inline constexpr size_t kStoreOperationCount = 2;

struct StoreTelemetry {
  DurationHistogram durations;
  Counter failures;  // of the store itself; not that something is not there, or has moved on
};

class Telemetry {
 public:
  // `clock` outlives it.  `max_counted_rules`: over all rule sets, those whose outcomes are counted
  // apart; first come, first served.
  Telemetry(const Clock* clock, size_t max_counted_rules);

  CallTelemetry& calls() { return calls_; }
  const CallTelemetry& calls() const { return calls_; }
  // A call that was answered so.  An error costs the memory of reading what it says.
  void RecordCall(Method method, const absl::Status& status, std::chrono::nanoseconds duration,
                  size_t request_bytes);

  // Calls that no identity or a missing role was turned away for.
  Counter& denied_calls() { return denied_calls_; }
  const Counter& denied_calls() const { return denied_calls_; }
  // Calls turned away by a limit, and waits and searches cut short, by its flag without the dashes:
  // "max-in-flight".
  void CountLimitHit(std::string_view flag) { limit_hits_.Add(flag); }
  const NamedCounters& limit_hits() const { return limit_hits_; }

  RequestLog& request_log() { return request_log_; }
  const RequestLog& request_log() const { return request_log_; }

  // Where the evaluations of a revision are counted, which goes on from the one before it (null:
  // none).
  std::shared_ptr<RevisionTelemetry> BeginRevision(const RevisionTelemetry* before,
                                                   const CheckedRuleSet& checked);

  // Of new versions of rule sets: how many came into force, how many did not, and how long all that
  // was found changed at once took from there to being in force.
  Counter& loads() { return loads_; }
  const Counter& loads() const { return loads_; }
  Counter& load_failures() { return load_failures_; }
  const Counter& load_failures() const { return load_failures_; }
  void RecordLoad(std::chrono::nanoseconds duration);
  const DurationHistogram& load_durations() const { return load_durations_; }
  // Of the latest; nothing: there was none.
  std::optional<std::chrono::nanoseconds> last_load_duration() const;

  void RecordStore(StoreOperation operation, const absl::Status& status,
                   std::chrono::nanoseconds duration);
  const StoreTelemetry& store(StoreOperation operation) const {
    return store_[static_cast<size_t>(operation)];
  }

 private:
  const Clock* const clock_;
  const std::shared_ptr<RuleBudget> rule_budget_;
  CallTelemetry calls_;
  Counter denied_calls_;
  RequestLog request_log_;
  NamedCounters limit_hits_;
  Counter loads_;
  Counter load_failures_;
  DurationHistogram load_durations_;
  std::atomic<int64_t> last_load_nanos_{-1};  // -1: none
  std::array<StoreTelemetry, kStoreOperationCount> store_;
};

}  // namespace pql

#endif  // PQL_ENGINE_TELEMETRY_H_
