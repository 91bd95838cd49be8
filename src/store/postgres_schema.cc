#include "store/postgres_schema.h"

#include <cstdint>

#include "base/status_macros.h"
#include "base/strings.h"
#include "store/revision_rules.h"

namespace pql {
namespace {

// Of pg_advisory_xact_lock: "pqlrules", any number that no other program is likely to take.
constexpr int64_t kMigrationLock = 0x70716c72756c6573;

// Texts of sources are kept once, however many revisions have them.  COLLATE "C": bytewise order,
// whatever the database's own.
constexpr char kVersion1[] = R"sql(
CREATE TABLE rule_set (
  id     text COLLATE "C" PRIMARY KEY,
  latest bigint NOT NULL
);
COMMENT ON TABLE rule_set IS 'the latest revision of each rule set; its row is locked by a commit';

CREATE TABLE revision (
  rule_set       text COLLATE "C" NOT NULL REFERENCES rule_set (id),
  number         bigint NOT NULL,
  digest         text NOT NULL,
  create_time    timestamptz NOT NULL,
  cause          bigint NOT NULL,
  author         text NOT NULL,
  peer           text NOT NULL,
  comment        text NOT NULL,
  rolled_back_to bigint NOT NULL,
  PRIMARY KEY (rule_set, number)
);
COMMENT ON COLUMN revision.cause IS '1 files, 2 rule change, 3 apply, 4 rollback';

CREATE TABLE rule_change (
  rule_set       text COLLATE "C" NOT NULL,
  number         bigint NOT NULL,
  rule           text COLLATE "C" NOT NULL,
  kind           bigint NOT NULL,
  old_source     bytea NOT NULL,
  new_source     bytea NOT NULL,
  changed_fields text NOT NULL,
  PRIMARY KEY (rule_set, number, rule),
  FOREIGN KEY (rule_set, number) REFERENCES revision (rule_set, number)
);
COMMENT ON COLUMN rule_change.kind IS '1 added, 2 removed, 3 modified, 4 what it depends on was';
CREATE INDEX rule_change_own ON rule_change (rule_set, rule, number) WHERE kind <> 4;

CREATE TABLE source_text (
  hash bytea PRIMARY KEY,
  text bytea NOT NULL
);
COMMENT ON COLUMN source_text.hash IS 'SHA-256 of the text';

CREATE TABLE revision_source (
  rule_set    text COLLATE "C" NOT NULL,
  number      bigint NOT NULL,
  path        text COLLATE "C" NOT NULL,
  api_managed boolean NOT NULL,
  language    text NOT NULL,
  hash        bytea NOT NULL REFERENCES source_text (hash),
  PRIMARY KEY (rule_set, number, path, api_managed),
  FOREIGN KEY (rule_set, number) REFERENCES revision (rule_set, number)
);

CREATE TABLE request (
  author      text COLLATE "C" NOT NULL,
  id          text COLLATE "C" NOT NULL,
  fingerprint bytea NOT NULL,
  response    bytea NOT NULL,
  create_time timestamptz NOT NULL,
  PRIMARY KEY (author, id)
);
CREATE INDEX request_by_time ON request (create_time);
)sql";

constexpr char kVersion2[] = R"sql(
CREATE TABLE source_span (
  rule_set    text COLLATE "C" NOT NULL,
  path        text COLLATE "C" NOT NULL,
  api_managed boolean NOT NULL,
  first       bigint NOT NULL,
  until       bigint,
  language    text NOT NULL,
  hash        bytea NOT NULL REFERENCES source_text (hash),
  PRIMARY KEY (rule_set, path, api_managed, first),
  FOREIGN KEY (rule_set, first) REFERENCES revision (rule_set, number)
);
COMMENT ON TABLE source_span IS
  'a source of the revisions from `first` on and before `until`, or to the latest';

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

absl::StatusOr<int64_t> ReadVersion(PostgresConnection* connection, const std::string& schema) {
  PQL_ASSIGN_OR_RETURN(const PostgresResult table,
                       connection->Query("SELECT 1 FROM pg_catalog.pg_tables"
                                         " WHERE schemaname = $1 AND tablename = 'schema_version'",
                                         PostgresParameters(schema)));
  if (table.rows() == 0) return 0;
  PQL_ASSIGN_OR_RETURN(const PostgresResult version,
                       connection->Query("SELECT version FROM schema_version"));
  return version.rows() == 0 ? 0 : version.Int(0, 0);
}

absl::Status CheckVersion(int64_t version, int64_t newest, const std::string& description) {
  if (version <= newest) return CheckStoredVersion(version, description);
  return absl::FailedPreconditionError(StrCat("rule store ", description, ": it is of version ",
                                              version, ", this server knows versions up to ",
                                              newest, "; use a newer server"));
}

}  // namespace

std::span<const char* const> PostgresMigrations() { return kMigrations; }

absl::Status MigratePostgres(PostgresConnection* connection, const std::string& schema,
                             std::span<const char* const> migrations,
                             const std::string& description) {
  const auto newest = static_cast<int64_t>(migrations.size());
  PQL_ASSIGN_OR_RETURN(int64_t version, ReadVersion(connection, schema));
  if (version == newest) return absl::OkStatus();
  PQL_RETURN_IF_ERROR(CheckVersion(version, newest, description));

  PQL_ASSIGN_OR_RETURN(const auto transaction, PostgresTransaction::Begin(connection));
  PQL_RETURN_IF_ERROR(
      connection->Query("SELECT pg_advisory_xact_lock($1)", PostgresParameters(kMigrationLock))
          .status());
  PQL_RETURN_IF_ERROR(connection->Execute(
      StrCat("CREATE SCHEMA IF NOT EXISTS ", connection->Quoted(schema),
             "; CREATE TABLE IF NOT EXISTS schema_version (version bigint NOT NULL)")));
  // Another server may have been faster.
  PQL_ASSIGN_OR_RETURN(version, ReadVersion(connection, schema));
  PQL_RETURN_IF_ERROR(CheckVersion(version, newest, description));
  for (int64_t step = version; step < newest; ++step) {
    PQL_RETURN_IF_ERROR(connection->Execute(migrations[static_cast<size_t>(step)]));
  }
  PQL_RETURN_IF_ERROR(connection->Execute(
      StrCat("DELETE FROM schema_version; INSERT INTO schema_version VALUES (", newest, ")")));
  return transaction->Commit();
}

}  // namespace pql
