#include "store/postgres_connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"

namespace pql {
namespace {

// Types of pg_type.dat, which never change.
constexpr Oid kBytea = 17;
constexpr Oid kInt8 = 20;
constexpr Oid kText = 25;
constexpr Oid kByteaArray = 1001;
constexpr Oid kTextArray = 1009;
constexpr Oid kInt8Array = 1016;
constexpr Oid kTimestamptz = 1184;

// PostgreSQL counts from 2000-01-01.
constexpr int64_t kPostgresEpochMicros = 946'684'800'000'000;

// How much longer than the server the client waits: the server's own answer says more.
constexpr std::chrono::milliseconds kSlack{500};

constexpr int kBinary = 1;

// Big-endian, as on the wire.
std::string Int64Bytes(int64_t value) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) {
    bytes[i] = static_cast<char>(static_cast<uint64_t>(value) >> (56 - 8 * i));
  }
  return bytes;
}

void AppendInt32(uint32_t value, std::string* out) {
  for (int shift = 24; shift >= 0; shift -= 8) *out += static_cast<char>(value >> shift);
}

int64_t Int64Of(const char* bytes) {
  uint64_t value = 0;
  for (int i = 0; i < 8; ++i) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return static_cast<int64_t>(value);
}

// What an SQLSTATE means for the caller of a store.
absl::StatusCode CodeOf(std::string_view state) {
  const std::string_view category = state.substr(0, 2);
  if (category == "XX") {
    return state == "XX001" || state == "XX002" ? absl::StatusCode::kDataLoss
                                                : absl::StatusCode::kInternal;
  }
  // Connection, authorisation, database or rights missing, read-only, serialisation and deadlock,
  // resources, limits, operator intervention (shutdown, cancel), system errors.
  for (const std::string_view temporary :
       {"08", "0L", "28", "3D", "25", "40", "42501", "53", "55", "57", "58"}) {
    if (state.starts_with(temporary)) return absl::StatusCode::kUnavailable;
  }
  return absl::StatusCode::kInternal;
}

bool MayRetry(std::string_view state) {
  return state == "40001" || state == "40P01" || state == "23505";
}

}  // namespace

void PostgresParameters::Add(std::string_view text) {
  types_.push_back(kText);
  values_.emplace_back(text);
}

void PostgresParameters::Add(PostgresBytes bytes) {
  types_.push_back(kBytea);
  values_.emplace_back(bytes.bytes);
}

void PostgresParameters::Add(int64_t value) {
  types_.push_back(kInt8);
  values_.push_back(Int64Bytes(value));
}

void PostgresParameters::Add(absl::Time time) {
  types_.push_back(kTimestamptz);
  values_.push_back(Int64Bytes(absl::ToUnixMicros(time) - kPostgresEpochMicros));
}

void PostgresParameters::AddArray(Oid array, Oid element,
                                  const std::vector<std::string_view>& values) {
  std::string bytes;
  AppendInt32(values.empty() ? 0 : 1, &bytes);  // dimensions
  AppendInt32(0, &bytes);                       // no NULL among them
  AppendInt32(element, &bytes);
  if (!values.empty()) {
    AppendInt32(static_cast<uint32_t>(values.size()), &bytes);
    AppendInt32(1, &bytes);  // index of the first
  }
  for (const std::string_view value : values) {
    AppendInt32(static_cast<uint32_t>(value.size()), &bytes);
    bytes += value;
  }
  types_.push_back(array);
  values_.push_back(std::move(bytes));
}

void PostgresParameters::Add(const std::vector<std::string_view>& texts) {
  AddArray(kTextArray, kText, texts);
}

void PostgresParameters::Add(const std::vector<PostgresBytes>& values) {
  std::vector<std::string_view> parts;
  parts.reserve(values.size());
  for (const PostgresBytes& value : values) parts.push_back(value.bytes);
  AddArray(kByteaArray, kBytea, parts);
}

void PostgresParameters::Add(const std::vector<int64_t>& values) {
  std::vector<std::string> bytes;
  bytes.reserve(values.size());
  for (const int64_t value : values) bytes.push_back(Int64Bytes(value));
  AddArray(kInt8Array, kInt8, {bytes.begin(), bytes.end()});
}

int64_t PostgresResult::Int(int row, int column) const {
  return PQgetlength(result_.get(), row, column) == 8
             ? Int64Of(PQgetvalue(result_.get(), row, column))
             : 0;
}

absl::Time PostgresResult::Time(int row, int column) const {
  // Infinities are the first and the last number.
  return absl::FromUnixMicros(kPostgresEpochMicros) + absl::Microseconds(Int(row, column));
}

std::string PostgresResult::Text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<size_t>(PQgetlength(result_.get(), row, column))};
}

