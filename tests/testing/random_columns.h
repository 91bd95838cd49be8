// Accounts as columns, for tests: rows in any order, in any of the forms that columns may have.
// Not thread-safe.

#ifndef PQL_TESTS_TESTING_RANDOM_COLUMNS_H_
#define PQL_TESTS_TESTING_RANDOM_COLUMNS_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string_view>
#include <vector>

#include "eval/columns/account_columns.h"
#include "eval/interpreter.h"
#include "language/checked_rule_set.h"
#include "tests/testing/random.h"

namespace pql::testing {

// Owns what its AccountColumns view.
class RandomColumns {
 public:
  // Row i is accounts[rows[i]], held as held[rows[i]] says.  Keeps references to the accounts.
  RandomColumns(Random* random, const CheckedRuleSet& rule_set, std::span<const Account> accounts,
                std::span<const std::vector<bool>> held, std::span<const size_t> rows);

  const AccountColumns& columns() const { return columns_; }

 private:
  void AddMetric(Random* random, const Metric& metric, uint32_t index,
                 std::span<const Account> accounts, std::span<const size_t> rows);
  // Texts with codes: each text of the column somewhere in a dictionary.
  void AddCodes(Random* random, MetricValues* values);

  AccountColumns columns_;
  std::deque<std::vector<uint8_t>> bitmaps_;
  std::deque<std::vector<double>> numbers_;
  std::deque<std::vector<int64_t>> micros_;
  std::deque<std::vector<std::string_view>> texts_;
  std::deque<std::vector<uint32_t>> codes_;
  std::deque<std::vector<Value>> lists_;
};

}  // namespace pql::testing

#endif  // PQL_TESTS_TESTING_RANDOM_COLUMNS_H_
