#include "service/table_conversion.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include "accounts/metric_value.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "engine/error.h"
#include "service/account_conversion.h"
#include "service/value_conversion.h"

namespace pql {
namespace {

using google::protobuf::RepeatedField;
using google::protobuf::RepeatedPtrField;
using Values = v1::MetricColumn::ValuesCase;

size_t BitmapBytes(size_t rows) { return (rows + 7) / 8; }

Bitmap BitsOf(const std::string& bytes) { return reinterpret_cast<Bitmap>(bytes.data()); }

// "table.columns[2].numbers.values"
std::string FieldOf(size_t column, std::string_view field) {
  return StrCat("table.columns[", column, "].", field);
}

absl::Status CheckCount(const std::string& field, uint64_t seen, uint64_t wanted,
                        std::string_view what) {
  if (seen == wanted) return absl::OkStatus();
  return InvalidField(field, StrCat("has ", seen, " ", what, ", must have ", wanted));
}

struct ColumnForm {
  Values values;
  std::string_view type;      // as in METRIC_TYPE_MISMATCH
  std::string_view describe;  // "got a column of numbers"
};
constexpr ColumnForm kForms[] = {
    {Values::kNumbers, "number", "a column of numbers"},
    {Values::kBools, "bool", "a column of true and false"},
    {Values::kStrings, "string", "a column of strings"},
    {Values::kTimestamps, "timestamp", "a column of timestamps"},
    {Values::kDurations, "duration", "a column of durations"},
    {Values::kNumberLists, "list(number)", "a column of lists of numbers"},
    {Values::kStringLists, "list(string)", "a column of lists of strings"},
};

Values ValuesOf(Type::Kind kind) {
  switch (kind) {
    case Type::Kind::kUnknown:
      break;
    case Type::Kind::kNumber:
      return Values::kNumbers;
    case Type::Kind::kBool:
      return Values::kBools;
    case Type::Kind::kString:
    case Type::Kind::kOneOf:
      return Values::kStrings;
    case Type::Kind::kTimestamp:
      return Values::kTimestamps;
    case Type::Kind::kDuration:
      return Values::kDurations;
    case Type::Kind::kNumberList:
      return Values::kNumberLists;
    case Type::Kind::kStringList:
      return Values::kStringLists;
  }
  return Values::VALUES_NOT_SET;
}

absl::Status WithMismatch(const Metric& metric, std::string_view seen, const absl::Status& status) {
  if (status.ok() || ReasonOf(status).has_value()) return status;
  return WithReason(status, {"METRIC_TYPE_MISMATCH",
                             {{"metric", metric.name},
                              {"expected_type", metric.type.ToString()},
                              {"seen_type", std::string(seen)}}});
}

absl::Status CheckForm(const Metric& metric, size_t column, Values values) {
  if (values == Values::VALUES_NOT_SET) {
    return InvalidField(FieldOf(column, "values"),
                        StrCat("the column of metric `", metric.name, "` has no values"));
  }
  if (values == ValuesOf(metric.type.kind())) return absl::OkStatus();
  const auto form = std::find_if(std::begin(kForms), std::end(kForms),
                                 [values](const ColumnForm& of) { return of.values == values; });
  return WithMismatch(metric, form->type, MetricTypeError(metric, form->describe));
}

class TableReader {
 public:
  TableReader(const CheckedRuleSet& rule_set, const v1::AccountTable& table, const Limits& limits,
              bool strict, bool all_bad_rows, SentTable* out)
      : rule_set_(rule_set),
        table_(table),
        limits_(limits),
        strict_(strict),
        all_bad_rows_(all_bad_rows),
        rows_(table.row_count()),
        out_(*out) {}

  absl::Status Read() {
    out_.columns.row_count = rows_;
    PQL_RETURN_IF_ERROR(ReadIds());
    const auto columns = static_cast<size_t>(table_.columns_size());
    if (columns > limits_.max_account_metrics) {
      return LimitExceeded(absl::StatusCode::kInvalidArgument, "metrics per account",
                           "--max-account-metrics", columns, limits_.max_account_metrics,
                           StrCat("a table of ", columns, " columns is over the limit"));
    }
    std::vector<bool> seen(rule_set_.metrics.size());
    for (size_t i = 0; i < columns; ++i) PQL_RETURN_IF_ERROR(ReadColumn(i, &seen));
    return ReadHeld();
  }

