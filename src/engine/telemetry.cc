#include "engine/telemetry.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "engine/error.h"

namespace pql {

Telemetry::Telemetry(const Clock* clock, size_t max_counted_rules)
    : clock_(clock),
      rule_budget_(std::make_shared<RuleBudget>(static_cast<int64_t>(max_counted_rules))) {}

void Telemetry::RecordCall(Method method, const absl::Status& status,
                           std::chrono::nanoseconds duration, size_t request_bytes) {
  calls_.Record(method, status.code(), duration, request_bytes);
  if (status.ok()) return;
  const std::optional<ErrorReason> reason = ReasonOf(status);
  if (!reason.has_value()) return;
  for (const auto& [key, value] : reason->metadata) {
    if (key != "flag") continue;
    std::string_view flag = value;
    flag.remove_prefix(std::min(flag.find_first_not_of('-'), flag.size()));
    limit_hits_.Add(flag);
  }
}

void Telemetry::RecordStore(StoreOperation operation, const absl::Status& status,
                            std::chrono::nanoseconds duration) {
  StoreTelemetry& store = store_[static_cast<size_t>(operation)];
  store.durations.Record(duration);
  const bool failed = status.code() == absl::StatusCode::kUnavailable ||
                      status.code() == absl::StatusCode::kDataLoss ||
                      status.code() == absl::StatusCode::kInternal;
  if (failed) store.failures.Add();
}

void Telemetry::RecordLoad(std::chrono::nanoseconds duration) {
  load_durations_.Record(duration);
  last_load_nanos_.store(std::max<int64_t>(0, duration.count()), std::memory_order_relaxed);
}

std::optional<std::chrono::nanoseconds> Telemetry::last_load_duration() const {
  const int64_t nanos = last_load_nanos_.load(std::memory_order_relaxed);
  if (nanos < 0) return std::nullopt;
  return std::chrono::nanoseconds(nanos);
}

std::shared_ptr<RevisionTelemetry> Telemetry::BeginRevision(const RevisionTelemetry* before,
                                                            const CheckedRuleSet& checked) {
  if (before != nullptr) return before->rule_set().Begin(checked);
  return std::make_shared<RuleSetTelemetry>(rule_budget_, clock_)->Begin(checked);
}

}  // namespace pql
