// One JSON object of metrics, read without building a tree.  Part of the readers.
// Thread-safe but for the ColumnNames given to it.

#ifndef PQL_ACCOUNTS_JSON_ROW_H_
#define PQL_ACCOUNTS_JSON_ROW_H_

#include <string>
#include <string_view>
#include <vector>

#include "accounts/account_reader.h"
#include "accounts/column_names.h"
#include "accounts/row_problem.h"

namespace pql {

// Reads the whole of `text` into `row`, whose account holds only defaults and whose id is the one
// to use when the object has none.
RowProblem ReadJsonRow(std::string_view text, const AccountReaderOptions& options,
                       ColumnNames* names, AccountRow* row);

// Reads a list of rule names: the cell or key that `--held` names.
RowProblem ReadHeld(std::string_view json_array, std::vector<std::string>* held);

}  // namespace pql

#endif  // PQL_ACCOUNTS_JSON_ROW_H_
