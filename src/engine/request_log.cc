#include "engine/request_log.h"

namespace pql {
namespace {

constexpr int kCountBits = 32;

// Spreads the numbers of calls over [0, 1), so that no rhythm of the callers meets one of ours
// (Steele et al., "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014).
double Spread(uint64_t number) {
  number += 0x9E3779B97F4A7C15;
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EB;
  number ^= number >> 31;
  return static_cast<double>(number >> 11) * 0x1.0p-53;
}

}  // namespace

LogReason RequestLog::Decide(absl::StatusCode code, std::chrono::nanoseconds duration,
                             std::chrono::steady_clock::time_point now) {
  if (!policy_.log || !sink_) return LogReason::kNone;
  const bool error = code != absl::StatusCode::kOk;
  if (error || (policy_.slow.has_value() && duration > *policy_.slow)) {
    if (!budget_.Take(now)) {
      dropped_.Add();
      return LogReason::kNone;
    }
    return error ? LogReason::kError : LogReason::kSlow;
  }
  if (policy_.sample_rate <= 0) return LogReason::kNone;
  const uint64_t number = ordinary_calls_.fetch_add(1, std::memory_order_relaxed);
  return Spread(number) < policy_.sample_rate ? LogReason::kSample : LogReason::kNone;
}

bool LineBudget::Take(std::chrono::steady_clock::time_point now) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  const uint64_t second = static_cast<uint64_t>(seconds.count()) << kCountBits;
  uint64_t before = window_.load(std::memory_order_relaxed);
  while (true) {
    // A thread that was held up counts in the second that has begun meanwhile.
    const uint64_t base = (before >> kCountBits) << kCountBits >= second ? before : second;
    if ((base & UINT32_MAX) >= kMaxLinesPerSecond) return false;
    if (window_.compare_exchange_weak(before, base + 1, std::memory_order_relaxed)) return true;
  }
}

bool IsServerFault(absl::StatusCode code) {
  return code == absl::StatusCode::kInternal || code == absl::StatusCode::kUnknown ||
         code == absl::StatusCode::kUnavailable || code == absl::StatusCode::kDataLoss;
}

}  // namespace pql
