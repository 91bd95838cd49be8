// A CSV as rows of cells, over libcsv.  Part of the readers; not thread-safe.

#ifndef PQL_ACCOUNTS_CSV_ROWS_H_
#define PQL_ACCOUNTS_CSV_ROWS_H_

#include <csv.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "accounts/input_chunks.h"

namespace pql {

class CsvRows {
 public:
  CsvRows(std::unique_ptr<InputChunks> input, size_t max_row_bytes);
  ~CsvRows();
  CsvRows(const CsvRows&) = delete;
  CsvRows& operator=(const CsvRows&) = delete;

  // Moves to the next row that is not blank; false at the end.  A row that is too long, or a quote
  // that is never closed, is final: what follows can't be told apart into rows.
  absl::StatusOr<bool> Next();

  size_t size() const { return last_cell_ - first_cell_; }
  // REQUIRES: i < size().  Valid until the call of Next().
  std::string_view Cell(size_t i) const {
    const size_t cell = first_cell_ + i;
    const size_t begin = cell == 0 ? 0 : cell_ends_[cell - 1];
    return std::string_view(text_).substr(begin, cell_ends_[cell] - begin);
  }
  uint64_t bytes_read() const { return input_->bytes_read(); }

 private:
  static void OnCell(void* cell, size_t size, void* self);
  static void OnRow(int terminator, void* self);
  absl::Status ParseMore();

  std::unique_ptr<InputChunks> input_;
  size_t max_row_bytes_;
  csv_parser parser_;
  bool finished_ = false;

  // The cells of the chunk last parsed, one after another, and where each cell and each row ends.
  std::string text_;
  std::vector<size_t> cell_ends_;
  std::vector<size_t> row_ends_;  // in cells
  size_t next_row_ = 0;
  size_t first_cell_ = 0;
  size_t last_cell_ = 0;
};

}  // namespace pql

#endif  // PQL_ACCOUNTS_CSV_ROWS_H_
