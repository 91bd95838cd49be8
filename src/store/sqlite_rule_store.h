// A rule store in one SQLite file: the default.  Write-ahead log with synchronous=FULL, so an
// acknowledged commit survives the loss of power; one process at a time (a lock file beside it,
// PATH-lock), so there is nothing to watch.  Backups of the running store: `sqlite3 PATH ".backup
// COPY"`.  Not for network file systems, whose locks and memory maps SQLite can't rely on.
//
// Thread-safe, by one connection: calls wait for each other, a commit takes one or two fsyncs.

#ifndef PQL_STORE_SQLITE_RULE_STORE_H_
#define PQL_STORE_SQLITE_RULE_STORE_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/clock.h"
#include "store/file_lock.h"
#include "store/health_record.h"
#include "store/rule_store.h"
#include "store/sqlite_connection.h"

namespace pql {

class SqliteRuleStore final : public RuleStore {
 public:
  // Opens the file `path`, makes it if it is not there, brings one of an earlier version up to
  // date.  Checks the file's structure, which reads all of it.  `clock` outlives the store.
  // FAILED_PRECONDITION: in use by another process, of a newer version, or something else;
  // DATA_LOSS: corrupt; UNAVAILABLE: can't be opened or written to.
  static absl::StatusOr<std::unique_ptr<SqliteRuleStore>> Open(const std::string& path,
                                                               const Clock* clock,
                                                               absl::Duration request_retention);

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
  SqliteRuleStore(std::string path, std::unique_ptr<FileLock> lock,
                  std::unique_ptr<SqliteConnection> connection, const Clock* clock,
                  absl::Duration request_retention);

  // The rest is called with mutex_ held.
  absl::StatusOr<CommitResult> WriteRevision(const NewRevision& revision);
  absl::Status InsertRevision(const StoredRevision& revision);
  // What the revision takes the place of.
  absl::Status EndSources(const NewRevision& revision, int64_t number);
  absl::Status InsertSources(const StoredRevision& revision);
  absl::Status InsertRequest(const StoredRequest& request);
  absl::StatusOr<bool> WriteRequest(const StoredRequest& request);
  absl::StatusOr<std::optional<StoredRequest>> SelectRequest(std::string_view author,
                                                             std::string_view id);
  absl::StatusOr<int64_t> SelectLatest(std::string_view rule_set);
  absl::StatusOr<LatestNumbers> SelectLatestNumbers();
  absl::StatusOr<StoredRevision> SelectRevision(std::string_view rule_set, int64_t number);
  absl::StatusOr<std::vector<StoredSource>> SelectSources(std::string_view rule_set,
                                                          int64_t number);
  absl::StatusOr<std::vector<StoredRuleChange>> SelectChanges(std::string_view rule_set,
                                                              int64_t number);
  absl::StatusOr<RevisionPage> SelectPage(const RevisionQuery& query);
  absl::StatusOr<std::map<std::string, RuleOrigin>> SelectOrigins(std::string_view rule_set,
                                                                  int64_t number);
  int64_t OldestRequestTime() const;

  const std::string path_;
  const std::unique_ptr<FileLock> lock_;
  const Clock* const clock_;
  const absl::Duration request_retention_;
  HealthRecord health_;
  std::mutex mutex_;
  const std::unique_ptr<SqliteConnection> connection_;  // guarded by mutex_
};

}  // namespace pql

#endif  // PQL_STORE_SQLITE_RULE_STORE_H_
