#include "store/postgres_session.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"

namespace pql {
namespace {

constexpr int kMaxTries = 5;

}  // namespace

void Backoff::Failed() {
  wait_ = wait_ == absl::ZeroDuration() ? first_ : std::min(wait_ * 2, longest_);
  next_ = std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(wait_);
}

PostgresSession::PostgresSession(const PostgresTarget& target, const PostgresSettings& settings,
                                 Backoff backoff, HealthRecord* health)
    : target_(target), settings_(settings), health_(health), backoff_(backoff) {}

absl::Status PostgresSession::Connect() {
  if (!last_failure_.ok() && !backoff_.MayTry()) return last_failure_;
  absl::StatusOr<std::unique_ptr<PostgresConnection>> connection =
      PostgresConnection::Connect(target_, settings_);
  last_failure_ = connection.status();
  if (!connection.ok()) {
    backoff_.Failed();
    return connection.status();
  }
  backoff_.Succeeded();
  connection_ = *std::move(connection);
  return absl::OkStatus();
}

absl::Status PostgresSession::RunOnce(HealthRecord::Access access, const Work& work, bool* again) {
  *again = false;
  const bool is_new = connection_ == nullptr;
  if (is_new) {
    const absl::Status connected = Connect();
    // Whatever it was for: what can't be reached can't be read.
    if (!connected.ok()) health_->Note(HealthRecord::Access::kRead, connected);
    PQL_RETURN_IF_ERROR(connected);
  }
  absl::Status status = work(connection_.get());
  const bool broken = connection_->broken();
  health_->Note(broken ? HealthRecord::Access::kRead : access, status);
  *again = !status.ok() && ((broken && !is_new) || connection_->may_retry());
  if (broken) connection_ = nullptr;
  return status;
}

absl::Status PostgresSession::Run(HealthRecord::Access access, const Work& work,
                                  const bool* is_final) {
  const std::lock_guard<std::mutex> lock(mutex_);
  absl::Status status;
  for (int i = 0; i < kMaxTries; ++i) {
    bool again = false;
    status = RunOnce(access, work, &again);
    if (!again || (is_final != nullptr && *is_final)) break;
  }
  return status;
}

}  // namespace pql