absl::StatusOr<std::unique_ptr<PostgresConnection>> PostgresConnection::Connect(
    const PostgresTarget& target, const PostgresSettings& settings) {
  const std::string connect_timeout = StrCat(absl::ToInt64Seconds(settings.connect_timeout));
  const std::string user_timeout = StrCat(absl::ToInt64Milliseconds(settings.statement_timeout));
  // In front of `dbname`, the connection string: what it says itself counts.
  const std::array<const char*, 8> keywords = {
      "fallback_application_name", "connect_timeout",      "tcp_user_timeout", "keepalives_idle",
      "client_encoding",           "target_session_attrs", "dbname",           nullptr};
  const std::array<const char*, 8> values = {"pqld",
                                             connect_timeout.c_str(),
                                             user_timeout.c_str(),
                                             "10",
                                             "UTF8",
                                             "read-write",
                                             target.conninfo().c_str(),
                                             nullptr};
  PGconn* handle = PQconnectdbParams(keywords.data(), values.data(), /*expand_dbname=*/1);
  std::unique_ptr<PostgresConnection> connection(new PostgresConnection(target, settings, handle));
  if (PQstatus(handle) != CONNECTION_OK) return connection->Broken(PQerrorMessage(handle));
  PQsetNoticeProcessor(
      handle, [](void*, const char*) {}, nullptr);
  PQsetnonblocking(handle, 1);
  PQL_RETURN_IF_ERROR(connection->SetUp());
  return connection;
}

absl::Status PostgresConnection::SetUp() {
  const char* encoding = PQparameterStatus(connection_.get(), "server_encoding");
  if (encoding == nullptr || std::string_view(encoding) != "UTF8") {
    return absl::FailedPreconditionError(
        StrCat("rule store ", target_.description(), ": the encoding of the database is ",
               encoding == nullptr ? "unknown" : encoding,
               ", it must be UTF8 (CREATE DATABASE ... ENCODING 'UTF8')"));
  }
  const int64_t timeout = absl::ToInt64Milliseconds(settings_.statement_timeout);
  // A server that hangs in the middle of a change does not hold up the others for ever; plans are
  // made for the tables as they are, which grow from nothing; a commit that is acknowledged is
  // durable whatever the database's default.
  return Execute(StrCat("SET search_path TO ", Quoted(settings_.schema),
                        "; SET statement_timeout TO ", timeout,
                        "; SET idle_in_transaction_session_timeout TO ", timeout,
                        "; SET plan_cache_mode TO force_custom_plan"
                        "; SELECT set_config('synchronous_commit', 'on', false)"
                        " WHERE current_setting('synchronous_commit') = 'off'"));
}

std::string PostgresConnection::Quoted(std::string_view name) const {
  char* quoted = PQescapeIdentifier(connection_.get(), name.data(), name.size());
  std::string text = quoted == nullptr ? "" : quoted;
  PQfreemem(quoted);
  return text;
}

absl::Status PostgresConnection::Broken(std::string_view why) {
  broken_ = true;
  return absl::UnavailableError(
      StrCat("rule store ", target_.description(), ": ", target_.Redact(why)));
}

absl::Status PostgresConnection::StatusOf(const PGresult* result) {
  switch (PQresultStatus(result)) {
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
    case PGRES_EMPTY_QUERY:
      return absl::OkStatus();
    default:
      break;
  }
  const char* field = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  if (PQstatus(connection_.get()) != CONNECTION_OK || field == nullptr) {
    return Broken(message != nullptr ? message : PQerrorMessage(connection_.get()));
  }
  const std::string_view state = field;
  // The server ends the connection with these, whether we have seen it do so or not.
  if (state.starts_with("57P") || state == "25P03") broken_ = true;
  may_retry_ = MayRetry(state);
  return absl::Status(CodeOf(state), StrCat("rule store ", target_.description(), ": ",
                                            target_.Redact(message), " (SQLSTATE ", state, ")"));
}

absl::Status PostgresConnection::Wait(bool for_write, SteadyTime deadline) {
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd fd = {PQsocket(connection_.get()), POLLIN, 0};
    if (for_write) fd.events |= POLLOUT;
    const int ready = ::poll(&fd, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (ready > 0) return absl::OkStatus();
    if (ready < 0 && errno != EINTR) return Broken(std::strerror(errno));
    if (ready == 0) {
      return Broken(StrCat("no answer from the database within ",
                           absl::FormatDuration(settings_.statement_timeout)));
    }
  }
}

absl::Status PostgresConnection::Flush(SteadyTime deadline) {
  while (true) {
    const int left = PQflush(connection_.get());
    if (left == 0) return absl::OkStatus();
    if (left < 0) return Broken(PQerrorMessage(connection_.get()));
    PQL_RETURN_IF_ERROR(Wait(/*for_write=*/true, deadline));
    // The server may have to get rid of what it says before it takes more.
    if (PQconsumeInput(connection_.get()) == 0) return Broken(PQerrorMessage(connection_.get()));
  }
}