 private:
  absl::Status ReadIds() {
    if (table_.account_ids().empty()) return absl::OkStatus();
    PQL_RETURN_IF_ERROR(CheckCount("table.account_ids",
                                   static_cast<uint64_t>(table_.account_ids_size()), rows_, "ids"));
    for (size_t row = 0; row < rows_; ++row) {
      const size_t size = IdOf(table_, row).size();
      if (size <= limits_.max_string_bytes) continue;
      AddBadRow(row, LimitExceeded(absl::StatusCode::kInvalidArgument, "string bytes",
                                   "--max-string-bytes", size, limits_.max_string_bytes,
                                   StrCat("an id of ", size, " bytes is longer than the limit")));
    }
    return absl::OkStatus();
  }

  absl::Status ReadColumn(size_t index, std::vector<bool>* seen) {
    const v1::MetricColumn& column = table_.columns(static_cast<int>(index));
    if (column.metric().empty()) {
      return InvalidField(FieldOf(index, "metric"), "must not be empty");
    }
    const std::optional<uint32_t> metric = FindSentMetric(rule_set_, column.metric());
    if (!metric.has_value()) {
      if (strict_) return UnknownMetricError(rule_set_, column.metric());
      out_.unknown_metrics.emplace_back(column.metric(), ValuesIn(column.presence()));
      return absl::OkStatus();
    }
    if ((*seen)[*metric]) {
      return InvalidField(FieldOf(index, "metric"),
                          StrCat("`", rule_set_.metrics[*metric].name, "` has two columns"));
    }
    (*seen)[*metric] = true;
    PQL_RETURN_IF_ERROR(CheckForm(rule_set_.metrics[*metric], index, column.values_case()));
    if (!column.presence().empty()) {
      PQL_RETURN_IF_ERROR(CheckCount(FieldOf(index, "presence"), column.presence().size(),
                                     BitmapBytes(rows_), "bytes"));
    }
    values_ = MetricValues{.metric = *metric};
    if (!column.presence().empty()) values_.presence = BitsOf(column.presence());
    PQL_RETURN_IF_ERROR(ReadValues(index, column));
    out_.columns.metrics.push_back(values_);
    return absl::OkStatus();
  }

  absl::Status ReadValues(size_t index, const v1::MetricColumn& column) {
    switch (column.values_case()) {
      case Values::kNumbers:
        return ReadNumbers(FieldOf(index, "numbers.values"), column.numbers().values());
      case Values::kBools: {
        const std::string& bits = column.bools().values();
        values_.bools = BitsOf(bits);
        return CheckCount(FieldOf(index, "bools.values"), bits.size(), BitmapBytes(rows_), "bytes");
      }
      case Values::kStrings:
        return ReadStrings(index, column.strings());
      case Values::kTimestamps:
        return ReadTimestamps(FieldOf(index, "timestamps.micros"), column.timestamps().micros());
      case Values::kDurations:
        values_.micros = column.durations().micros().data();
        return CheckCount(FieldOf(index, "durations.micros"),
                          static_cast<uint64_t>(column.durations().micros_size()), rows_,
                          "durations");
      case Values::kNumberLists:
        return ReadNumberLists(index, column.number_lists());
      case Values::kStringLists:
        return ReadStringLists(index, column.string_lists());
      case Values::VALUES_NOT_SET:
        break;
    }
    return absl::OkStatus();
  }

  // Rows whose bit is set; all of them where there are no bits.
  uint64_t ValuesIn(const std::string& presence) const {
    if (presence.empty()) return rows_;
    uint64_t values = 0;
    for (size_t row = 0; row < std::min(rows_, presence.size() * 8); ++row) {
      values += BitAt(BitsOf(presence), row) ? 1 : 0;
    }
    return values;
  }

  const Metric& metric() const { return rule_set_.metrics[values_.metric]; }
  bool HasValue(size_t row) const {
    return values_.presence == nullptr || BitAt(values_.presence, row);
  }

  // Of several things that are wrong with a row, the first column's is told.
  void AddBadRow(size_t row, const absl::Status& status) {
    if (!all_bad_rows_ && !out_.bad_rows.empty()) {
      if (out_.bad_rows.begin()->first <= row) return;
      out_.bad_rows.clear();
    }
    out_.bad_rows.try_emplace(
        row, AboutAccount(StrCat("table row ", row), row, IdOf(table_, row), status));
  }

