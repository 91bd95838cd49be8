// The tables of the SQLite rule store, and how a file of an earlier version gets them.

#ifndef PQL_STORE_SQLITE_SCHEMA_H_
#define PQL_STORE_SQLITE_SCHEMA_H_

#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "store/sqlite_connection.h"

namespace pql {

// Step i brings a database from version i to version i + 1; version 0 is an empty file.  Steps are
// only ever added: one that was released is never changed.
std::span<const char* const> SqliteMigrations();

// FAILED_PRECONDITION: it is a database of something else.  Writes nothing.
absl::Status CheckSqliteIdentity(SqliteConnection* connection, std::string_view path);

// Brings the database to version migrations.size(), each step whole or not at all.
// FAILED_PRECONDITION: it is of a newer version.
absl::Status MigrateSqlite(SqliteConnection* connection, std::span<const char* const> migrations,
                           std::string_view path);

}  // namespace pql

#endif  // PQL_STORE_SQLITE_SCHEMA_H_
