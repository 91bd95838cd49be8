// Brings the rows of a CSV into columns, of a block in which all is well: who would say what is
// wrong, or what rows are beside their metrics, reads them one by one.  Part of the readers.
//
// Keeps a reference to the rule set and the header.  Not thread-safe.

#ifndef PQL_ACCOUNTS_CSV_TABLE_H_
#define PQL_ACCOUNTS_CSV_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "accounts/csv_cells.h"
#include "accounts/readers.h"
#include "accounts/short_cells.h"
#include "eval/columns/account_table.h"

namespace pql {

class CsvTable {
 public:
  CsvTable(const CheckedRuleSet& rule_set, const CsvHeader& header);

  // Reads the rows from `first_row` on.  False where they are not to be had in this way; what is in
  // `table` then is of no use.  `is_ascii`: all of them are.
  bool Read(const CsvCells& cells, size_t first_row, bool is_ascii, AccountTable* table);

 private:
  using RecentCodes = RecentTexts<uint32_t>;

  // Of the file, one that is read: a metric's, or one whose cells are only looked at.
  struct Column {
    size_t index;
    const ColumnTarget* target;                     // null: it has no name
    const Type* type = nullptr;                     // of the metric
    std::unique_ptr<RecentCodes> recent = nullptr;  // of a metric of texts
    AccountTable::Column* values = nullptr;         // of the metric, in the table
  };
  // Up to 64 rows next to each other, whose bits are one word.
  struct Piece {
    const CsvCells& cells;
    size_t first_row;  // of the cells
    size_t row;        // of the table
    size_t size;
    bool is_ascii;
  };

  bool ReadPiece(const Piece& piece, Column* column);
  static bool ReadNumbers(const Piece& piece, Column* column);
  static bool ReadBools(const Piece& piece, Column* column);
  static bool ReadTexts(const Piece& piece, Column* column);
  static bool ReadTimes(const Piece& piece, Column* column);
  static bool ReadLists(const Piece& piece, Column* column);

  const size_t width_;  // in columns
  bool holds_rules_ = false;
  std::vector<Column> columns_;
};

}  // namespace pql

#endif  // PQL_ACCOUNTS_CSV_TABLE_H_
