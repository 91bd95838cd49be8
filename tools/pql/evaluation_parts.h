// What evaluations are printed of, for those who print them from JSON and from a plan's run.
// Thread-safe: no state.

#ifndef TOOLS_PQL_EVALUATION_PARTS_H_
#define TOOLS_PQL_EVALUATION_PARTS_H_

#include <string>
#include <string_view>

#include "tools/pql/json_text.h"

namespace pql {

// For people: begins an account, `account acme  stage pql`.  `stage` is empty where there is none.
std::string AccountLine(std::string_view account_id, std::string_view stage, bool color);
// Begins a rule's line, by its outcome as in JSON: `  QUALIFIED      slack_team`.
std::string RuleHead(std::string_view rule, std::string_view outcome, bool color);
// Ends the line of a rule whose outcome is unknown; `missing`: names of metrics.
std::string UnknownReason(const Json& missing);
// As people write it: strings without quotes, lists with commas.
std::string ShownValue(const Json& value);

// One cell as RFC 4180 has it.
void AppendCsvCell(std::string_view cell, std::string* out);
// A value as a cell: a string as it is, all else as JSON.
std::string CsvValue(const Json& value);

}  // namespace pql

#endif  // TOOLS_PQL_EVALUATION_PARTS_H_
