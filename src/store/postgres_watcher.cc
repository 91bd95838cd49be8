#include "store/postgres_watcher.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "store/postgres_queries.h"

namespace pql {

using Access = HealthRecord::Access;

PostgresWatcher::PostgresWatcher(const PostgresTarget& target, const PostgresSettings& settings,
                                 Backoff backoff, absl::Duration poll_interval,
                                 HealthRecord* health, StoreObserver observer)
    : target_(target),
      settings_(settings),
      poll_interval_(poll_interval),
      health_(health),
      observer_(std::move(observer)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      backoff_(backoff) {
  thread_ = std::thread([this] { Run(); });
}

PostgresWatcher::~PostgresWatcher() {
  stop_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof(one));
  thread_.join();
  ::close(wake_fd_);
}

void PostgresWatcher::Run() {
  while (!stop_) {
    const absl::Status status = Follow();
    if (stop_) return;
    health_->Note(Access::kRead, status);
    TellHealth();
    backoff_.Failed();
    Sleep(std::min(backoff_.wait(), poll_interval_));
  }
}

absl::Status PostgresWatcher::Follow() {
  PQL_ASSIGN_OR_RETURN(const std::unique_ptr<PostgresConnection> connection,
                       PostgresConnection::Connect(target_, settings_));
  // First listen, then read: nothing falls between.
  PQL_RETURN_IF_ERROR(connection->Execute(StrCat("LISTEN ", kPostgresChannel)));
  while (!stop_) {
    PQL_RETURN_IF_ERROR(TellNumbers(connection.get()));
    backoff_.Succeeded();
    health_->Note(Access::kRead, absl::OkStatus());
    TellHealth();
    // Notified or not, it reads: a notification may be lost.
    PQL_RETURN_IF_ERROR(connection->WaitForNotification(poll_interval_, wake_fd_).status());
  }
  return absl::OkStatus();
}

absl::Status PostgresWatcher::TellNumbers(PostgresConnection* connection) {
  PQL_ASSIGN_OR_RETURN(const LatestNumbers latest,
                       SelectLatestNumbers(target_.description(), connection));
  // New or not: what the observer could not take in the last time, it can this time.
  if (!stop_ && observer_.on_change) observer_.on_change(latest);
  return absl::OkStatus();
}

void PostgresWatcher::TellHealth() {
  const StoreHealth health = health_->Get();
  if (health.ok == told_ok_) return;
  told_ok_ = health.ok;
  if (observer_.on_health) observer_.on_health(health);
}

void PostgresWatcher::Sleep(absl::Duration time) const {
  pollfd fd = {wake_fd_, POLLIN, 0};
  (void)::poll(&fd, 1, static_cast<int>(absl::ToInt64Milliseconds(time)));
}

}  // namespace pql
