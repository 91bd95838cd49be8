#include "store/sqlite_connection.h"

#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

// How long a statement waits for the lock of a program beside the server (a backup, a shell).
constexpr int kBusyMillis = 2'000;

// What the result code means for people; empty: SQLite's own words will do.
std::string_view Meaning(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "it is locked by another process";
    case SQLITE_FULL:
      return "the disk is full";
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return "it can't be written to (read-only file, directory or file system)";
    case SQLITE_CANTOPEN:
      return "it can't be opened or made: is its directory there, and may this user write to it?";
    case SQLITE_NOTADB:
      return "it is not a SQLite database, or corrupt";
    case SQLITE_CORRUPT:
      return "it is corrupt; restore it from a backup";
    default:
      return "";
  }
}

absl::StatusCode CodeOf(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_PROTOCOL:
      return absl::StatusCode::kUnavailable;
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return absl::StatusCode::kDataLoss;
    case SQLITE_TOOBIG:
      return absl::StatusCode::kInvalidArgument;
    default:
      return absl::StatusCode::kInternal;
  }
}

absl::Status MakeStatus(const std::string& path, int code, sqlite3* handle) {
  std::string text = StrCat("rule store ", path, ": ");
  const std::string_view meaning = Meaning(code);
  if (!meaning.empty()) StrAppend(&text, meaning, " (");
  StrAppend(&text, sqlite3_errstr(code));
  if (handle != nullptr && sqlite3_errcode(handle) == (code & 0xff)) {
    StrAppend(&text, ": ", ShownSqliteText(sqlite3_errmsg(handle)));
  }
  if (!meaning.empty()) text += ")";
  return absl::Status(CodeOf(code), text);
}

// Bound even when it is empty: a null pointer would be NULL.
const char* DataOf(std::string_view bytes) { return bytes.empty() ? "" : bytes.data(); }

}  // namespace

std::string ShownSqliteText(std::string_view text) {
  constexpr size_t kMaxBytes = 300;
  return EscapeUnprintable(text.substr(0, kMaxBytes));
}

SqliteQuery::SqliteQuery(SqliteConnection* connection, sqlite3_stmt* statement, absl::Status status)
    : connection_(connection), statement_(statement), status_(std::move(status)) {}

void SqliteQuery::Release::operator()(sqlite3_stmt* statement) const {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
}

void SqliteQuery::NoteBound(int code) {
  if (code != SQLITE_OK && status_.ok()) status_ = connection_->StatusOf(code);
}

void SqliteQuery::Bind(int index, int64_t value) {
  if (status_.ok()) NoteBound(sqlite3_bind_int64(statement_.get(), index, value));
}

void SqliteQuery::Bind(int index, std::string_view text) {
  if (!status_.ok()) return;
  NoteBound(sqlite3_bind_text64(statement_.get(), index, DataOf(text), text.size(),
                                SQLITE_TRANSIENT, SQLITE_UTF8));
}

void SqliteQuery::Bind(int index, SqliteBlob blob) {
  if (!status_.ok()) return;
  NoteBound(sqlite3_bind_blob64(statement_.get(), index, DataOf(blob.bytes), blob.bytes.size(),
                                SQLITE_TRANSIENT));
}

absl::StatusOr<bool> SqliteQuery::Next() {
  PQL_RETURN_IF_ERROR(status_);
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return status_ = connection_->StatusOf(code);
}

int64_t SqliteQuery::Int(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

std::string SqliteQuery::Text(int column) const {
  const void* data = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  if (data == nullptr) return "";
  return std::string(static_cast<const char*>(data), static_cast<size_t>(size));
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path) {
  sqlite3* handle = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX |
                    SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_PRIVATECACHE;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags, nullptr);
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(path, handle));
  if (code != SQLITE_OK) return MakeStatus(path, code, handle);
  sqlite3_busy_timeout(handle, kBusyMillis);
  // A file that was tampered with runs nothing and writes nothing but tables.
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return connection;
}

absl::Status SqliteConnection::StatusOf(int code) const {
  return MakeStatus(path_, code, handle_.get());
}

absl::Status SqliteConnection::Execute(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : StatusOf(code);
}

SqliteQuery SqliteConnection::Prepare(const char* sql) {
  const auto found = statements_.find(std::string_view(sql));
  if (found != statements_.end()) return {this, found->second.get(), absl::OkStatus()};
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v3(handle_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return {this, nullptr, StatusOf(code)};
  statements_[sql] = StatementPtr(statement);
  return {this, statement, absl::OkStatus()};
}

absl::StatusOr<int64_t> SqliteConnection::ReadInt(const char* sql) {
  SqliteQuery query = Query(sql);
  PQL_ASSIGN_OR_RETURN(const bool found, query.Next());
  if (!found) return absl::InternalError(StrCat("no row from: ", sql));
  return query.Int(0);
}

absl::StatusOr<std::unique_ptr<SqliteTransaction>> SqliteTransaction::Begin(
    SqliteConnection* connection) {
  PQL_RETURN_IF_ERROR(connection->Run("BEGIN IMMEDIATE"));
  return std::unique_ptr<SqliteTransaction>(new SqliteTransaction(connection));
}

SqliteTransaction::~SqliteTransaction() {
  // Some errors end the transaction by themselves.
  if (connection_->in_transaction()) (void)connection_->Run("ROLLBACK");
}

absl::Status SqliteTransaction::Commit() { return connection_->Run("COMMIT"); }

}  // namespace pql
