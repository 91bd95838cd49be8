// What is wrong with a row of a file of accounts.

#ifndef PQL_ACCOUNTS_ROW_PROBLEM_H_
#define PQL_ACCOUNTS_ROW_PROBLEM_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"

namespace pql {

struct RowProblem {
  std::string place;    // "metric `channels`", "column `channels`", or empty
  std::string message;  // "expected a number, got `three`"; empty: nothing is wrong
  bool ok() const { return message.empty(); }
};

// "row 3, metric `channels`: expected ..." as INVALID_ARGUMENT; without a row for row 0.
absl::Status RowError(uint64_t row, const RowProblem& problem);

}  // namespace pql

#endif  // PQL_ACCOUNTS_ROW_PROBLEM_H_
