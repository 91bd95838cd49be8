// What `pql diff` prints.  Pure functions; thread-safe.

#ifndef TOOLS_PQL_DIFF_REPORT_H_
#define TOOLS_PQL_DIFF_REPORT_H_

#include <optional>
#include <string>
#include <vector>

#include "lint/rule_comparison.h"
#include "tools/pql/console.h"
#include "tools/pql/diff_accounts.h"
#include "tools/pql/json_text.h"

namespace pql {

// The changes of one rule set.
struct RuleSetDifference {
  std::string rule_set;  // id
  std::vector<RuleComparison> rules;
  std::optional<AccountComparison> accounts;
};

std::string DifferenceToText(const RuleSetDifference& difference, const Console& console);
Json DifferenceToJson(const RuleSetDifference& difference);

}  // namespace pql

#endif  // TOOLS_PQL_DIFF_REPORT_H_
