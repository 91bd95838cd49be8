// The accounts of a run.

#ifndef TOOLS_PQL_LOAD_ACCOUNT_SOURCE_H_
#define TOOLS_PQL_LOAD_ACCOUNT_SOURCE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pql/v1/account.pb.h"
#include "tools/pql/remote/connection.h"

namespace pql {

// `source`: "serve" has the workload of that name; "generated" makes up values for the metrics that
// the server says the rule set has; all else is a CSV or JSON Lines file, whose first 10,000
// accounts are taken.  `rule_set` as in `slack`.
absl::StatusOr<std::vector<v1::Account>> ReadAccountsForLoad(const std::string& source,
                                                             const std::string& rule_set,
                                                             const Connection& connection);

}  // namespace pql

#endif  // TOOLS_PQL_LOAD_ACCOUNT_SOURCE_H_
