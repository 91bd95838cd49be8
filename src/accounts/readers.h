// The readers behind AccountBlocks, one a format, not thread-safe.  The arguments outlive them.

#ifndef PQL_ACCOUNTS_READERS_H_
#define PQL_ACCOUNTS_READERS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "accounts/account_blocks.h"
#include "accounts/account_reader.h"
#include "accounts/column_names.h"
#include "eval/plan/cell.h"

namespace pql {

// What the header row of a CSV says of the columns.  Thread-safe when const.
class CsvHeader {
 public:
  CsvHeader(const CheckedRuleSet& rule_set, const AccountReaderOptions& options)
      : options_(options), names_(rule_set, options) {}

  // Takes the header row from the block; false when it holds no row at all.
  absl::StatusOr<bool> Read(const RowBlock& block);

  size_t size() const { return names_of_columns_.size(); }
  const std::string& NameOf(size_t column) const { return names_of_columns_[column]; }
  // Null: not ours.
  const ColumnTarget* TargetOf(size_t column) const { return targets_[column]; }
  const ColumnNames& names() const { return names_; }

 private:
  absl::Status Check() const;

  const AccountReaderOptions& options_;
  ColumnNames names_;
  std::vector<std::string> names_of_columns_;  // in NFC
  std::vector<const ColumnTarget*> targets_;
};

std::unique_ptr<BlockReader> MakeCsvReader(const CheckedRuleSet& rule_set, const CsvHeader& header);
std::unique_ptr<BlockReader> MakeJsonLinesReader(const CheckedRuleSet& rule_set,
                                                 const AccountReaderOptions& options);

// What both do to the two kinds of row.
inline void SetMetric(uint32_t metric, const Cell& cell, AccountRow* row) {
  row->account.Set(metric, cell.ToValue());
}
inline void SetMetric(uint32_t metric, const Cell& cell, BoundRow* row) {
  switch (cell.kind) {
    case Cell::Kind::kMissing:
      return row->account.Unset(metric);
    case Cell::Kind::kNumber:
      return row->account.SetNumber(metric, cell.number);
    case Cell::Kind::kBool:
      return row->account.SetBool(metric, cell.boolean);
    case Cell::Kind::kTime:
      return row->account.SetTime(metric, {cell.micros});
    case Cell::Kind::kSpan:
      return row->account.SetSpan(metric, {cell.micros});
    case Cell::Kind::kText:
      return row->account.SetText(metric, cell.view());
    case Cell::Kind::kList:
      return row->account.SetList(metric, cell.list);
  }
}

}  // namespace pql

#endif  // PQL_ACCOUNTS_READERS_H_
