// A thin hold on SQLite: handles that close themselves, statements that are prepared once, result
// codes as statuses that name the file.
//
// Not thread-safe: whoever owns a connection makes its calls one at a time.

#ifndef PQL_STORE_SQLITE_CONNECTION_H_
#define PQL_STORE_SQLITE_CONNECTION_H_

#include <sqlite3.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pql {

// What SQLite says, which may quote the file: fit to be shown.
std::string ShownSqliteText(std::string_view text);

// A parameter that is bytes, not text.
struct SqliteBlob {
  std::string_view bytes;
};

class SqliteConnection;

// One run of a prepared statement.  It holds the statement until it is destroyed: the same one is
// not run twice at once.
class SqliteQuery {
 public:
  // True: there is a row, read it with the functions below.  False: that was all.
  absl::StatusOr<bool> Next();

  // Columns from 0.  REQUIRES: Next was true.
  int64_t Int(int column) const;
  std::string Text(int column) const;  // a text or bytes

 private:
  friend class SqliteConnection;
  SqliteQuery(SqliteConnection* connection, sqlite3_stmt* statement, absl::Status status);

  void Bind(int index, int64_t value);
  void Bind(int index, std::string_view text);
  void Bind(int index, SqliteBlob blob);
  void NoteBound(int code);

  struct Release {
    void operator()(sqlite3_stmt* statement) const;
  };

  SqliteConnection* connection_;
  std::unique_ptr<sqlite3_stmt, Release> statement_;  // null when `status_` is an error
  absl::Status status_;
};

class SqliteConnection {
 public:
  // Makes the file if it is not there.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path);
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Statements without parameters and results, one after the other.
  absl::Status Execute(const char* sql);

  // `sql` is one statement: it is prepared when it is first seen and then kept.
  // `values` are its parameters in order: integers, texts (std::string_view), SqliteBlob.
  template <typename... Values>
  SqliteQuery Query(const char* sql, const Values&... values) {
    SqliteQuery query = Prepare(sql);
    [[maybe_unused]] int index = 0;
    (query.Bind(++index, AsParameter(values)), ...);
    return query;
  }
  // The same to its end, for a statement without results.
  template <typename... Values>
  absl::Status Run(const char* sql, const Values&... values) {
    SqliteQuery query = Query(sql, values...);
    return query.Next().status();
  }
  // The one integer that the statement returns.
  absl::StatusOr<int64_t> ReadInt(const char* sql);

  bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

 private:
  friend class SqliteQuery;
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  using StatementPtr = std::unique_ptr<sqlite3_stmt, Finalize>;

  template <typename Value>
  static auto AsParameter(const Value& value) {
    if constexpr (std::is_integral_v<Value>) {
      return static_cast<int64_t>(value);
    } else if constexpr (std::is_same_v<Value, SqliteBlob>) {
      return value;
    } else {
      return std::string_view{value};
    }
  }

  SqliteConnection(std::string path, sqlite3* handle) : path_(std::move(path)), handle_(handle) {}
  SqliteQuery Prepare(const char* sql);
  absl::Status StatusOf(int code) const;

  const std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
  std::map<std::string, StatementPtr, std::less<>>
      statements_;  // by their text; closed before handle_
};

// A transaction that is rolled back unless it was committed.
class SqliteTransaction {
 public:
  // Takes the write lock at once, so that what is read in it stays true until it ends.
  static absl::StatusOr<std::unique_ptr<SqliteTransaction>> Begin(SqliteConnection* connection);
  ~SqliteTransaction();
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;

  absl::Status Commit();

 private:
  explicit SqliteTransaction(SqliteConnection* connection) : connection_(connection) {}
  SqliteConnection* const connection_;
};

}  // namespace pql

#endif  // PQL_STORE_SQLITE_CONNECTION_H_