  absl::Status ReadNumbers(const std::string& field, const RepeatedField<double>& numbers) {
    PQL_RETURN_IF_ERROR(CheckCount(field, static_cast<uint64_t>(numbers.size()), rows_, "numbers"));
    values_.numbers = numbers.data();
    for (size_t row = 0; row < rows_; ++row) {
      if (std::isfinite(values_.numbers[row]) || !HasValue(row)) continue;
      AddBadRow(row, WithMismatch(metric(), "number",
                                  MetricFromNumber(metric(), values_.numbers[row]).status()));
    }
    return absl::OkStatus();
  }

  absl::Status ReadTimestamps(const std::string& field, const RepeatedField<int64_t>& micros) {
    PQL_RETURN_IF_ERROR(
        CheckCount(field, static_cast<uint64_t>(micros.size()), rows_, "timestamps"));
    values_.micros = micros.data();
    for (size_t row = 0; row < rows_; ++row) {
      const int64_t time = values_.micros[row];
      if ((time >= kMinTimestampMicros && time <= kMaxTimestampMicros) || !HasValue(row)) continue;
      AddBadRow(row,
                WithMismatch(metric(), "timestamp",
                             absl::InvalidArgumentError(StrCat(
                                 "metric `", metric().name, "`: ", time,
                                 " microseconds since 1970 is outside of the years 1 to 9999"))));
    }
    return absl::OkStatus();
  }

  // As a value of Account.metrics would be, with the same errors.
  absl::Status CheckText(const std::string& text) const {
    const std::vector<std::string>& options = metric().type.options();
    const bool fits =
        text.size() <= limits_.max_string_bytes &&
        (options.empty() || std::find(options.begin(), options.end(), text) != options.end());
    if (fits) return absl::OkStatus();
    google::protobuf::Value value;
    value.set_string_value(text);
    return ToMetricValue(metric(), value, limits_.max_string_bytes).status();
  }

  absl::Status ReadStrings(size_t index, const v1::StringColumn& column) {
    const RepeatedPtrField<std::string>& texts = column.values();
    const auto count = static_cast<size_t>(texts.size());
    const bool plain = column.codes().empty();
    if (plain) {
      PQL_RETURN_IF_ERROR(
          CheckCount(FieldOf(index, "strings.values"), rows_ == 0 ? 0 : count, rows_, "strings"));
    } else {
      PQL_RETURN_IF_ERROR(CheckCount(FieldOf(index, "strings.codes"),
                                     static_cast<uint64_t>(column.codes_size()), rows_, "codes"));
    }
    values_.texts = out_.texts.emplace_back(texts.begin(), texts.end());
    if (!plain) values_.codes = column.codes().data();
    // Each text is checked once, however many rows have it.
    std::vector<std::optional<absl::Status>> checked(plain ? 0 : count);
    for (size_t row = 0; row < rows_; ++row) {
      if (!HasValue(row)) continue;
      if (plain) {
        const absl::Status status = CheckText(texts[static_cast<int>(row)]);
        if (!status.ok()) AddBadRow(row, status);
        continue;
      }
      const uint32_t code = values_.codes[row];
      if (code >= count) {
        AddBadRow(row, BadCode(FieldOf(index, "strings.codes"), code, count));
        continue;
      }
      std::optional<absl::Status>& status = checked[code];
      if (!status.has_value()) status = CheckText(texts[static_cast<int>(code)]);
      if (!status->ok()) AddBadRow(row, *status);
    }
    return absl::OkStatus();
  }

  static absl::Status BadCode(const std::string& field, uint32_t code, size_t count) {
    return InvalidField(field, StrCat("the code ", code, " is beyond the ", count, " values"));
  }

  static uint64_t Sum(const RepeatedField<uint32_t>& lengths) {
    uint64_t sum = 0;
    for (const uint32_t length : lengths) sum += length;
    return sum;
  }

  // Calls `list_of(first, count)`, a StatusOr<Value>, for the elements of each row with a value.
  template <typename ListOf>
  void ReadLists(const RepeatedField<uint32_t>& lengths, std::string_view type,
                 const ListOf& list_of) {
    std::vector<Value>& lists = out_.lists.emplace_back(rows_);
    size_t first = 0;
    for (size_t row = 0; row < rows_; ++row) {
      const size_t count = lengths[static_cast<int>(row)];
      if (HasValue(row)) {
        absl::StatusOr<Value> list = list_of(first, count);
        if (list.ok()) {
          lists[row] = *std::move(list);
        } else {
          AddBadRow(row, WithMismatch(metric(), type, list.status()));
        }
      }
      first += count;
    }
    values_.lists = lists.data();
  }

