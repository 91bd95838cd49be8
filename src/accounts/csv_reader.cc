#include <algorithm>
#include <utility>

#include "accounts/csv_rows.h"
#include "accounts/json_row.h"
#include "accounts/metric_value.h"
#include "accounts/readers.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

absl::Status HeaderError(std::string_view message) {
  return absl::InvalidArgumentError(ToAbsl(StrCat("the header row: ", message)));
}

class CsvReader : public AccountReader {
 public:
  CsvReader(const CheckedRuleSet& rule_set, std::unique_ptr<InputChunks> input,
            const AccountReaderOptions& options)
      : rows_(std::move(input), options.max_row_bytes),
        options_(options),
        names_(rule_set, options),
        prototype_(rule_set) {}

  absl::Status ReadHeader();

  absl::StatusOr<std::optional<AccountRow>> Next() override {
    const absl::StatusOr<bool> more = rows_.Next();
    if (more.ok() && !*more) return std::nullopt;
    ++row_;
    if (!more.ok()) {
      return absl::Status(more.status().code(),
                          ToAbsl(StrCat("row ", row_, ": ", FromAbsl(more.status().message()))));
    }
    AccountRow row{row_, StrCat(row_), prototype_, {}};
    const RowProblem problem = ReadRow(&row);
    if (!problem.ok()) return RowError(row_, problem);
    return row;
  }

  const std::vector<std::string>& unknown_columns() const override { return names_.unknown(); }
  uint64_t bytes_read() const override { return rows_.bytes_read(); }

 private:
  absl::Status CheckHeader() const;
  RowProblem ReadRow(AccountRow* row) const;
  RowProblem ReadCell(const ColumnTarget& target, std::string_view cell, AccountRow* row) const;

  CsvRows rows_;
  AccountReaderOptions options_;
  ColumnNames names_;
  Account prototype_;
  std::vector<std::string> header_;
  std::vector<const ColumnTarget*> targets_;  // by column; null: not ours
  uint64_t row_ = 0;
};

absl::Status CsvReader::ReadHeader() {
  const absl::StatusOr<bool> more = rows_.Next();
  if (!more.ok()) return HeaderError(FromAbsl(more.status().message()));
  if (!*more) {
    return absl::InvalidArgumentError(
        "the input is empty; expected a CSV with a header row of metric names, or JSON Lines");
  }
  for (size_t i = 0; i < rows_.size(); ++i) {
    const std::string_view name = rows_.Cell(i);
    if (FindInvalidUtf8(name)) {
      return HeaderError(StrCat(ShownText(name), " is not UTF-8; save the file as CSV in UTF-8"));
    }
    header_.push_back(ToNfc(name));
    targets_.push_back(names_.Find(name));
    const auto same = std::find(header_.begin(), header_.end() - 1, header_.back());
    if (!name.empty() && same != header_.end() - 1) {
      return HeaderError(StrCat("columns ", same - header_.begin() + 1, " and ", i + 1,
                                " are both named ", ShownText(name)));
    }
  }
  PQL_RETURN_IF_ERROR(CheckHeader());
  for (size_t i = 0; i < header_.size(); ++i) {
    if (targets_[i] != nullptr || header_[i].empty()) continue;
    const absl::Status status = names_.NoteUnknown(header_[i]);
    if (!status.ok()) return HeaderError(FromAbsl(status.message()));
  }
  return absl::OkStatus();
}

absl::Status CsvReader::CheckHeader() const {
  const auto has = [this](auto wanted) {
    return std::any_of(targets_.begin(), targets_.end(), [&](const ColumnTarget* target) {
      return target != nullptr && wanted(*target);
    });
  };
  if (names_.metric_count() > 0 &&
      !has([](const ColumnTarget& t) { return t.metric.has_value(); })) {
    std::string message = "no column is named like a metric of the rule set: ";
    for (size_t i = 0; i < header_.size() && i < 5; ++i) {
      StrAppend(&message, i > 0 ? ", " : "", ShownText(header_[i]));
    }
    if (header_.size() > 5) message += ", ...";
    const bool semicolons = header_.size() == 1 && header_[0].find(';') != std::string::npos;
    const bool tabs = header_.size() == 1 && header_[0].find('\t') != std::string::npos;
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

RowProblem CsvReader::ReadRow(AccountRow* row) const {
  if (rows_.size() != targets_.size()) {
    return {"", StrCat("it has ", rows_.size(), rows_.size() == 1 ? " cell" : " cells",
                       ", the header row has ", targets_.size())};
  }
  for (size_t i = 0; i < targets_.size(); ++i) {
    const std::string_view cell = rows_.Cell(i);
    if (cell.empty()) continue;
    if (header_[i].empty()) {
      return {StrCat("column ", i + 1),
              StrCat("it holds ", ShownText(cell), ", but the header row gives it no name")};
    }
    if (targets_[i] == nullptr) continue;
    RowProblem problem = ReadCell(*targets_[i], cell, row);
    if (!problem.ok()) {
      problem.place = StrCat("column ", ShownText(header_[i]));
      return problem;
    }
  }
  return {};
}

RowProblem CsvReader::ReadCell(const ColumnTarget& target, std::string_view cell,
                               AccountRow* row) const {
  if (target.is_id) {
    if (FindInvalidUtf8(cell)) return {"", StrCat("expected text in UTF-8, got ", ShownText(cell))};
    row->id = cell;
  }
  if (target.is_held) {
    RowProblem problem = ReadHeld(cell, &row->held);
    if (!problem.ok()) return problem;
  }
  if (target.metric) {
    absl::StatusOr<Value> value = ValueFromCell(names_.MetricAt(*target.metric).type, cell);
    if (!value.ok()) return {"", std::string(FromAbsl(value.status().message()))};
    row->account.Set(*target.metric, *std::move(value));
  }
  return {};
}

}  // namespace

absl::StatusOr<std::unique_ptr<AccountReader>> OpenCsv(const CheckedRuleSet& rule_set,
                                                       std::unique_ptr<InputChunks> input,
                                                       const AccountReaderOptions& options) {
  auto reader = std::make_unique<CsvReader>(rule_set, std::move(input), options);
  PQL_RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

}  // namespace pql
