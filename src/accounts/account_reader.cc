#include "accounts/account_reader.h"

#include <utility>

#include "accounts/json_row.h"
#include "accounts/readers.h"
#include "base/status_macros.h"
#include "base/strings.h"

namespace pql {

absl::StatusOr<AccountRow> ReadJsonAccount(const CheckedRuleSet& rule_set, std::string_view text,
                                           const AccountReaderOptions& options,
                                           std::vector<std::string>* unknown_keys) {
  ColumnNames names(rule_set, options);
  AccountRow row{1, "1", Account(rule_set), {}};
  const RowProblem problem =
      text.size() > options.max_row_bytes
          ? RowProblem{"", StrCat("longer than ", options.max_row_bytes, " bytes")}
          : ReadJsonRow(text, options, &names, &row);
  if (!problem.ok()) return RowError(0, problem);
  if (unknown_keys != nullptr) *unknown_keys = names.unknown();
  return row;
}

absl::StatusOr<std::unique_ptr<AccountReader>> OpenAccounts(const CheckedRuleSet& rule_set,
                                                            std::istream* input,
                                                            const AccountReaderOptions& options) {
  auto chunks = std::make_unique<InputChunks>(input);
  PQL_ASSIGN_OR_RETURN(std::string_view head, chunks->Peek());
  if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) {
    return absl::InvalidArgumentError("the input is in UTF-16; save it in UTF-8");
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (head.starts_with(kByteOrderMark)) chunks->Skip(kByteOrderMark.size());

  while (true) {
    PQL_ASSIGN_OR_RETURN(head, chunks->Peek());
    const size_t first = head.find_first_not_of(" \t\r\n");
    if (first != std::string_view::npos) {
      if (head[first] == '{') return OpenJsonLines(rule_set, std::move(chunks), options);
      if (head[first] == '[') {
        return absl::InvalidArgumentError(
            "the input is a JSON array; expected JSON Lines (an object on each line) or CSV");
      }
    }
    if (first != std::string_view::npos || head.empty()) {
      return OpenCsv(rule_set, std::move(chunks), options);
    }
    chunks->Skip(head.size());
  }
}

}  // namespace pql
