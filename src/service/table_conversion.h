// Accounts and answers in columns.  Thread-safe: no state.

#ifndef PQL_SERVICE_TABLE_CONVERSION_H_
#define PQL_SERVICE_TABLE_CONVERSION_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/limits.h"
#include "engine/table_evaluation.h"
#include "eval/columns/account_columns.h"
#include "language/checked_rule_set.h"
#include "pql/v1/account.pb.h"
#include "pql/v1/evaluation.pb.h"

namespace pql {

// Views of a message, and what it has in another form.
struct SentTable {
  AccountColumns columns;
  // Why an account can't be evaluated, by row.  Its values in `columns` are not to be looked at.
  std::map<size_t, absl::Status> bad_rows;
  // Sent, but not declared, and how many values of them; of the message.
  std::vector<std::pair<std::string_view, uint64_t>> unknown_metrics;

  std::deque<std::vector<std::string_view>> texts;
  std::deque<std::vector<Value>> lists;
};

// INVALID_ARGUMENT for a column that is not as account.proto says, of a metric of another type, of
// an undeclared metric when `strict`, beyond a limit.  What is wrong with a value of a single
// account is in bad_rows, at least for the first such account, and with `all_bad_rows` for each.
// `table` outlives the result.  The number of rows is for the caller to limit.
absl::StatusOr<SentTable> FromProto(const CheckedRuleSet& rule_set, const v1::AccountTable& table,
                                    const Limits& limits, bool strict, bool all_bad_rows);

// The account's id; empty where there are none.
const std::string& IdOf(const v1::AccountTable& table, size_t row);

void ToProto(const EvaluationSession& session, const TableAnswer& answer, v1::EvaluationTable* out);

}  // namespace pql

#endif  // PQL_SERVICE_TABLE_CONVERSION_H_