absl::Status PostgresConnection::AwaitResult(SteadyTime deadline) {
  while (PQisBusy(connection_.get()) != 0) {
    PQL_RETURN_IF_ERROR(Wait(/*for_write=*/false, deadline));
    if (PQconsumeInput(connection_.get()) == 0) return Broken(PQerrorMessage(connection_.get()));
  }
  return absl::OkStatus();
}

absl::StatusOr<PostgresResult> PostgresConnection::Receive() {
  const SteadyTime deadline = std::chrono::steady_clock::now() +
                              absl::ToChronoMilliseconds(settings_.statement_timeout) + kSlack;
  PQL_RETURN_IF_ERROR(Flush(deadline));
  absl::Status status;
  PostgresResult last(nullptr);
  while (true) {
    PQL_RETURN_IF_ERROR(AwaitResult(deadline));
    PGresult* result = PQgetResult(connection_.get());
    if (result == nullptr) break;
    last = PostgresResult(result);
    if (status.ok()) status = StatusOf(result);
  }
  PQL_RETURN_IF_ERROR(status);
  return last;
}

absl::StatusOr<std::string> PostgresConnection::Prepare(const char* sql,
                                                        const PostgresParameters& parameters) {
  const auto found = prepared_.find(std::string_view(sql));
  if (found != prepared_.end()) return found->second;
  std::string name = StrCat("pql", prepared_.size());
  if (PQsendPrepare(connection_.get(), name.c_str(), sql,
                    static_cast<int>(parameters.types_.size()), parameters.types_.data()) == 0) {
    return Broken(PQerrorMessage(connection_.get()));
  }
  PQL_RETURN_IF_ERROR(Receive().status());
  prepared_[sql] = name;
  return name;
}

absl::StatusOr<PostgresResult> PostgresConnection::Query(const char* sql,
                                                         const PostgresParameters& parameters) {
  may_retry_ = false;
  PQL_ASSIGN_OR_RETURN(const std::string name, Prepare(sql, parameters));
  const size_t count = parameters.values_.size();
  std::vector<const char*> values;
  std::vector<int> lengths;
  for (const std::string& value : parameters.values_) {
    values.push_back(value.data());
    lengths.push_back(static_cast<int>(value.size()));
  }
  const std::vector<int> formats(count, kBinary);
  if (PQsendQueryPrepared(connection_.get(), name.c_str(), static_cast<int>(count), values.data(),
                          lengths.data(), formats.data(), kBinary) == 0) {
    return Broken(PQerrorMessage(connection_.get()));
  }
  return Receive();
}

absl::Status PostgresConnection::Execute(const std::string& sql) {
  may_retry_ = false;
  if (PQsendQuery(connection_.get(), sql.c_str()) == 0) {
    return Broken(PQerrorMessage(connection_.get()));
  }
  return Receive().status();
}

void PostgresConnection::RollBack() {
  const bool may_retry = may_retry_;
  // What can't be rolled back is of no further use.
  if (!Query("ROLLBACK").ok()) broken_ = true;
  may_retry_ = may_retry;
}

absl::StatusOr<bool> PostgresConnection::WaitForNotification(absl::Duration timeout, int wake_fd) {
  const auto take_all = [this] {
    bool any = false;
    while (PGnotify* notification = PQnotifies(connection_.get())) {
      PQfreemem(notification);
      any = true;
    }
    return any;
  };
  // Some may have come with the answer to a statement.
  if (take_all()) return true;
  std::array<pollfd, 2> fds = {{{PQsocket(connection_.get()), POLLIN, 0}, {wake_fd, POLLIN, 0}}};
  const int millis = static_cast<int>(absl::ToInt64Milliseconds(timeout));
  if (::poll(fds.data(), fds.size(), millis) < 0 && errno != EINTR) {
    return Broken(std::strerror(errno));
  }
  if (PQconsumeInput(connection_.get()) == 0) return Broken(PQerrorMessage(connection_.get()));
  return take_all();
}

absl::StatusOr<std::unique_ptr<PostgresTransaction>> PostgresTransaction::Begin(
    PostgresConnection* connection) {
  PQL_RETURN_IF_ERROR(connection->Query("BEGIN ISOLATION LEVEL READ COMMITTED").status());
  return std::unique_ptr<PostgresTransaction>(new PostgresTransaction(connection));
}

PostgresTransaction::~PostgresTransaction() {
  if (!ended_ && !connection_->broken()) connection_->RollBack();
}

absl::Status PostgresTransaction::Commit() {
  ended_ = true;
  return connection_->Query("COMMIT").status();
}

}  // namespace pql
