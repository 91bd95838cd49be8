#include "store/sqlite_schema.h"

#include <cstdint>
#include <string>

#include "base/status_macros.h"
#include "base/strings.h"
#include "store/revision_rules.h"

namespace pql {
namespace {

// "PQLR": `file rules.db` and other programs can tell what it is.
constexpr int64_t kApplicationId = 0x50514c52;

// Texts of sources are kept once, however many revisions have them.  Times are microseconds since
// 1970 in UTC.
constexpr char kVersion1[] = R"sql(
CREATE TABLE rule_set (
  id     TEXT PRIMARY KEY,
  latest INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE revision (
  rule_set       TEXT NOT NULL REFERENCES rule_set (id),
  number         INTEGER NOT NULL,
  digest         TEXT NOT NULL,
  create_time    INTEGER NOT NULL,
  cause          INTEGER NOT NULL,
  author         TEXT NOT NULL,
  peer           TEXT NOT NULL,
  comment        TEXT NOT NULL,
  rolled_back_to INTEGER NOT NULL,
  PRIMARY KEY (rule_set, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE rule_change (
  rule_set       TEXT NOT NULL,
  number         INTEGER NOT NULL,
  rule           TEXT NOT NULL,
  kind           INTEGER NOT NULL,
  old_source     BLOB NOT NULL,
  new_source     BLOB NOT NULL,
  changed_fields TEXT NOT NULL,
  PRIMARY KEY (rule_set, number, rule),
  FOREIGN KEY (rule_set, number) REFERENCES revision (rule_set, number)
) STRICT;
CREATE INDEX rule_change_own ON rule_change (rule_set, rule, number) WHERE kind <> 4;

CREATE TABLE source_text (
  hash BLOB PRIMARY KEY,
  text BLOB NOT NULL
) STRICT;

CREATE TABLE revision_source (
  rule_set    TEXT NOT NULL,
  number      INTEGER NOT NULL,
  path        TEXT NOT NULL,
  api_managed INTEGER NOT NULL,
  language    TEXT NOT NULL,
  hash        BLOB NOT NULL REFERENCES source_text (hash),
  PRIMARY KEY (rule_set, number, path, api_managed),
  FOREIGN KEY (rule_set, number) REFERENCES revision (rule_set, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
  author      TEXT NOT NULL,
  id          TEXT NOT NULL,
  fingerprint BLOB NOT NULL,
  response    BLOB NOT NULL,
  create_time INTEGER NOT NULL,
  PRIMARY KEY (author, id)
) STRICT;
CREATE INDEX request_by_time ON request (create_time);
)sql";

// A source that many revisions have is one row: of revisions from `first` on and before `until`; or
// to the latest, where that is NULL.
constexpr char kVersion2[] = R"sql(
CREATE TABLE source_span (
  rule_set    TEXT NOT NULL,
  path        TEXT NOT NULL,
  api_managed INTEGER NOT NULL,
  first       INTEGER NOT NULL,
  until       INTEGER,
  language    TEXT NOT NULL,
  hash        BLOB NOT NULL REFERENCES source_text (hash),
  PRIMARY KEY (rule_set, path, api_managed, first),
  FOREIGN KEY (rule_set, first) REFERENCES revision (rule_set, number)
) STRICT, WITHOUT ROWID;

INSERT INTO source_span (rule_set, path, api_managed, first, until, language, hash)
SELECT rule_set, path, api_managed, min(number),
       nullif(max(number), (SELECT latest FROM rule_set WHERE id = run.rule_set)) + 1,
       language, hash
FROM (SELECT *, number - row_number() OVER (
        PARTITION BY rule_set, path, api_managed, language, hash ORDER BY number) AS place
      FROM revision_source) AS run
GROUP BY rule_set, path, api_managed, language, hash, place;

DROP TABLE revision_source;
)sql";

constexpr const char* kMigrations[] = {kVersion1, kVersion2};

}  // namespace

std::span<const char* const> SqliteMigrations() { return kMigrations; }

absl::Status CheckSqliteIdentity(SqliteConnection* connection, std::string_view path) {
  PQL_ASSIGN_OR_RETURN(const int64_t id, connection->ReadInt("PRAGMA application_id"));
  if (id == kApplicationId) return absl::OkStatus();
  PQL_ASSIGN_OR_RETURN(const int64_t tables,
                       connection->ReadInt("SELECT count(*) FROM sqlite_schema"));
  if (id == 0 && tables == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat("rule store ", path, ": it is a SQLite database of something else"));
}

absl::Status MigrateSqlite(SqliteConnection* connection, std::span<const char* const> migrations,
                           std::string_view path) {
  PQL_ASSIGN_OR_RETURN(const int64_t version, connection->ReadInt("PRAGMA user_version"));
  const auto newest = static_cast<int64_t>(migrations.size());
  if (version > newest) {
    return absl::FailedPreconditionError(StrCat("rule store ", path, ": it is of version ", version,
                                                ", this server knows versions up to ", newest,
                                                "; use a newer server"));
  }
  PQL_RETURN_IF_ERROR(CheckStoredVersion(version, path));
  for (int64_t step = version; step < newest; ++step) {
    PQL_ASSIGN_OR_RETURN(const auto transaction, SqliteTransaction::Begin(connection));
    PQL_RETURN_IF_ERROR(connection->Execute(migrations[static_cast<size_t>(step)]));
    const std::string mark =
        StrCat("PRAGMA application_id = ", kApplicationId, "; PRAGMA user_version = ", step + 1);
    PQL_RETURN_IF_ERROR(connection->Execute(mark.c_str()));
    PQL_RETURN_IF_ERROR(transaction->Commit());
  }
  return absl::OkStatus();
}

}  // namespace pql
