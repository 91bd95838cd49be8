#include "accounts/csv_rows.h"

#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"

namespace pql {

CsvRows::CsvRows(std::unique_ptr<InputChunks> input, size_t max_row_bytes)
    : input_(std::move(input)), max_row_bytes_(max_row_bytes) {
  csv_init(&parser_, 0);
  csv_set_blk_size(&parser_, 64 << 10);
}

CsvRows::~CsvRows() { csv_free(&parser_); }

void CsvRows::OnCell(void* cell, size_t size, void* self) {
  auto* rows = static_cast<CsvRows*>(self);
  rows->text_.append(static_cast<const char*>(cell), size);
  rows->cell_ends_.push_back(rows->text_.size());
}

void CsvRows::OnRow(int /*terminator*/, void* self) {
  auto* rows = static_cast<CsvRows*>(self);
  rows->row_ends_.push_back(rows->cell_ends_.size());
}

absl::StatusOr<bool> CsvRows::Next() {
  while (next_row_ == row_ends_.size()) {
    if (finished_) return false;
    PQL_RETURN_IF_ERROR(ParseMore());
  }
  first_cell_ = next_row_ == 0 ? 0 : row_ends_[next_row_ - 1];
  last_cell_ = row_ends_[next_row_++];
  return true;
}

// REQUIRES: every complete row has been handed out.
absl::Status CsvRows::ParseMore() {
  // The cells of the row that the last chunk left open move to the front.
  const size_t done_cells = row_ends_.empty() ? 0 : row_ends_.back();
  const size_t done_bytes = done_cells == 0 ? 0 : cell_ends_[done_cells - 1];
  text_.erase(0, done_bytes);
  cell_ends_.erase(cell_ends_.begin(), cell_ends_.begin() + static_cast<ptrdiff_t>(done_cells));
  for (size_t& end : cell_ends_) end -= done_bytes;
  row_ends_.clear();
  next_row_ = 0;

  PQL_ASSIGN_OR_RETURN(const std::string_view chunk, input_->Peek());
  if (chunk.empty()) {
    finished_ = true;
    // Only now: until here a quote inside of an unquoted cell is a character like any other.
    csv_set_opts(&parser_, CSV_STRICT | CSV_STRICT_FINI);
    if (csv_fini(&parser_, OnCell, OnRow, this) != 0) {
      return absl::DataLossError("a cell's opening quote is never closed");
    }
    return absl::OkStatus();
  }
  if (csv_parse(&parser_, chunk.data(), chunk.size(), OnCell, OnRow, this) != chunk.size()) {
    return absl::ResourceExhaustedError(csv_strerror(csv_error(&parser_)));
  }
  input_->Skip(chunk.size());
  const size_t open_cells = cell_ends_.size() - (row_ends_.empty() ? 0 : row_ends_.back());
  if (row_ends_.empty() && text_.size() + open_cells + parser_.entry_pos > max_row_bytes_) {
    finished_ = true;
    return absl::ResourceExhaustedError(
        ToAbsl(StrCat("longer than ", max_row_bytes_, " bytes; is a closing quote missing?")));
  }
  return absl::OkStatus();
}

}  // namespace pql
