// The tables of the PostgreSQL rule store, and how a schema of an earlier version gets them.

#ifndef PQL_STORE_POSTGRES_SCHEMA_H_
#define PQL_STORE_POSTGRES_SCHEMA_H_

#include <span>
#include <string>

#include "absl/status/status.h"
#include "store/postgres_connection.h"

namespace pql {

// Step i brings a schema from version i to version i + 1; version 0 is none at all.  Steps are only
// ever added: one that was released is never changed.  Servers of the version before still run
// while a step is taken, so it only adds.
std::span<const char* const> PostgresMigrations();

// Brings the schema to version migrations.size(), all steps or none, one server at a time; makes
// it where there is none.  Without anything to do it needs no right but to read.
// FAILED_PRECONDITION: it is of a newer version.
absl::Status MigratePostgres(PostgresConnection* connection, const std::string& schema,
                             std::span<const char* const> migrations,
                             const std::string& description);

}  // namespace pql

#endif  // PQL_STORE_POSTGRES_SCHEMA_H_
