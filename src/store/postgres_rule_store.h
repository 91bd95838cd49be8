// A rule store in a PostgreSQL database (version 13 or later), for several servers at once.
//
// Up to three connections: for reads, for writes, and one of the watcher's.  A connection that
// breaks is made again, by the next call and by the watcher; until then calls are UNAVAILABLE.
// Sessions must be ours alone: a pooler has to be in session mode.  Tables are in a schema of their
// own; they can be read with any client, for an audit.  Thread-safe, as every rule store.

#ifndef PQL_STORE_POSTGRES_RULE_STORE_H_
#define PQL_STORE_POSTGRES_RULE_STORE_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/clock.h"
#include "store/health_record.h"
#include "store/open_rule_store.h"
#include "store/postgres_session.h"
#include "store/postgres_target.h"
#include "store/postgres_watcher.h"
#include "store/rule_store.h"

namespace pql {

class PostgresRuleStore final : public RuleStore {
 public:
  // Connects, and makes the tables or brings those of an earlier version up to date; several
  // servers may do so at once.  `clock` outlives the store.
  // INVALID_ARGUMENT: malformed connection string; FAILED_PRECONDITION: of a newer version, or the
  // database is not in UTF-8; UNAVAILABLE: can't be reached, or lets us not do that.
  static absl::StatusOr<std::unique_ptr<PostgresRuleStore>> Open(std::string_view conninfo,
                                                                 const Clock* clock,
                                                                 const StoreOptions& options);

  absl::StatusOr<CommitResult> Commit(const NewRevision& revision) override;
  absl::StatusOr<bool> RememberRequest(const StoredRequest& request) override;
  absl::StatusOr<std::optional<StoredRequest>> FindRequest(std::string_view author,
                                                           std::string_view id) override;
  absl::StatusOr<LatestNumbers> ReadLatestNumbers() override;
  absl::StatusOr<StoredRevision> ReadRevision(std::string_view rule_set, int64_t number) override;
  absl::StatusOr<StoredRevision> ReadLatest(std::string_view rule_set) override;
  absl::StatusOr<RevisionPage> ListRevisions(const RevisionQuery& query) override;
  absl::StatusOr<std::map<std::string, RuleOrigin>> ReadRuleOrigins(std::string_view rule_set,
                                                                    int64_t number) override;
  void Watch(StoreObserver observer) override;
  void StopWatching() override;
  StoreHealth health() const override;
  std::string description() const override;

 private:
  // What a try to commit found out, beside its status.
  struct CommitAttempt;

  PostgresRuleStore(PostgresTarget target, const Clock* clock, const StoreOptions& options);

  // Runs `select`, which takes the connection and returns a StatusOr, as a read.
  template <typename Select>
  auto Read(const Select& select);
  absl::Status TryCommit(const NewRevision& revision, const StoredRevision& stored,
                         PostgresConnection* connection, CommitAttempt* attempt);
  // Whether the transaction was committed, after the connection broke while it was; nothing when
  // the database can't say either.
  std::optional<bool> FindOut(const std::string& transaction_id);
  absl::Status InsertRequest(const StoredRequest& request, PostgresConnection* connection);
  absl::StatusOr<std::optional<StoredRequest>> SelectRequest(std::string_view author,
                                                             std::string_view id,
                                                             PostgresConnection* connection);
  absl::StatusOr<StoredRevision> SelectRevision(std::string_view rule_set, int64_t number,
                                                PostgresConnection* connection);
  absl::Time OldestRequestTime() const;

  const PostgresTarget target_;
  const PostgresSettings settings_;
  const Backoff backoff_;
  const absl::Duration poll_interval_;
  const Clock* const clock_;
  const absl::Duration request_retention_;
  HealthRecord health_;
  PostgresSession reader_;
  PostgresSession writer_;
  std::mutex watcher_mutex_;
  std::unique_ptr<PostgresWatcher> watcher_;  // guarded by watcher_mutex_; null: not watching
};

}  // namespace pql

#endif  // PQL_STORE_POSTGRES_RULE_STORE_H_