  absl::Status ReadNumberLists(size_t index, const v1::NumberListColumn& column) {
    PQL_RETURN_IF_ERROR(CheckCount(FieldOf(index, "number_lists.lengths"),
                                   static_cast<uint64_t>(column.lengths_size()), rows_, "lengths"));
    PQL_RETURN_IF_ERROR(CheckCount(FieldOf(index, "number_lists.values"),
                                   static_cast<uint64_t>(column.values_size()),
                                   Sum(column.lengths()), "numbers"));
    ReadLists(column.lengths(), "list", [&](size_t first, size_t count) {
      const double* begin = column.values().data() + first;
      return MetricFromNumberList(metric(), std::vector<double>(begin, begin + count));
    });
    return absl::OkStatus();
  }

  // Of the texts of the rows, written out, to which a column of lists is turned.
  absl::Status CheckTextBytes(const v1::StringListColumn& column) {
    const auto bytes_of = [](const std::string& text) { return sizeof(std::string) + text.size(); };
    if (column.codes().empty()) {
      for (const std::string& text : column.values()) text_bytes_ += bytes_of(text);
    } else {
      for (const uint32_t code : column.codes()) {
        if (code >= static_cast<uint32_t>(column.values_size())) continue;
        text_bytes_ += bytes_of(column.values(static_cast<int>(code)));
      }
    }
    const size_t maximum = limits_.max_table_bytes;
    if (text_bytes_ <= maximum) return absl::OkStatus();
    return LimitExceeded(absl::StatusCode::kInvalidArgument, "bytes of texts in lists of a table",
                         "--max-table-bytes", text_bytes_, maximum,
                         StrCat("the texts in the lists of the table take ", text_bytes_,
                                " bytes when each is written out, more than the limit"));
  }

  absl::Status ReadStringLists(size_t index, const v1::StringListColumn& column) {
    PQL_RETURN_IF_ERROR(CheckCount(FieldOf(index, "string_lists.lengths"),
                                   static_cast<uint64_t>(column.lengths_size()), rows_, "lengths"));
    const uint64_t elements = Sum(column.lengths());
    const auto count = static_cast<size_t>(column.values_size());
    const bool plain = column.codes().empty();
    if (plain && elements > 0) {
      PQL_RETURN_IF_ERROR(
          CheckCount(FieldOf(index, "string_lists.values"), count, elements, "strings"));
    } else if (!plain) {
      PQL_RETURN_IF_ERROR(CheckCount(FieldOf(index, "string_lists.codes"),
                                     static_cast<uint64_t>(column.codes_size()), elements,
                                     "codes"));
    }
    PQL_RETURN_IF_ERROR(CheckTextBytes(column));
    ReadLists(column.lengths(), "list", [&](size_t first, size_t size) -> absl::StatusOr<Value> {
      std::vector<std::string> texts;
      for (size_t i = first; i < first + size; ++i) {
        const size_t code = plain ? i : column.codes(static_cast<int>(i));
        if (code >= count) {
          return BadCode(FieldOf(index, "string_lists.codes"), static_cast<uint32_t>(code), count);
        }
        texts.push_back(column.values(static_cast<int>(code)));
        PQL_RETURN_IF_ERROR(CheckText(texts.back()));
      }
      return MetricFromStringList(metric(), std::move(texts));
    });
    return absl::OkStatus();
  }

  absl::Status ReadHeld() {
    std::set<uint32_t> seen;
    for (int i = 0; i < table_.held_rules_size(); ++i) {
      const v1::HeldColumn& held = table_.held_rules(i);
      const std::string field = StrCat("table.held_rules[", i, "]");
      if (held.rule().empty()) return InvalidField(StrCat(field, ".rule"), "must not be empty");
      if (!held.rows().empty()) {
        PQL_RETURN_IF_ERROR(
            CheckCount(StrCat(field, ".rows"), held.rows().size(), BitmapBytes(rows_), "bytes"));
      }
      const std::optional<uint32_t> rule = rule_set_.FindRule(held.rule());
      if (!rule.has_value()) continue;
      if (!seen.insert(*rule).second) {
        return InvalidField(StrCat(field, ".rule"), StrCat("`", held.rule(), "` is there twice"));
      }
      out_.columns.held.push_back({*rule, held.rows().empty() ? nullptr : BitsOf(held.rows())});
    }
    return absl::OkStatus();
  }

