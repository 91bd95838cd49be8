// The readers behind OpenAccounts, one a format.  The arguments outlive the reader.

#ifndef PQL_ACCOUNTS_READERS_H_
#define PQL_ACCOUNTS_READERS_H_

#include <memory>

#include "absl/status/statusor.h"
#include "accounts/account_reader.h"
#include "accounts/input_chunks.h"

namespace pql {

// Reads the header row.
absl::StatusOr<std::unique_ptr<AccountReader>> OpenCsv(const CheckedRuleSet& rule_set,
                                                       std::unique_ptr<InputChunks> input,
                                                       const AccountReaderOptions& options);

std::unique_ptr<AccountReader> OpenJsonLines(const CheckedRuleSet& rule_set,
                                             std::unique_ptr<InputChunks> input,
                                             const AccountReaderOptions& options);

}  // namespace pql

#endif  // PQL_ACCOUNTS_READERS_H_
