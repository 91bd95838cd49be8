// Where the database is: a connection string of libpq, and the same without its password for
// people.  Thread-safe: immutable.

#ifndef PQL_STORE_POSTGRES_TARGET_H_
#define PQL_STORE_POSTGRES_TARGET_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace pql {

class PostgresTarget {
 public:
  // Key-value pairs or a URL.  INVALID_ARGUMENT: malformed; nothing of it is in the message.
  static absl::StatusOr<PostgresTarget> Parse(std::string_view conninfo);

  // As given, secrets included.
  const std::string& conninfo() const { return conninfo_; }
  // "postgres:host=db port=5432 dbname=pql user=pqld": only what was given, and no secret.
  const std::string& description() const { return description_; }
  // A text of libpq or the server, in one line, with the secrets covered up.
  std::string Redact(std::string_view message) const;

 private:
  std::string conninfo_;
  std::string description_;
  std::vector<std::string> secrets_;
};

}  // namespace pql

#endif  // PQL_STORE_POSTGRES_TARGET_H_
