#include "tools/pql_load/tally.h"

#include <algorithm>

#include "absl/status/status.h"

namespace pql {

void Tally::Started(Instant due, Instant now) {
  if (Counts(due)) delay_.Record(now - due);
}

void Tally::Ended(Instant due, Instant now, const grpc::Status& status, uint64_t accounts) {
  if (status.ok()) any_success_ = true;
  if (!status.ok() && first_failure_.ok()) first_failure_ = status;
  if (!Counts(due)) return;
  last_end_ = std::max(last_end_, now);
  if (status.ok()) {
    ++ok_;
    accounts_ += accounts;
  } else {
    ++failed_;
    Failures& failures = failures_[status.error_code()];
    if (failures.count++ == 0) failures.message = status.error_message();
  }
  if (status.ok() || status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    latency_.Record(now - due);
  }
}

void Tally::Unsent(Instant due, Instant now) {
  if (!Counts(due)) return;
  ++unsent_;
  latency_.Record(now - due);
}

void Tally::Add(const Tally& other) {
  ok_ += other.ok_;
  failed_ += other.failed_;
  unsent_ += other.unsent_;
  accounts_ += other.accounts_;
  any_success_ |= other.any_success_;
  if (first_failure_.ok()) first_failure_ = other.first_failure_;
  for (const auto& [code, failures] : other.failures_) {
    Failures& sum = failures_[code];
    if (sum.count == 0) sum.message = failures.message;
    sum.count += failures.count;
  }
  latency_.Add(other.latency_);
  delay_.Add(other.delay_);
  last_end_ = std::max(last_end_, other.last_end_);
}

std::string CodeName(grpc::StatusCode code) {
  // The two libraries number them alike.
  const std::string name = absl::StatusCodeToString(static_cast<absl::StatusCode>(code));
  return name.empty() ? std::to_string(code) : name;
}

}  // namespace pql
