// What is counted of calls: how many by method and status, how long they took, how large they were.
//
// Thread-safe; recording takes no lock and no memory.

#ifndef PQL_ENGINE_CALL_TELEMETRY_H_
#define PQL_ENGINE_CALL_TELEMETRY_H_

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "engine/counters.h"

namespace pql {

// Every method of the services; a test compares them with the protos.
enum class Method : uint8_t {
  kEvaluate,
  kBatchEvaluate,
  kStreamEvaluate,
  kListRuleSets,
  kGetRuleSet,
  kGetSchema,
  kListRules,
  kGetRule,
  kCreateRule,
  kUpdateRule,
  kDeleteRule,
  kApplyRuleSet,
  kValidateRules,
  kTestRuleSet,
  kListRevisions,
  kGetRevision,
  kRollbackRuleSet,
  kWatchRuleSets,
  kGetServerStatus,
};
inline constexpr size_t kMethodCount = static_cast<size_t>(Method::kGetServerStatus) + 1;
std::string_view MethodName(Method method);  // "Evaluate"

// The codes of absl::StatusCode, which are those of gRPC.
inline constexpr size_t kStatusCodeCount = 17;
std::string_view StatusCodeName(absl::StatusCode code);  // "INVALID_ARGUMENT"

class CallTelemetry {
 public:
  // A call that was answered, after `duration`, for which a request of this size had come.
  void Record(Method method, absl::StatusCode code, std::chrono::nanoseconds duration,
              size_t request_bytes) {
    OfMethod& calls = methods_[static_cast<size_t>(method)];
    const size_t row = static_cast<size_t>(code);
    calls.counts.Add(row < kStatusCodeCount ? row
                                            : static_cast<size_t>(absl::StatusCode::kUnknown));
    calls.counts.Add(kRequestBytes, request_bytes);
    calls.durations.Record(duration);
  }

  uint64_t Count(Method method, absl::StatusCode code) const {
    return Of(method).counts.Sum(static_cast<size_t>(code));
  }
  uint64_t RequestBytes(Method method) const { return Of(method).counts.Sum(kRequestBytes); }
  DurationHistogram::Totals Durations(Method method) const { return Of(method).durations.Read(); }

 private:
  static constexpr size_t kRequestBytes = kStatusCodeCount;
  struct OfMethod {
    CounterArray<kStatusCodeCount + 1> counts;  // by code; the last: request bytes
    DurationHistogram durations;
  };
  const OfMethod& Of(Method method) const { return methods_[static_cast<size_t>(method)]; }

  std::array<OfMethod, kMethodCount> methods_;
};

}  // namespace pql

#endif  // PQL_ENGINE_CALL_TELEMETRY_H_
