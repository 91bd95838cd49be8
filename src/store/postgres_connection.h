// A thin hold on libpq: connections that close themselves, statements that are prepared once for
// each connection, parameters and results in the binary format, and a deadline on every wait.
//
// Not thread-safe: whoever owns a connection makes its calls one at a time.

#ifndef PQL_STORE_POSTGRES_CONNECTION_H_
#define PQL_STORE_POSTGRES_CONNECTION_H_

#include <libpq-fe.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "store/postgres_target.h"

namespace pql {

// A parameter that is bytes, not text.
struct PostgresBytes {
  std::string_view bytes;
};

// The channel on which a store says that it committed.
inline constexpr char kPostgresChannel[] = "pql_revision";

// The parameters of a statement, $1 first.
class PostgresParameters {
 public:
  PostgresParameters() = default;
  template <typename... Values>
  explicit PostgresParameters(const Values&... values) {
    (Add(values), ...);
  }

  void Add(std::string_view text);
  void Add(PostgresBytes bytes);
  void Add(int64_t value);    // bigint
  void Add(absl::Time time);  // timestamptz; within the years 1 to 9999
  // Arrays: text[], bytea[], bigint[].
  void Add(const std::vector<std::string_view>& texts);
  void Add(const std::vector<PostgresBytes>& values);
  void Add(const std::vector<int64_t>& values);

 private:
  friend class PostgresConnection;
  void AddArray(Oid array, Oid element, const std::vector<std::string_view>& values);
  std::vector<Oid> types_;
  std::vector<std::string> values_;
};

class PostgresResult {
 public:
  explicit PostgresResult(PGresult* result) : result_(result) {}

  int rows() const { return PQntuples(result_.get()); }
  // REQUIRES: a bigint.
  int64_t Int(int row, int column) const;
  // REQUIRES: a timestamptz.
  absl::Time Time(int row, int column) const;
  // A text or bytes; empty for NULL.
  std::string Text(int row, int column) const;

 private:
  struct Clear {
    void operator()(PGresult* result) const { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

struct PostgresSettings {
  absl::Duration connect_timeout;    // of each address that the target names
  absl::Duration statement_timeout;  // of each statement
  std::string schema;                // where tables are looked for
};

class PostgresConnection {
 public:
  // UNAVAILABLE: no server that takes writes answers, or it turns us away; FAILED_PRECONDITION: the
  // database's encoding is not UTF-8.
  static absl::StatusOr<std::unique_ptr<PostgresConnection>> Connect(
      const PostgresTarget& target, const PostgresSettings& settings);
  PostgresConnection(const PostgresConnection&) = delete;
  PostgresConnection& operator=(const PostgresConnection&) = delete;

  // Runs one statement, prepared when it is first seen.  Errors: see StatusOf in the
  // source; afterwards broken() tells whether the connection is of any further use.
  absl::StatusOr<PostgresResult> Query(const char* sql, const PostgresParameters& parameters = {});
  // Statements without parameters and results.
  absl::Status Execute(const std::string& sql);
  // Ends the transaction without a trace; leaves may_retry() as it is.
  void RollBack();
  // As a name in a statement, in quotes.
  std::string Quoted(std::string_view name) const;

  bool broken() const { return broken_; }
  // The last failure is one that the same transaction need not meet again: a deadlock, a row that
  // another transaction inserted first.
  bool may_retry() const { return may_retry_; }

  // Of LISTEN: whether a notification came, waiting for one until `timeout` or until `wake_fd` is
  // readable.  UNAVAILABLE: the connection broke.
  absl::StatusOr<bool> WaitForNotification(absl::Duration timeout, int wake_fd);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  struct Finish {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  PostgresConnection(const PostgresTarget& target, const PostgresSettings& settings,
                     PGconn* connection)
      : target_(target), settings_(settings), connection_(connection) {}
  absl::Status SetUp();
  // The name that the statement has in this connection.
  absl::StatusOr<std::string> Prepare(const char* sql, const PostgresParameters& parameters);
  // The result of what was sent.
  absl::StatusOr<PostgresResult> Receive();
  absl::Status Flush(SteadyTime deadline);
  absl::Status AwaitResult(SteadyTime deadline);
  // `for_write`: for that as well as for reading.
  absl::Status Wait(bool for_write, SteadyTime deadline);
  absl::Status Broken(std::string_view why);
  absl::Status StatusOf(const PGresult* result);

  const PostgresTarget target_;
  const PostgresSettings settings_;
  const std::unique_ptr<PGconn, Finish> connection_;
  std::map<std::string, std::string, std::less<>> prepared_;  // their names, by their text
  bool broken_ = false;
  bool may_retry_ = false;
};

// A transaction that is rolled back unless it was committed.
class PostgresTransaction {
 public:
  static absl::StatusOr<std::unique_ptr<PostgresTransaction>> Begin(PostgresConnection* connection);
  ~PostgresTransaction();
  PostgresTransaction(const PostgresTransaction&) = delete;
  PostgresTransaction& operator=(const PostgresTransaction&) = delete;

  absl::Status Commit();

 private:
  explicit PostgresTransaction(PostgresConnection* connection) : connection_(connection) {}
  PostgresConnection* const connection_;
  bool ended_ = false;
};

}  // namespace pql

#endif  // PQL_STORE_POSTGRES_CONNECTION_H_
