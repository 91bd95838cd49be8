// Accounts in columns that a reader fills, in memory that is used again from one table to the next.
//
// Usage:
//   AccountTable table(layout);
//   table.Begin(row_count);
//   AccountTable::Column* column = table.Add(metric);
//   ...                                  // as the column's type asks for
//   run.Begin(table.Accounts(), now);
//
// Texts are not copied: what they view must outlive the table's use.  Keeps a reference to the
// layout.  Not thread-safe.

#ifndef PQL_EVAL_COLUMNS_ACCOUNT_TABLE_H_
#define PQL_EVAL_COLUMNS_ACCOUNT_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "eval/columns/account_columns.h"
#include "eval/columns/column_kernels.h"
#include "eval/plan/bound_account.h"
#include "language/value.h"

namespace pql {

class AccountTable {
 public:
  // The values of one metric: of the rows whose bits in `presence` are set, in what MetricValues
  // has for its type.  Row i is bit i % 64 of word i / 64; all words are there.
  struct Column {
    std::vector<uint64_t> presence;
    std::vector<double> numbers;
    std::vector<int64_t> micros;
    std::vector<uint64_t> bools;
    std::vector<std::string_view> texts;
    std::vector<uint32_t> codes;  // places in `texts`
    std::vector<Value> lists;
  };

  explicit AccountTable(const MetricLayout& layout) : layout_(layout), columns_(layout.size()) {}

  // A table of so many rows and no columns.
  void Begin(size_t row_count);
  // A column without values; there until the next Begin.  REQUIRES: the table has none of the
  // metric.
  Column* Add(uint32_t metric);

  size_t row_count() const { return row_count_; }
  // Views of the columns as they are now, until the next Begin.
  AccountColumns Accounts() const;

 private:
  const MetricLayout& layout_;
  std::vector<Column> columns_;    // by metric
  std::vector<uint32_t> metrics_;  // of the columns that were added
  size_t row_count_ = 0;
};

}  // namespace pql

#endif  // PQL_EVAL_COLUMNS_ACCOUNT_TABLE_H_
