// Who enters and who leaves: the accounts of a file, evaluated by two versions of a rule set.

#ifndef TOOLS_PQL_DIFF_ACCOUNTS_H_
#define TOOLS_PQL_DIFF_ACCOUNTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "accounts/account_reader.h"
#include "ruleset/rule_set.h"
#include "tools/pql/console.h"

namespace pql {

struct AccountShift {
  std::vector<std::string> enters;  // ids, in the order of the file
  std::vector<std::string> leaves;
};

struct AccountComparison {
  uint64_t accounts = 0;
  std::map<std::string, AccountShift> rules;  // by name: those that some account enters or leaves
};

// Evaluates every account of the file (`-`: standard input) with both.  A rule that one version
// does not have, or has as a draft, is one that nobody qualifies for there.  Fails as an
// AccountReader does.
absl::StatusOr<AccountComparison> CompareAccounts(const RuleSet& before, const RuleSet& after,
                                                  const std::string& file,
                                                  const AccountReaderOptions& options,
                                                  Timestamp now, Console* console);

}  // namespace pql

#endif  // TOOLS_PQL_DIFF_ACCOUNTS_H_
