// One account from a file, for the commands that evaluate offline.

#ifndef TOOLS_PQL_ACCOUNT_INPUT_H_
#define TOOLS_PQL_ACCOUNT_INPUT_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "accounts/account_reader.h"
#include "language/checked_rule_set.h"
#include "tools/pql/console.h"

namespace pql {

// Reads the JSON object of metrics in a file, or in standard input for `-`.  The error names the
// file.  Metrics that are not declared are added to `unknown`.
absl::StatusOr<AccountRow> ReadAccount(const CheckedRuleSet& rule_set, const std::string& file,
                                       const AccountReaderOptions& options, Console* console,
                                       std::vector<std::string>* unknown);

// A typo in the name of a metric must not pass in silence.
void NoteUnknownMetrics(const CheckedRuleSet& rule_set, const std::string& rule_set_id,
                        const std::vector<std::string>& names, Console* console);

// The time of `--at`; the clock's when it was not given.  Nothing after it has told what is wrong.
std::optional<Timestamp> EvaluationTime(const std::string& at, Console* console);

}  // namespace pql

#endif  // TOOLS_PQL_ACCOUNT_INPUT_H_
