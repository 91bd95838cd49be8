// A connection that is made when it is first needed and made again when it broke.
//
// Thread-safe: calls wait for each other.

#ifndef PQL_STORE_POSTGRES_SESSION_H_
#define PQL_STORE_POSTGRES_SESSION_H_

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "store/health_record.h"
#include "store/postgres_connection.h"
#include "store/postgres_target.h"

namespace pql {

// When a failed connection attempt may be repeated.  Not thread-safe.
class Backoff {
 public:
  Backoff(absl::Duration first, absl::Duration longest) : first_(first), longest_(longest) {}

  bool MayTry() const { return std::chrono::steady_clock::now() >= next_; }
  void Failed();
  void Succeeded() { wait_ = absl::ZeroDuration(); }
  absl::Duration wait() const { return wait_; }

 private:
  const absl::Duration first_;
  const absl::Duration longest_;
  absl::Duration wait_ = absl::ZeroDuration();
  std::chrono::steady_clock::time_point next_;  // monotonic: a jump of the clock delays nothing
};

class PostgresSession {
 public:
  // `health` outlives the session and is told of every outcome.
  PostgresSession(const PostgresTarget& target, const PostgresSettings& settings, Backoff backoff,
                  HealthRecord* health);
  PostgresSession(const PostgresSession&) = delete;
  PostgresSession& operator=(const PostgresSession&) = delete;

  // One piece of work, in a transaction of its own if it has several statements.
  using Work = std::function<absl::Status(PostgresConnection* connection)>;

  // Runs `work`; again, from the start, where the connection turned out to be broken since it was
  // last used, or another transaction was in the way.  Never again once `work` has set `*is_final`
  // (null: it never does).
  absl::Status Run(HealthRecord::Access access, const Work& work, const bool* is_final = nullptr);

 private:
  absl::Status RunOnce(HealthRecord::Access access, const Work& work, bool* again);
  absl::Status Connect();

  const PostgresTarget target_;
  const PostgresSettings settings_;
  HealthRecord* const health_;
  std::mutex mutex_;
  Backoff backoff_;                                 // guarded by mutex_, as is the rest
  absl::Status last_failure_;                       // of Connect
  std::unique_ptr<PostgresConnection> connection_;  // null: none
};

}  // namespace pql

#endif  // PQL_STORE_POSTGRES_SESSION_H_
