#include <algorithm>
#include <deque>
#include <utility>

#include "absl/strings/numbers.h"
#include "accounts/csv_cells.h"
#include "accounts/csv_table.h"
#include "accounts/json_row.h"
#include "accounts/metric_value.h"
#include "accounts/readers.h"
#include "accounts/short_cells.h"
#include "base/ascii.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

absl::Status HeaderError(std::string_view message) {
  return absl::InvalidArgumentError(ToAbsl(StrCat("the header row: ", message)));
}

class CsvReader : public BlockReader {
 public:
  CsvReader(const CheckedRuleSet& rule_set, const CsvHeader& header)
      : header_(header), prototype_(rule_set), table_(rule_set, header) {
    for (size_t i = 0; i < header.size(); ++i) {
      const ColumnTarget* target = header.TargetOf(i);
      if (target == nullptr && !header.NameOf(i).empty()) continue;
      Column& column = columns_.emplace_back(Column{i, target});
      if (target == nullptr) continue;
      if (!target->is_held && target->is_id != target->metric.has_value()) {
        column.use = target->is_id ? Column::Use::kId : Column::Use::kMetric;
      }
      if (!target->metric) continue;
      column.metric = *target->metric;
      column.type = &rule_set.metrics[column.metric].type;
      if (column.type->IsText()) column.texts = std::make_unique<RecentKeys>();
    }
  }

  size_t Begin(RowBlock* block) override {
    is_ascii_ = IsAscii(block->text());
    failure_ = block->failure;
    cells_.Split(block->data(), block->size());
    first_row_ = block->has_header ? 1 : 0;
    return cells_.row_count() - first_row_;
  }

  RowProblem Read(size_t i, uint64_t number, AccountRow* row) override {
    *row = {number, StrCat(number), prototype_, {}};
    return ReadRow(first_row_ + i, row);
  }

  RowProblem Read(size_t i, uint64_t number, BoundRow* row) override {
    row->account.Clear();
    row->held.clear();
    row->id = {};
    RowProblem problem = ReadRow(first_row_ + i, row);
    if (row->id.empty()) {
      const char* end = absl::numbers_internal::FastIntToBuffer(number, id_);
      row->id = {id_, static_cast<size_t>(end - id_)};
    }
    return problem;
  }

  bool Read(AccountTable* table) override {
    return table_.Read(cells_, first_row_, is_ascii_, table);
  }

  absl::Status Failure(uint64_t number) const override {
    if (cells_.has_open_quote()) {
      return absl::DataLossError(ToAbsl(StrCat("row ", number, ": ", kOpenQuote)));
    }
    if (failure_.ok()) return failure_;
    return absl::Status(failure_.code(),
                        ToAbsl(StrCat("row ", number, ": ", FromAbsl(failure_.message()))));
  }

  const std::vector<std::string>& unknown_columns() const override {
    return header_.names().unknown();
  }

 private:
  using RecentKeys = RecentTexts<MetricKey>;

  // One that is read: a metric's, of ids, of rules that hold the account, or without a name.
  struct Column {
    enum class Use : uint8_t { kMetric, kId, kOther };  // one of the two, or anything else
    size_t index;
    const ColumnTarget* target;  // null: it has no name
    Use use = Use::kOther;
    const Type* type = nullptr;  // of the metric
    uint32_t metric = 0;
    std::unique_ptr<RecentKeys> texts = nullptr;  // of a metric of texts
  };

  template <typename Row>
  RowProblem ReadRow(size_t index, Row* row) {
    const size_t size = cells_.SizeOf(index);
    if (size != header_.size()) {
      return {"", StrCat("it has ", size, size == 1 ? " cell" : " cells", ", the header row has ",
                         header_.size())};
    }
    if (!lists_.empty()) lists_.clear();
    for (const Column& column : columns_) {
      const std::string_view text = cells_.Cell(index, column.index);
      if (text.empty()) continue;
      // Nearly every cell is a metric's or an id, and good.
      if (column.use != Column::Use::kOther && (is_ascii_ || !FindInvalidUtf8(text))) {
        if (column.use == Column::Use::kId) {
          row->id = text;
          continue;
        }
        if (ReadMetric(column, text, row)) continue;
      }
      RowProblem problem = ReadOther(column, text, row);
      if (!problem.ok()) return problem;
    }
    return {};
  }

  static bool ReadMetric(const Column& column, std::string_view text, AccountRow* row) {
    Cell cell;
    if (!CellFromCsv(*column.type, text, &cell)) return false;
    SetMetric(column.metric, cell, row);
    return true;
  }

  // The same answers faster, by what cells of their type mostly are.
  bool ReadMetric(const Column& column, std::string_view text, BoundRow* row) {
    Cell cell;
    if (column.type->IsNumber()) {
      double number;
      if (ParseShortNumber(text.data(), text.size(), &number)) {
        row->account.SetNumber(column.metric, number);
        return true;
      }
    } else if (column.texts != nullptr && text.size() <= RecentKeys::kMaxBytes) {
      bool found;
      RecentKeys::Entry* entry = column.texts->Find(text.data(), text.size(), &found);
      if (found) {
        row->account.SetText(column.metric, text, entry->known);
        return true;
      }
      if (!CellFromCsv(*column.type, text, &cell)) return false;
      row->account.SetText(column.metric, text);
      entry->size = text.size();
      entry->known = row->account.keys()[column.metric];
      return true;
    }
    if (!CellFromCsv(*column.type, text, &cell)) return false;
    SetMetric(column.metric, cell, row);
    return true;
  }

