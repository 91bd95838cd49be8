#include "store/postgres_rule_store.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "store/postgres_queries.h"
#include "store/postgres_schema.h"
#include "store/revision_rules.h"

namespace pql {

using Access = HealthRecord::Access;

struct PostgresRuleStore::CommitAttempt {
  std::optional<CommitResult> result;  // set: it is done, or was before
  std::string transaction_id;          // empty: no commit was sent
  bool sent = false;                   // the commit was: not to be tried again
};

absl::StatusOr<std::unique_ptr<PostgresRuleStore>> PostgresRuleStore::Open(
    std::string_view conninfo, const Clock* clock, const StoreOptions& options) {
  PQL_ASSIGN_OR_RETURN(PostgresTarget target, PostgresTarget::Parse(conninfo));
  std::unique_ptr<PostgresRuleStore> store(
      new PostgresRuleStore(std::move(target), clock, options));
  const std::string name = store->description();
  PQL_RETURN_IF_ERROR(store->writer_.Run(Access::kWrite, [&](PostgresConnection* connection) {
    return MigratePostgres(connection, options.schema, PostgresMigrations(), name);
  }));
  return store;
}

PostgresRuleStore::PostgresRuleStore(PostgresTarget target, const Clock* clock,
                                     const StoreOptions& options)
    : target_(std::move(target)),
      settings_{options.connect_timeout, options.statement_timeout, options.schema},
      backoff_(options.reconnect_backoff,
               std::max(options.reconnect_backoff, options.poll_interval)),
      poll_interval_(options.poll_interval),
      clock_(clock),
      request_retention_(options.request_retention),
      health_(clock),
      reader_(target_, settings_, backoff_, &health_),
      writer_(target_, settings_, backoff_, &health_) {}

absl::Time PostgresRuleStore::OldestRequestTime() const {
  return clock_->Now() - request_retention_;
}

absl::StatusOr<CommitResult> PostgresRuleStore::Commit(const NewRevision& revision) {
  PQL_RETURN_IF_ERROR(CheckNewRevision(revision));
  const StoredRevision stored = AsStored(revision);
  CommitAttempt attempt;
  absl::Status status = writer_.Run(
      Access::kWrite,
      [&](PostgresConnection* connection) {
        attempt = {};
        return TryCommit(revision, stored, connection, &attempt);
      },
      &attempt.sent);
  if (status.ok()) return *std::move(attempt.result);
  if (!attempt.sent || !absl::IsUnavailable(status)) return status;
  const std::optional<bool> committed = FindOut(attempt.transaction_id);
  if (committed == true) return CommitResult{.number = stored.number};
  if (committed == false) return status;
  return absl::UnavailableError(
      StrCat(FromAbsl(status.message()),
             "; whether the change was kept is not known: a retry with its request_id finds out"));
}

absl::Status PostgresRuleStore::TryCommit(const NewRevision& revision, const StoredRevision& stored,
                                          PostgresConnection* connection, CommitAttempt* attempt) {
  const std::string& rule_set = stored.record.rule_set;
  PQL_ASSIGN_OR_RETURN(const auto transaction, PostgresTransaction::Begin(connection));
  PQL_ASSIGN_OR_RETURN(const int64_t latest, LockLatest(rule_set, connection));
  if (revision.request.has_value()) {
    PQL_ASSIGN_OR_RETURN(const std::optional<StoredRequest> remembered,
                         SelectRequest(revision.request->author, revision.request->id, connection));
    if (remembered.has_value()) {
      PQL_ASSIGN_OR_RETURN(attempt->result, Replay(*remembered, *revision.request));
      return absl::OkStatus();
    }
  }
  if (latest != revision.parent) return RevisionConflict(rule_set, revision.parent, latest);
  PQL_RETURN_IF_ERROR(InsertRevision(revision, stored, connection));
  if (revision.request.has_value()) {
    PQL_RETURN_IF_ERROR(InsertRequest(*revision.request, connection));
  }
  PQL_ASSIGN_OR_RETURN(const PostgresResult notified,
                       connection->Query("SELECT pg_current_xact_id()::text, pg_notify($1, '')",
                                         PostgresParameters(std::string_view(kPostgresChannel))));
  attempt->transaction_id = notified.Text(0, 0);
  attempt->sent = true;
  PQL_RETURN_IF_ERROR(transaction->Commit());
  attempt->result = CommitResult{.number = stored.number};
  return absl::OkStatus();
}

std::optional<bool> PostgresRuleStore::FindOut(const std::string& transaction_id) {
  std::string state;
  const absl::Status status = writer_.Run(Access::kRead, [&](PostgresConnection* connection) {
    PQL_ASSIGN_OR_RETURN(
        const PostgresResult rows,
        connection->Query("SELECT pg_xact_status($1::xid8)", PostgresParameters(transaction_id)));
    state = rows.Text(0, 0);
    return absl::OkStatus();
  });
  if (!status.ok()) return std::nullopt;
  if (state == "committed") return true;
  if (state == "aborted") return false;
  return std::nullopt;
}

absl::Status PostgresRuleStore::InsertRequest(const StoredRequest& request,
                                              PostgresConnection* connection) {
  PQL_RETURN_IF_ERROR(connection
                          ->Query("DELETE FROM request WHERE create_time < $1",
                                  PostgresParameters(OldestRequestTime()))
                          .status());
  return connection
      ->Query(
          "INSERT INTO request (author, id, fingerprint, response, create_time)"
          " VALUES ($1, $2, $3, $4, $5)",
          PostgresParameters(request.author, request.id, PostgresBytes{request.fingerprint},
                             PostgresBytes{request.response}, clock_->Now()))
      .status();
}

absl::StatusOr<std::optional<StoredRequest>> PostgresRuleStore::SelectRequest(
    std::string_view author, std::string_view id, PostgresConnection* connection) {
  PQL_ASSIGN_OR_RETURN(const PostgresResult rows,
                       connection->Query("SELECT fingerprint, response FROM request"
                                         " WHERE author = $1 AND id = $2 AND create_time >= $3",
                                         PostgresParameters(author, id, OldestRequestTime())));
  if (rows.rows() == 0) return std::nullopt;
  return StoredRequest{std::string(author), std::string(id), rows.Text(0, 0), rows.Text(0, 1)};
}

absl::StatusOr<bool> PostgresRuleStore::RememberRequest(const StoredRequest& request) {
  PQL_RETURN_IF_ERROR(CheckRequest(request));
  bool is_new = false;
  PQL_RETURN_IF_ERROR(
      writer_.Run(Access::kWrite, [&](PostgresConnection* connection) -> absl::Status {
        PQL_ASSIGN_OR_RETURN(const auto transaction, PostgresTransaction::Begin(connection));
        PQL_ASSIGN_OR_RETURN(const std::optional<StoredRequest> remembered,
                             SelectRequest(request.author, request.id, connection));
        is_new = !remembered.has_value();
        if (!is_new) return Replay(*remembered, request).status();
        PQL_RETURN_IF_ERROR(InsertRequest(request, connection));
        return transaction->Commit();
      }));
  return is_new;
}

template <typename Select>
auto PostgresRuleStore::Read(const Select& select) {
  decltype(select(static_cast<PostgresConnection*>(nullptr))) result =
      absl::InternalError("never read");
  const absl::Status status = reader_.Run(Access::kRead, [&](PostgresConnection* connection) {
    result = select(connection);
    return result.status();
  });
  if (!status.ok()) result = status;
  return result;
}

absl::StatusOr<std::optional<StoredRequest>> PostgresRuleStore::FindRequest(std::string_view author,
                                                                            std::string_view id) {
  return Read(
      [&](PostgresConnection* connection) { return SelectRequest(author, id, connection); });
}

absl::StatusOr<LatestNumbers> PostgresRuleStore::ReadLatestNumbers() {
  return Read([this](PostgresConnection* connection) {
    return SelectLatestNumbers(target_.description(), connection);
  });
}

absl::StatusOr<StoredRevision> PostgresRuleStore::SelectRevision(std::string_view rule_set,
                                                                 int64_t number,
                                                                 PostgresConnection* connection) {
  PQL_ASSIGN_OR_RETURN(StoredRevision revision, SelectRecord(rule_set, number, connection));
  PQL_ASSIGN_OR_RETURN(auto changes, SelectChanges(rule_set, {revision.number}, connection));
  revision.record.changes = std::move(changes[revision.number]);
  PQL_ASSIGN_OR_RETURN(revision.sources,
                       SelectSources(rule_set, revision.number, target_.description(), connection));
  return CheckStoredRevision(std::move(revision), target_.description());
}

absl::StatusOr<StoredRevision> PostgresRuleStore::ReadRevision(std::string_view rule_set,
                                                               int64_t number) {
  if (number < 1) return NoSuchRevision(rule_set, number);
  return Read(
      [&](PostgresConnection* connection) { return SelectRevision(rule_set, number, connection); });
}

absl::StatusOr<StoredRevision> PostgresRuleStore::ReadLatest(std::string_view rule_set) {
  return Read(
      [&](PostgresConnection* connection) { return SelectRevision(rule_set, 0, connection); });
}

absl::StatusOr<RevisionPage> PostgresRuleStore::ListRevisions(const RevisionQuery& query) {
  return Read([&](PostgresConnection* connection) {
    return SelectPage(query, target_.description(), connection);
  });
}

absl::StatusOr<std::map<std::string, RuleOrigin>> PostgresRuleStore::ReadRuleOrigins(
    std::string_view rule_set, int64_t number) {
  return Read([&](PostgresConnection* connection) {
    return SelectOrigins(rule_set, number, target_.description(), connection);
  });
}

void PostgresRuleStore::Watch(StoreObserver observer) {
  const std::lock_guard<std::mutex> lock(watcher_mutex_);
  watcher_ = std::make_unique<PostgresWatcher>(target_, settings_, backoff_, poll_interval_,
                                               &health_, std::move(observer));
}

void PostgresRuleStore::StopWatching() {
  const std::lock_guard<std::mutex> lock(watcher_mutex_);
  watcher_.reset();
}

StoreHealth PostgresRuleStore::health() const { return health_.Get(); }
std::string PostgresRuleStore::description() const { return target_.description(); }

}  // namespace pql
