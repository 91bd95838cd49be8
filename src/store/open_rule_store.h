// From the text of --store to a rule store.  Thread-safe: no state.

#ifndef PQL_STORE_OPEN_RULE_STORE_H_
#define PQL_STORE_OPEN_RULE_STORE_H_

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "store/rule_store.h"

namespace pql {

struct StoreOptions {
  // How long answers to requests are remembered, at least.
  absl::Duration request_retention = absl::Hours(25);

  // The rest is of PostgreSQL.

  // How often the database is asked whether it has news: the safety net below its notifications,
  // and how soon a lost connection is noticed and made again.
  absl::Duration poll_interval = absl::Milliseconds(500);
  // How long making a connection may take.  At least 2 s, counted in whole seconds.
  absl::Duration connect_timeout = absl::Seconds(5);
  // How long a statement may take, waiting for another writer of the rule set included, and how
  // long sent data may stay unacknowledged before the connection counts as broken.  A call makes
  // some ten statements at most, and gives up with the first one that fails.
  absl::Duration statement_timeout = absl::Seconds(10);
  // After a failed connection attempt, calls fail at once for so long, doubled with each further
  // failure up to the poll interval.
  absl::Duration reconnect_backoff = absl::Milliseconds(100);
  // Where the tables are; made if it is not there.
  std::string schema = "pql";
};

// `spec` is one of
//   memory             nothing outlives the process
//   sqlite:PATH        a file, made if it is not there; one process at a time has it open
//   postgres:CONNINFO  a connection string or URL of libpq: "postgres:host=db dbname=pql",
//                      "postgres://pql@db/pql"; environment variables (PGPASSWORD) and a password
//                      file count as for any client
// `clock` outlives the store.
//
// INVALID_ARGUMENT: no such kind of store, or malformed; FAILED_PRECONDITION: in use by another
// process, of a newer version, or no rule store at all; DATA_LOSS: corrupt; UNAVAILABLE: can't be
// opened, or can't be reached.
absl::StatusOr<std::unique_ptr<RuleStore>> OpenRuleStore(std::string_view spec, const Clock* clock,
                                                         const StoreOptions& options = {});

}  // namespace pql

#endif  // PQL_STORE_OPEN_RULE_STORE_H_
