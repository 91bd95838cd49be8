// One JSON object of metrics, read without building a tree.  Part of the readers.
// Thread-safe but for the ColumnNames given to it.

#ifndef PQL_ACCOUNTS_JSON_ROW_H_
#define PQL_ACCOUNTS_JSON_ROW_H_

#include <string>
#include <string_view>

#include "accounts/account_reader.h"
#include "accounts/column_names.h"

namespace pql {

// What is wrong with a row.
struct RowProblem {
  std::string place;    // "metric `channels`", "column `channels`", or empty
  std::string message;  // "expected a number, got `three`"; empty: nothing is wrong
  bool ok() const { return message.empty(); }
};

// "row 3, metric `channels`: expected ..." as INVALID_ARGUMENT; without a row for row 0.
absl::Status RowError(uint64_t row, const RowProblem& problem);

// Reads the whole of `text` into `row`, whose account holds only defaults and whose id is the one
// to use when the object has none.
RowProblem ReadJsonRow(std::string_view text, const AccountReaderOptions& options,
                       ColumnNames* names, AccountRow* row);

// Reads a list of rule names: the cell or key that `--held` names.
RowProblem ReadHeld(std::string_view json_array, std::vector<std::string>* held);

}  // namespace pql

#endif  // PQL_ACCOUNTS_JSON_ROW_H_
