#include "accounts/csv_table.h"

#include <algorithm>
#include <utility>

#include "absl/status/statusor.h"
#include "accounts/metric_value.h"
#include "base/unicode.h"

namespace pql {
namespace {

// Calls `read(i, text)` for each cell of a piece that is not empty.  False as soon as it is; else
// `*present` has the bits of those cells.
template <typename Piece, typename Read>
[[gnu::always_inline]] inline bool ReadCells(const Piece& piece, size_t column, uint64_t* present,
                                             const Read& read) {
  *present = 0;
  for (size_t i = 0; i < piece.size; ++i) {
    const std::string_view text = piece.cells.Cell(piece.first_row + i, column);
    if (text.empty()) continue;
    if (!piece.is_ascii && FindInvalidUtf8(text)) return false;
    if (!read(i, text)) return false;
    *present |= uint64_t{1} << i;
  }
  return true;
}

// The same of a metric's column, in whose table the bits belong.
template <typename Piece, typename Column, typename Read>
[[gnu::always_inline]] inline bool ReadValues(const Piece& piece, Column* column,
                                              const Read& read) {
  uint64_t* present = &column->values->presence[piece.row / kRowsPerWord];
  return ReadCells(piece, column->index, present, read);
}

}  // namespace

CsvTable::CsvTable(const CheckedRuleSet& rule_set, const CsvHeader& header)
    : width_(header.size()) {
  for (size_t i = 0; i < header.size(); ++i) {
    const ColumnTarget* target = header.TargetOf(i);
    if (target == nullptr && !header.NameOf(i).empty()) continue;
    Column& column = columns_.emplace_back(Column{i, target});
    if (target == nullptr) continue;
    holds_rules_ |= target->is_held;
    if (!target->metric) continue;
    column.type = &rule_set.metrics[*target->metric].type;
    if (column.type->IsText()) column.recent = std::make_unique<RecentCodes>();
  }
}

bool CsvTable::Read(const CsvCells& cells, size_t first_row, bool is_ascii, AccountTable* table) {
  if (holds_rules_) return false;
  for (size_t row = first_row; row < cells.row_count(); ++row) {
    if (cells.SizeOf(row) != width_) return false;
  }
  const size_t rows = cells.row_count() - first_row;
  table->Begin(rows);
  for (Column& column : columns_) {
    if (column.type != nullptr) column.values = table->Add(*column.target->metric);
    if (column.recent != nullptr) column.recent->Clear();
  }
  // A word of all columns after the other: what stands next to each other is in the cache.
  for (size_t row = 0; row < rows; row += kRowsPerWord) {
    const Piece piece{cells, first_row + row, row, std::min(kRowsPerWord, rows - row), is_ascii};
    for (Column& column : columns_) {
      if (!ReadPiece(piece, &column)) return false;
    }
  }
  return true;
}

bool CsvTable::ReadPiece(const Piece& piece, Column* column) {
  if (column->type == nullptr) {
    // Ids only have to be UTF-8, what has no name has to be empty.
    if (column->target != nullptr && piece.is_ascii) return true;
    uint64_t present;
    return ReadCells(piece, column->index, &present,
                     [column](size_t, std::string_view) { return column->target != nullptr; });
  }
  switch (column->type->kind()) {
    case Type::Kind::kUnknown:
      return false;
    case Type::Kind::kNumber:
      return ReadNumbers(piece, column);
    case Type::Kind::kBool:
      return ReadBools(piece, column);
    case Type::Kind::kString:
    case Type::Kind::kOneOf:
      return ReadTexts(piece, column);
    case Type::Kind::kTimestamp:
    case Type::Kind::kDuration:
      return ReadTimes(piece, column);
    case Type::Kind::kNumberList:
    case Type::Kind::kStringList:
      return ReadLists(piece, column);
  }
  return false;
}

bool CsvTable::ReadNumbers(const Piece& piece, Column* column) {
  double* out = column->values->numbers.data() + piece.row;
  return ReadValues(piece, column, [&](size_t i, std::string_view text) {
    if (ParseShortNumber(text.data(), text.size(), &out[i])) return true;
    Cell cell;
    if (!CellFromCsv(*column->type, text, &cell)) return false;
    out[i] = cell.number;
    return true;
  });
}

bool CsvTable::ReadBools(const Piece& piece, Column* column) {
  uint64_t bits = 0;
  const bool read = ReadValues(piece, column, [&](size_t i, std::string_view text) {
    Cell cell;
    if (!CellFromCsv(*column->type, text, &cell)) return false;
    bits |= static_cast<uint64_t>(cell.boolean) << i;
    return true;
  });
  column->values->bools[piece.row / kRowsPerWord] = bits;
  return read;
}

bool CsvTable::ReadTexts(const Piece& piece, Column* column) {
  AccountTable::Column& values = *column->values;
  uint32_t* codes = values.codes.data() + piece.row;
  const auto add = [&](std::string_view text, uint32_t* code) {
    Cell cell;
    if (!CellFromCsv(*column->type, text, &cell)) return false;
    *code = static_cast<uint32_t>(values.texts.size());
    values.texts.push_back(text);
    return true;
  };
  return ReadValues(piece, column, [&](size_t i, std::string_view text) {
    if (text.size() > RecentCodes::kMaxBytes) return add(text, &codes[i]);
    bool found;
    RecentCodes::Entry* entry = column->recent->Find(text.data(), text.size(), &found);
    if (!found) {
      if (!add(text, &entry->known)) return false;
      entry->size = text.size();
    }
    codes[i] = entry->known;
    return true;
  });
}

bool CsvTable::ReadTimes(const Piece& piece, Column* column) {
  int64_t* out = column->values->micros.data() + piece.row;
  return ReadValues(piece, column, [&](size_t i, std::string_view text) {
    Cell cell;
    if (!CellFromCsv(*column->type, text, &cell)) return false;
    out[i] = cell.micros;
    return true;
  });
}

bool CsvTable::ReadLists(const Piece& piece, Column* column) {
  Value* out = column->values->lists.data() + piece.row;
  return ReadValues(piece, column, [&](size_t i, std::string_view text) {
    absl::StatusOr<Value> value = ValueFromCell(*column->type, text);
    if (!value.ok()) return false;
    out[i] = *std::move(value);
    return true;
  });
}

}  // namespace pql
