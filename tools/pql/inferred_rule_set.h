// A rule set without rules whose metrics are those of a file of accounts, for `pql eval --when`
// without RULESET.

#ifndef TOOLS_PQL_INFERRED_RULE_SET_H_
#define TOOLS_PQL_INFERRED_RULE_SET_H_

#include <memory>
#include <sstream>
#include <string>

#include "accounts/account_reader.h"
#include "ruleset/rule_set.h"
#include "tools/pql/console.h"

namespace pql {

// Reads `file` to its end, CSV, JSON Lines or one JSON object.  `-` is standard input, which is
// kept in `replay`, where the console then reads it once more.  Null after it has told why not:
// `*status` is then kFailure or kFindings.
std::shared_ptr<const RuleSet> InferRuleSet(const std::string& file,
                                            const AccountReaderOptions& options,
                                            std::istringstream* replay, Console* console,
                                            int* status);

}  // namespace pql

#endif  // TOOLS_PQL_INFERRED_RULE_SET_H_