  const CheckedRuleSet& rule_set_;
  const v1::AccountTable& table_;
  const Limits& limits_;
  const bool strict_;
  const bool all_bad_rows_;
  const size_t rows_;
  SentTable& out_;
  uint64_t text_bytes_ = 0;  // of the lists so far
  MetricValues values_;      // of the column that is being read
};

void SetBit(size_t row, std::string* bitmap) {
  (*bitmap)[row / 8] =
      static_cast<char>(static_cast<uint8_t>((*bitmap)[row / 8]) | 1U << (row % 8));
}

// A bitmap of all rows for which `holds(row)`.
template <typename Holds>
std::string BitmapOf(size_t rows, const Holds& holds) {
  std::string bitmap(BitmapBytes(rows), '\0');
  for (size_t row = 0; row < rows; ++row) {
    if (holds(row)) SetBit(row, &bitmap);
  }
  return bitmap;
}

v1::Outcome ToProto(Outcome outcome) {
  switch (outcome) {
    case Outcome::kNotQualified:
      return v1::OUTCOME_NOT_QUALIFIED;
    case Outcome::kQualified:
      return v1::OUTCOME_QUALIFIED;
    case Outcome::kUnknown:
      return v1::OUTCOME_UNKNOWN;
  }
  return v1::OUTCOME_UNSPECIFIED;
}

void AddRule(const CheckedRuleSet& rule_set, const TableAnswer::RuleRows& rule,
             v1::RuleColumn* out) {
  out->set_rule(rule_set.rules[rule.rule].name);
  out->mutable_outcomes()->Reserve(static_cast<int>(rule.outcomes.size()));
  for (const Outcome outcome : rule.outcomes) out->add_outcomes(ToProto(outcome));
  if (rule.scores.empty()) return;
  const auto has_score = [&rule](size_t row) { return rule.scores[row].has_value(); };
  for (const std::optional<double> score : rule.scores) out->add_scores(score.value_or(0));
  const bool all = std::all_of(rule.scores.begin(), rule.scores.end(),
                               [](std::optional<double> score) { return score.has_value(); });
  if (!all) out->set_score_presence(BitmapOf(rule.scores.size(), has_score));
}

}  // namespace

absl::StatusOr<SentTable> FromProto(const CheckedRuleSet& rule_set, const v1::AccountTable& table,
                                    const Limits& limits, bool strict, bool all_bad_rows) {
  SentTable sent;
  PQL_RETURN_IF_ERROR(TableReader(rule_set, table, limits, strict, all_bad_rows, &sent).Read());
  return sent;
}

const std::string& IdOf(const v1::AccountTable& table, size_t row) {
  static const std::string& none = *new std::string();
  return table.account_ids().empty() ? none : table.account_ids(static_cast<int>(row));
}

void ToProto(const EvaluationSession& session, const TableAnswer& answer,
             v1::EvaluationTable* out) {
  const CheckedRuleSet& checked = session.checked();
  out->set_row_count(static_cast<uint32_t>(answer.row_count));
  out->mutable_stages()->Assign(checked.stages.begin(), checked.stages.end());
  for (const std::optional<uint32_t> stage : answer.stages) {
    out->add_stage_codes(stage.has_value() ? *stage + 1 : 0);
  }
  for (const auto& rule : answer.rules) AddRule(checked, rule, out->add_rules());
  for (const auto& rule : answer.shadow_rules) AddRule(checked, rule, out->add_shadow_rules());
  for (const TableAnswer::ScorecardRows& scorecard : answer.scorecards) {
    v1::ScoreColumn* column = out->add_scores();
    column->set_scorecard(checked.scorecards[scorecard.scorecard].name);
    column->mutable_values()->Assign(scorecard.values.begin(), scorecard.values.end());
    const std::vector<bool>& incomplete = scorecard.incomplete;
    if (std::find(incomplete.begin(), incomplete.end(), true) == incomplete.end()) continue;
    column->set_incomplete(
        BitmapOf(incomplete.size(), [&incomplete](size_t row) { return incomplete[row]; }));
  }
  for (const TableAnswer::OutputRows& output : answer.outputs) {
    v1::OutputColumn* column = out->add_outputs();
    column->set_output(checked.defines[output.define].name);
    for (const Value& value : output.values) *column->add_values() = ToProto(value);
  }
}

}  // namespace pql
