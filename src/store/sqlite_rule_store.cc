#include "store/sqlite_rule_store.h"

#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "base/sha256.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "store/revision_rules.h"
#include "store/sqlite_schema.h"

namespace pql {
namespace {

using Access = HealthRecord::Access;

constexpr char kRevisionColumns[] =
    "SELECT number, digest, create_time, cause, author, peer, comment, rolled_back_to"
    " FROM revision ";

// A row of kRevisionColumns, not checked yet.
StoredRevision RevisionOf(const SqliteQuery& row, std::string_view rule_set) {
  StoredRevision revision;
  revision.number = row.Int(0);
  revision.record = {.rule_set = std::string(rule_set),
                     .digest = row.Text(1),
                     .create_time = absl::FromUnixMicros(row.Int(2)),
                     .cause = static_cast<RevisionCause>(row.Int(3)),
                     .author = row.Text(4),
                     .peer = row.Text(5),
                     .comment = row.Text(6),
                     .rolled_back_to = row.Int(7)};
  return revision;
}

// The path that names the file whatever links lead to it, so that it has one lock.
std::string ResolvedPath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path resolved = std::filesystem::weakly_canonical(path, error);
  return error || resolved.empty() ? path : resolved.string();
}

absl::Status Prepare(SqliteConnection* connection, const std::string& path) {
  // The identity first: a file that is not ours is not written to.
  PQL_RETURN_IF_ERROR(CheckSqliteIdentity(connection, path));
  PQL_RETURN_IF_ERROR(connection->Execute(
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON"));
  {
    SqliteQuery check = connection->Query("PRAGMA quick_check(1)");
    PQL_ASSIGN_OR_RETURN(const bool found, check.Next());
    if (found && check.Text(0) != "ok") {
      return absl::DataLossError(StrCat("rule store ", path,
                                        ": it is corrupt; restore it from a backup (",
                                        ShownSqliteText(check.Text(0)), ")"));
    }
  }
  return MigrateSqlite(connection, SqliteMigrations(), path);
}

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteRuleStore>> SqliteRuleStore::Open(
    const std::string& path, const Clock* clock, absl::Duration request_retention) {
  const std::string resolved = ResolvedPath(path);
  absl::StatusOr<std::unique_ptr<FileLock>> lock = FileLock::Acquire(StrCat(resolved, "-lock"));
  if (!lock.ok()) {
    const bool in_use = absl::IsFailedPrecondition(lock.status());
    return absl::Status(lock.status().code(),
                        StrCat("rule store ", path, ": ",
                               in_use ? "it is in use; one server at a time has it open: " : "",
                               FromAbsl(lock.status().message())));
  }
  PQL_ASSIGN_OR_RETURN(std::unique_ptr<SqliteConnection> connection,
                       SqliteConnection::Open(resolved));
  PQL_RETURN_IF_ERROR(Prepare(connection.get(), resolved));
  return std::unique_ptr<SqliteRuleStore>(new SqliteRuleStore(
      resolved, *std::move(lock), std::move(connection), clock, request_retention));
}

SqliteRuleStore::SqliteRuleStore(std::string path, std::unique_ptr<FileLock> lock,
                                 std::unique_ptr<SqliteConnection> connection, const Clock* clock,
                                 absl::Duration request_retention)
    : path_(std::move(path)),
      lock_(std::move(lock)),
      clock_(clock),
      request_retention_(request_retention),
      health_(clock),
      connection_(std::move(connection)) {}

absl::StatusOr<CommitResult> SqliteRuleStore::Commit(const NewRevision& revision) {
  PQL_RETURN_IF_ERROR(CheckNewRevision(revision));
  const std::lock_guard<std::mutex> lock(mutex_);
  absl::StatusOr<CommitResult> result = WriteRevision(revision);
  health_.Note(Access::kWrite, result.status());
  return result;
}

absl::StatusOr<CommitResult> SqliteRuleStore::WriteRevision(const NewRevision& revision) {
  const StoredRevision stored = AsStored(revision);
  const std::string& rule_set = stored.record.rule_set;
  PQL_ASSIGN_OR_RETURN(const auto transaction, SqliteTransaction::Begin(connection_.get()));
  if (revision.request.has_value()) {
    PQL_ASSIGN_OR_RETURN(const std::optional<StoredRequest> remembered,
                         SelectRequest(revision.request->author, revision.request->id));
    if (remembered.has_value()) return Replay(*remembered, *revision.request);
  }
  PQL_ASSIGN_OR_RETURN(const int64_t latest, SelectLatest(rule_set));
  if (latest != revision.parent) return RevisionConflict(rule_set, revision.parent, latest);
  PQL_RETURN_IF_ERROR(
      connection_->Run("INSERT INTO rule_set (id, latest) VALUES (?1, ?2)"
                       " ON CONFLICT (id) DO UPDATE SET latest = excluded.latest",
                       rule_set, stored.number));
  PQL_RETURN_IF_ERROR(InsertRevision(stored));
  PQL_RETURN_IF_ERROR(EndSources(revision, stored.number));
  PQL_RETURN_IF_ERROR(InsertSources(stored));
  if (revision.request.has_value()) PQL_RETURN_IF_ERROR(InsertRequest(*revision.request));
  PQL_RETURN_IF_ERROR(transaction->Commit());
  return CommitResult{.number = stored.number};
}

absl::Status SqliteRuleStore::InsertRevision(const StoredRevision& revision) {
  const RevisionRecord& record = revision.record;
  PQL_RETURN_IF_ERROR(connection_->Run(
      "INSERT INTO revision (rule_set, number, digest, create_time, cause, author, peer, comment,"
      " rolled_back_to) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      record.rule_set, revision.number, record.digest, absl::ToUnixMicros(record.create_time),
      static_cast<int64_t>(record.cause), record.author, record.peer, record.comment,
      record.rolled_back_to));
  for (const StoredRuleChange& change : record.changes) {
    PQL_RETURN_IF_ERROR(connection_->Run(
        "INSERT INTO rule_change (rule_set, number, rule, kind, old_source, new_source,"
        " changed_fields) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        record.rule_set, revision.number, change.rule, static_cast<int64_t>(change.kind),
        SqliteBlob{change.old_source}, SqliteBlob{change.new_source},
        JoinFields(change.changed_fields)));
  }
  return absl::OkStatus();
}

absl::Status SqliteRuleStore::EndSources(const NewRevision& revision, int64_t number) {
  if (revision.parent == 0) return absl::OkStatus();  // there is nothing before it
  const std::string& rule_set = revision.record.rule_set;
  if (!revision.keeps_others) {
    return connection_->Run(
        "UPDATE source_span SET until = ?2 WHERE rule_set = ?1 AND until IS NULL", rule_set,
        number);
  }
  for (const auto* sources : {&revision.sources, &revision.removed}) {
    for (const StoredSource& source : *sources) {
      PQL_RETURN_IF_ERROR(
          connection_->Run("UPDATE source_span SET until = ?2 WHERE rule_set = ?1 AND path = ?3"
                           " AND api_managed = ?4 AND until IS NULL",
                           rule_set, number, source.path, source.api_managed ? 1 : 0));
    }
  }
  return absl::OkStatus();
}

absl::Status SqliteRuleStore::InsertSources(const StoredRevision& revision) {
  for (const StoredSource& source : revision.sources) {
    const std::string hash = Sha256(source.text);
    PQL_RETURN_IF_ERROR(
        connection_->Run("INSERT INTO source_text (hash, text) VALUES (?1, ?2)"
                         " ON CONFLICT (hash) DO NOTHING",
                         SqliteBlob{hash}, SqliteBlob{source.text}));
    PQL_RETURN_IF_ERROR(connection_->Run(
        "INSERT INTO source_span (rule_set, first, path, api_managed, language, hash)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        revision.record.rule_set, revision.number, source.path, source.api_managed ? 1 : 0,
        source.language, SqliteBlob{hash}));
  }
  return absl::OkStatus();
}

int64_t SqliteRuleStore::OldestRequestTime() const {
  return absl::ToUnixMicros(clock_->Now() - request_retention_);
}

absl::Status SqliteRuleStore::InsertRequest(const StoredRequest& request) {
  PQL_RETURN_IF_ERROR(
      connection_->Run("DELETE FROM request WHERE create_time < ?1", OldestRequestTime()));
  return connection_->Run(
      "INSERT INTO request (author, id, fingerprint, response, create_time)"
      " VALUES (?1, ?2, ?3, ?4, ?5)",
      request.author, request.id, SqliteBlob{request.fingerprint}, SqliteBlob{request.response},
      absl::ToUnixMicros(clock_->Now()));
}

absl::StatusOr<bool> SqliteRuleStore::RememberRequest(const StoredRequest& request) {
  PQL_RETURN_IF_ERROR(CheckRequest(request));
  const std::lock_guard<std::mutex> lock(mutex_);
  absl::StatusOr<bool> result = WriteRequest(request);
  health_.Note(Access::kWrite, result.status());
  return result;
}

absl::StatusOr<bool> SqliteRuleStore::WriteRequest(const StoredRequest& request) {
  PQL_ASSIGN_OR_RETURN(const auto transaction, SqliteTransaction::Begin(connection_.get()));
  PQL_ASSIGN_OR_RETURN(const std::optional<StoredRequest> remembered,
                       SelectRequest(request.author, request.id));
  if (remembered.has_value()) {
    PQL_RETURN_IF_ERROR(Replay(*remembered, request).status());
    return false;
  }
  PQL_RETURN_IF_ERROR(InsertRequest(request));
  PQL_RETURN_IF_ERROR(transaction->Commit());
  return true;
}

absl::StatusOr<std::optional<StoredRequest>> SqliteRuleStore::FindRequest(std::string_view author,
                                                                          std::string_view id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  absl::StatusOr<std::optional<StoredRequest>> result = SelectRequest(author, id);
  health_.Note(Access::kRead, result.status());
  return result;
}

absl::StatusOr<std::optional<StoredRequest>> SqliteRuleStore::SelectRequest(std::string_view author,
                                                                            std::string_view id) {
  SqliteQuery query = connection_->Query(
      "SELECT fingerprint, response FROM request"
      " WHERE author = ?1 AND id = ?2 AND create_time >= ?3",
      author, id, OldestRequestTime());
  PQL_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return std::nullopt;
  return StoredRequest{std::string(author), std::string(id), query.Text(0), query.Text(1)};
}

absl::StatusOr<int64_t> SqliteRuleStore::SelectLatest(std::string_view rule_set) {
  SqliteQuery query = connection_->Query("SELECT latest FROM rule_set WHERE id = ?1", rule_set);
  PQL_ASSIGN_OR_RETURN(const bool found, query.Next());
  return found ? query.Int(0) : 0;
}

absl::StatusOr<LatestNumbers> SqliteRuleStore::ReadLatestNumbers() {
  const std::lock_guard<std::mutex> lock(mutex_);
  absl::StatusOr<LatestNumbers> result = SelectLatestNumbers();
  health_.Note(Access::kRead, result.status());
  return result;
}

absl::StatusOr<LatestNumbers> SqliteRuleStore::SelectLatestNumbers() {
  LatestNumbers latest;
  SqliteQuery query = connection_->Query("SELECT id, latest FROM rule_set");
  while (true) {
    PQL_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) break;
    latest.emplace(query.Text(0), query.Int(1));
  }
  PQL_RETURN_IF_ERROR(CheckStoredNumbers(latest, path_));
  return latest;
}

absl::StatusOr<StoredRevision> SqliteRuleStore::ReadRevision(std::string_view rule_set,
                                                             int64_t number) {
  const std::lock_guard<std::mutex> lock(mutex_);
  absl::StatusOr<StoredRevision> result = SelectRevision(rule_set, number);
  health_.Note(Access::kRead, result.status());
  return result;
}

absl::StatusOr<StoredRevision> SqliteRuleStore::ReadLatest(std::string_view rule_set) {
  const std::lock_guard<std::mutex> lock(mutex_);
  absl::StatusOr<StoredRevision> result = NoSuchRevision(rule_set, 0);
  const absl::StatusOr<int64_t> latest = SelectLatest(rule_set);
  if (!latest.ok()) {
    result = latest.status();
  } else if (*latest > 0) {
    result = SelectRevision(rule_set, *latest);
  }
  health_.Note(Access::kRead, result.status());
  return result;
}

absl::StatusOr<StoredRevision> SqliteRuleStore::SelectRevision(std::string_view rule_set,
                                                               int64_t number) {
  static const std::string* const kSelect =
      new std::string(StrCat(kRevisionColumns, "WHERE rule_set = ?1 AND number = ?2"));
  SqliteQuery query = connection_->Query(kSelect->c_str(), rule_set, number);
  PQL_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return NoSuchRevision(rule_set, number);
  StoredRevision revision = RevisionOf(query, rule_set);
  PQL_ASSIGN_OR_RETURN(revision.record.changes, SelectChanges(rule_set, number));
  PQL_ASSIGN_OR_RETURN(revision.sources, SelectSources(rule_set, number));
  return CheckStoredRevision(std::move(revision), path_);
}

absl::StatusOr<std::vector<StoredSource>> SqliteRuleStore::SelectSources(std::string_view rule_set,
                                                                         int64_t number) {
  SqliteQuery query = connection_->Query(
      "SELECT path, text, language, api_managed, hash"
      " FROM source_span JOIN source_text USING (hash)"
      " WHERE rule_set = ?1 AND first <= ?2 AND (until IS NULL OR until > ?2)"
      " ORDER BY path, api_managed",
      rule_set, number);
  std::vector<StoredSource> sources;
  while (true) {
    PQL_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return sources;
    sources.push_back({query.Text(0), query.Text(1), query.Text(2), query.Int(3) != 0});
    PQL_RETURN_IF_ERROR(CheckSourceText(sources.back(), query.Text(4), path_));
  }
}

absl::StatusOr<std::vector<StoredRuleChange>> SqliteRuleStore::SelectChanges(
    std::string_view rule_set, int64_t number) {
  SqliteQuery query = connection_->Query(
      "SELECT rule, kind, old_source, new_source, changed_fields FROM rule_change"
      " WHERE rule_set = ?1 AND number = ?2 ORDER BY rule",
      rule_set, number);
  std::vector<StoredRuleChange> changes;
  while (true) {
    PQL_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) return changes;
    changes.push_back({query.Text(0), static_cast<RuleChangeKind>(query.Int(1)), query.Text(2),
                       query.Text(3), SplitFields(query.Text(4))});
  }
}

absl::StatusOr<RevisionPage> SqliteRuleStore::ListRevisions(const RevisionQuery& query) {
  const std::lock_guard<std::mutex> lock(mutex_);
  absl::StatusOr<RevisionPage> result = SelectPage(query);
  health_.Note(Access::kRead, result.status());
  return result;
}

absl::StatusOr<RevisionPage> SqliteRuleStore::SelectPage(const RevisionQuery& query) {
  static const std::string* const kSelect = new std::string(
      StrCat(kRevisionColumns,
             "WHERE rule_set = ?1 AND number < ?2 AND number > ?3 AND (?4 = '' OR author = ?4)"
             " AND (?5 = '' OR EXISTS (SELECT 1 FROM rule_change AS change"
             "  WHERE change.rule_set = revision.rule_set AND change.rule = ?5"
             "  AND change.number = revision.number))"
             " ORDER BY number DESC"));
  const int64_t before = query.before > 0 ? query.before : std::numeric_limits<int64_t>::max();
  SqliteQuery rows = connection_->Query(kSelect->c_str(), query.rule_set, before, query.after,
                                        query.author, query.rule);
  PageBuilder page(query);
  while (true) {
    PQL_ASSIGN_OR_RETURN(const bool found, rows.Next());
    if (!found || page.full()) return page.Finish(/*has_more=*/found);
    StoredRevision revision = RevisionOf(rows, query.rule_set);
    PQL_ASSIGN_OR_RETURN(revision.record.changes, SelectChanges(query.rule_set, revision.number));
    PQL_ASSIGN_OR_RETURN(revision, CheckStoredRevision(std::move(revision), path_));
    page.Add(std::move(revision));
  }
}

absl::StatusOr<std::map<std::string, RuleOrigin>> SqliteRuleStore::ReadRuleOrigins(
    std::string_view rule_set, int64_t number) {
  const std::lock_guard<std::mutex> lock(mutex_);
  absl::StatusOr<std::map<std::string, RuleOrigin>> result = SelectOrigins(rule_set, number);
  health_.Note(Access::kRead, result.status());
  return result;
}

absl::StatusOr<std::map<std::string, RuleOrigin>> SqliteRuleStore::SelectOrigins(
    std::string_view rule_set, int64_t number) {
  static_assert(static_cast<int>(RuleChangeKind::kRemoved) == 2);
  static_assert(static_cast<int>(RuleChangeKind::kDependencyModified) == 4);
  // From name to name and from each to its last change, by the index rule_change_own: the work is
  // that of the rules, not that of the history.
  SqliteQuery query = connection_->Query(
      "WITH RECURSIVE name (rule) AS ("
      " SELECT min(rule) FROM rule_change WHERE rule_set = ?1 AND kind <> 4"
      " UNION ALL SELECT (SELECT min(change.rule) FROM rule_change AS change"
      "   WHERE change.rule_set = ?1 AND change.kind <> 4 AND change.rule > name.rule)"
      "  FROM name WHERE name.rule IS NOT NULL),"
      " own (rule, number) AS ("
      " SELECT rule, (SELECT max(change.number) FROM rule_change AS change"
      "   WHERE change.rule_set = ?1 AND change.kind <> 4 AND change.rule = name.rule"
      "   AND change.number <= ?2) FROM name WHERE rule IS NOT NULL)"
      " SELECT own.rule, own.number, revision.cause, revision.author, revision.create_time"
      " FROM own JOIN rule_change AS change ON change.rule_set = ?1"
      "  AND change.number = own.number AND change.rule = own.rule AND change.kind <> 2"
      " JOIN revision ON revision.rule_set = ?1 AND revision.number = own.number",
      rule_set, number);
  std::map<std::string, RuleOrigin> origins;
  while (true) {
    PQL_ASSIGN_OR_RETURN(const bool found, query.Next());
    if (!found) break;
    origins[query.Text(0)] = {query.Int(1), static_cast<RevisionCause>(query.Int(2)), query.Text(3),
                              absl::FromUnixMicros(query.Int(4))};
  }
  PQL_RETURN_IF_ERROR(CheckStoredOrigins(origins, path_));
  return origins;
}

void SqliteRuleStore::Watch(StoreObserver) {}
void SqliteRuleStore::StopWatching() {}
StoreHealth SqliteRuleStore::health() const { return health_.Get(); }
std::string SqliteRuleStore::description() const { return StrCat("sqlite:", path_); }

}  // namespace pql
