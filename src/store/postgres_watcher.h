// Tells an observer what other processes commit to a PostgreSQL rule store: listens on a connection
// of its own, asks every poll interval besides, and connects again when the connection broke.
//
// A notification is a hint that nothing depends on: what is told is always what was read.

#ifndef PQL_STORE_POSTGRES_WATCHER_H_
#define PQL_STORE_POSTGRES_WATCHER_H_

#include <atomic>
#include <memory>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "store/health_record.h"
#include "store/postgres_connection.h"
#include "store/postgres_session.h"
#include "store/postgres_target.h"
#include "store/rule_store.h"

namespace pql {

// Owns one thread.  Thread-safe.
class PostgresWatcher {
 public:
  // `health` outlives the watcher.
  PostgresWatcher(const PostgresTarget& target, const PostgresSettings& settings, Backoff backoff,
                  absl::Duration poll_interval, HealthRecord* health, StoreObserver observer);
  // Waits for a call of the observer that is running, or a connection that is being made.
  ~PostgresWatcher();
  PostgresWatcher(const PostgresWatcher&) = delete;
  PostgresWatcher& operator=(const PostgresWatcher&) = delete;

 private:
  void Run();
  // Connects, listens and tells until the connection breaks or the watcher stops.
  absl::Status Follow();
  absl::Status TellNumbers(PostgresConnection* connection);
  void TellHealth();
  void Sleep(absl::Duration time) const;

  const PostgresTarget target_;
  const PostgresSettings settings_;
  const absl::Duration poll_interval_;
  HealthRecord* const health_;
  const StoreObserver observer_;
  const int wake_fd_;
  std::atomic<bool> stop_{false};
  Backoff backoff_;  // of the thread, as is the rest
  bool told_ok_ = true;
  std::thread thread_;
};

}  // namespace pql

#endif  // PQL_STORE_POSTGRES_WATCHER_H_
