#include "store/health_record.h"

#include <utility>

#include "base/strings.h"

namespace pql {
namespace {

bool IsOfTheStore(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDataLoss(status) || absl::IsInternal(status);
}

}  // namespace

HealthRecord::HealthRecord(const Clock* clock) : clock_(clock), health_{.since = clock->Now()} {}

void HealthRecord::Note(Access access, const absl::Status& status) {
  const std::lock_guard<std::mutex> lock(mutex_);
  auto& [read_error, write_error] = errors_;
  if (IsOfTheStore(status)) {
    (access == Access::kRead ? read_error : write_error) = FromAbsl(status.message());
  } else {
    read_error.clear();
    if (access == Access::kWrite) write_error.clear();
  }
  std::string error = read_error.empty() ? write_error : read_error;
  if (error.empty() != health_.ok) health_.since = clock_->Now();
  health_.ok = error.empty();
  health_.error = std::move(error);
}

StoreHealth HealthRecord::Get() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return health_;
}

}  // namespace pql
