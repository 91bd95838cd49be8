// Accounts from files: one JSON object, JSON Lines, CSV.  Streamed: memory is bounded by the
// longest row, not by the file.
//
// CSV is read as RFC 4180 describes it, with a byte order mark, either line end, and spaces around
// unquoted cells ignored; an empty cell is not sent; list cells are JSON arrays.  Blank lines are
// no rows, in CSV and in JSON Lines.
//
// Not thread-safe; a reader keeps references to the rule set and the stream it was made with.

#ifndef PQL_ACCOUNTS_ACCOUNT_READER_H_
#define PQL_ACCOUNTS_ACCOUNT_READER_H_

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "eval/interpreter.h"
#include "language/checked_rule_set.h"

namespace pql {

struct AccountRow {
  uint64_t row = 0;  // from 1, bad rows included; a CSV header is not counted
  std::string id;    // the id column's text, else the row number
  Account account;
  std::vector<std::string> held;  // names of the rules that already hold the account
};

struct AccountReaderOptions {
  std::string id_column = "id";     // `--id`
  std::string held_column;          // `--held`: a list of names; empty: none
  bool id_column_required = false;  // `--id` was given: a file without that column is an error
  size_t max_row_bytes = 16 << 20;
  bool strict = false;  // an undeclared column or key is an error
};

class AccountReader {
 public:
  virtual ~AccountReader() = default;

  // The next row; nothing at the end.  INVALID_ARGUMENT names row, column and value of a bad one
  // and leaves the reader ready for the next row; any other error is final.
  virtual absl::StatusOr<std::optional<AccountRow>> Next() = 0;

  // Columns or keys seen so far that the rule set does not declare, each once, in order of
  // appearance, at most 20.
  virtual const std::vector<std::string>& unknown_columns() const = 0;
  // Bytes of the input consumed, for a progress line.
  virtual uint64_t bytes_read() const = 0;
};

// One JSON object of metrics: the whole of the text.  Keys that the rule set does not declare are
// added to `unknown_keys` unless it is null.  INVALID_ARGUMENT names key and value.
absl::StatusOr<AccountRow> ReadJsonAccount(const CheckedRuleSet& rule_set, std::string_view text,
                                           const AccountReaderOptions& options,
                                           std::vector<std::string>* unknown_keys = nullptr);

// CSV when the first byte that is no white space is other than `{` (a header row is required),
// else JSON Lines.  Fails for an input without rows of either sort: an empty one, a JSON array,
// UTF-16, a header that names no metric or one of them twice, or lacks a column asked for.
absl::StatusOr<std::unique_ptr<AccountReader>> OpenAccounts(const CheckedRuleSet& rule_set,
                                                            std::istream* input,
                                                            const AccountReaderOptions& options);

}  // namespace pql

#endif  // PQL_ACCOUNTS_ACCOUNT_READER_H_