  // What is rare, and what is wrong.
  template <typename Row>
  RowProblem ReadOther(const Column& column, std::string_view text, Row* row) {
    if (column.target == nullptr) {
      return {StrCat("column ", column.index + 1),
              StrCat("it holds ", ShownText(text), ", but the header row gives it no name")};
    }
    RowProblem problem = ReadTarget(column, text, row);
    if (!problem.ok()) problem.place = StrCat("column ", ShownText(header_.NameOf(column.index)));
    return problem;
  }

  template <typename Row>
  RowProblem ReadTarget(const Column& column, std::string_view text, Row* row) {
    const ColumnTarget& target = *column.target;
    if (target.is_id) {
      if (!is_ascii_ && FindInvalidUtf8(text)) {
        return {"", StrCat("expected text in UTF-8, got ", ShownText(text))};
      }
      row->id = text;
    }
    if (target.is_held) {
      RowProblem problem = ReadHeld(text, &row->held);
      if (!problem.ok()) return problem;
    }
    if (target.metric) {
      absl::StatusOr<Value> value = ValueFromCell(*column.type, text);
      if (!value.ok()) return {"", std::string(FromAbsl(value.status().message()))};
      lists_.push_back(*std::move(value));
      SetMetric(*target.metric, Cell::Of(lists_.back()), row);
    }
    return {};
  }

  const CsvHeader& header_;
  const Account prototype_;
  std::vector<Column> columns_;
  CsvTable table_;
  CsvCells cells_;
  size_t first_row_ = 0;
  bool is_ascii_ = false;
  absl::Status failure_;
  std::deque<Value> lists_;  // of the row, and other values that needed a closer look
  char id_[absl::numbers_internal::kFastToBufferSize] = {};
};

}  // namespace

absl::StatusOr<bool> CsvHeader::Read(const RowBlock& block) {
  std::string text(block.text());  // splitting it changes it
  text.resize(text.size() + CsvCells::kPadding);
  CsvCells cells;
  cells.Split(text.data(), block.size());
  if (cells.row_count() == 0) {
    if (!block.failure.ok()) return HeaderError(FromAbsl(block.failure.message()));
    if (cells.has_open_quote()) return HeaderError(kOpenQuote);
    return false;
  }
  for (size_t i = 0; i < cells.SizeOf(0); ++i) {
    const std::string_view name = cells.Cell(0, i);
    if (FindInvalidUtf8(name)) {
      return HeaderError(StrCat(ShownText(name), " is not UTF-8; save the file as CSV in UTF-8"));
    }
    names_of_columns_.push_back(ToNfc(name));
    targets_.push_back(names_.Find(name));
    const auto last = names_of_columns_.end() - 1;
    const auto same = std::find(names_of_columns_.begin(), last, *last);
    if (!name.empty() && same != last) {
      return HeaderError(StrCat("columns ", same - names_of_columns_.begin() + 1, " and ", i + 1,
                                " are both named ", ShownText(name)));
    }
  }
  PQL_RETURN_IF_ERROR(Check());
  for (size_t i = 0; i < size(); ++i) {
    if (targets_[i] != nullptr || names_of_columns_[i].empty()) continue;
    const absl::Status status = names_.NoteUnknown(names_of_columns_[i]);
    if (!status.ok()) return HeaderError(FromAbsl(status.message()));
  }
  return true;
}

absl::Status CsvHeader::Check() const {
  const auto has = [this](auto wanted) {
    return std::any_of(targets_.begin(), targets_.end(), [&](const ColumnTarget* target) {
      return target != nullptr && wanted(*target);
    });
  };
  if (names_.metric_count() > 0 &&
      !has([](const ColumnTarget& t) { return t.metric.has_value(); })) {
    std::string message = "no column is named like a metric of the rule set: ";
    for (size_t i = 0; i < size() && i < 5; ++i) {
      StrAppend(&message, i > 0 ? ", " : "", ShownText(NameOf(i)));
    }
    if (size() > 5) message += ", ...";
    const bool semicolons = size() == 1 && NameOf(0).find(';') != std::string::npos;
    const bool tabs = size() == 1 && NameOf(0).find('\t') != std::string::npos;
    StrAppend(&message, semicolons || tabs
                            ? StrCat("; the cells seem to be separated by ",
                                     semicolons ? "semicolons" : "tabs", ": save it with commas")
                            : std::string("; is the header row missing?"));
    return HeaderError(message);
  }
  if (options_.id_column_required && !has([](const ColumnTarget& t) { return t.is_id; })) {
    return HeaderError(
        StrCat("there is no column ", ShownText(options_.id_column), " for the ids"));
  }
  if (!options_.held_column.empty() && !has([](const ColumnTarget& t) { return t.is_held; })) {
    return HeaderError(StrCat("there is no column ", ShownText(options_.held_column),
                              " for the rules that hold an account"));
  }
  return absl::OkStatus();
}

std::unique_ptr<BlockReader> MakeCsvReader(const CheckedRuleSet& rule_set,
                                           const CsvHeader& header) {
  return std::make_unique<CsvReader>(rule_set, header);
}

}  // namespace pql
