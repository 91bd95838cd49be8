#include "accounts/metric_value.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <utility>

#include "absl/status/status.h"
#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/unicode.h"
#include "nlohmann/json.hpp"

namespace pql {
namespace {

absl::Status Invalid(std::string_view message) {
  return absl::InvalidArgumentError(ToAbsl(message));
}

// What a type takes, for people; how it is written where a text has to say it.
std::string Expected(const Type& type) {
  switch (type.kind()) {
    case Type::Kind::kTimestamp:
      return "a timestamp such as `2026-03-01T08:30:00Z`";
    case Type::Kind::kDuration:
      return "a duration such as `1d12h`";
    case Type::Kind::kOneOf: {
      std::string text = "one of ";
      for (size_t i = 0; i < type.options().size(); ++i) {
        if (i > 0) text += ", ";
        if (i == 20) return text + "...";
        StrAppend(&text, ShownText(type.options()[i]));
      }
      return text;
    }
    default:
      return type.Describe();
  }
}

absl::Status NoOption(const Type& type, std::string_view text) {
  std::string message = StrCat("expected ", Expected(type), ", got ", ShownText(text));
  const std::string_view nearest = NearestWord(text, type.options());
  if (!nearest.empty()) StrAppend(&message, "; did you mean ", ShownText(nearest), "?");
  return Invalid(message);
}

absl::Status NoTimestamp(const Type& type, std::string_view text) {
  std::string message = StrCat("expected ", Expected(type), ", got ", ShownText(text));
  // What databases and spreadsheets write: `2026-03-01 08:30`, in a time zone that only they know.
  std::string guess(text);
  if (guess.size() > 10 && guess[10] == ' ') guess[10] = 'T';
  for (const char* rest : {"", "Z", ":00Z"}) {
    const std::string candidate = StrCat(guess, rest);
    if (!ParseTimestamp(candidate)) continue;
    StrAppend(&message, "; write ", ShownText(candidate), " if that is the time in UTC");
    break;
  }
  return Invalid(message);
}

absl::Status NoNumber(const Type& type, std::string_view cell) {
  std::string message = StrCat("expected ", type.Describe(), ", got ", ShownText(cell));
  std::string without_commas(cell);
  without_commas.erase(std::remove(without_commas.begin(), without_commas.end(), ','),
                       without_commas.end());
  if (without_commas.size() < cell.size() && ParseNumber(without_commas)) {
    StrAppend(&message,
              "; write numbers with a decimal point and without separators between thousands");
  }
  return Invalid(message);
}

// Whether the cell is the word, in any case.
bool IsWord(std::string_view cell, std::string_view lower_word) {
  return std::equal(
      cell.begin(), cell.end(), lower_word.begin(), lower_word.end(), [](char seen, char lower) {
        return seen == lower || (seen >= 'A' && seen <= 'Z' && seen - 'A' + 'a' == lower);
      });
}

absl::StatusOr<Value> ListFromCell(const Type& type, std::string_view cell) {
  const nlohmann::json list = nlohmann::json::parse(cell, nullptr, /*allow_exceptions=*/false);
  const auto all = [&list](auto is) { return std::all_of(list.begin(), list.end(), is); };
  if (list.is_array()) {
    if (list.empty()) return ValueFromEmptyList(type);
    if (all([](const nlohmann::json& element) { return element.is_number(); })) {
      return ValueFromNumberList(type, list.get<std::vector<double>>());
    }
    if (all([](const nlohmann::json& element) { return element.is_string(); })) {
      return ValueFromStringList(type, list.get<std::vector<std::string>>());
    }
  }
  return Invalid(StrCat("expected ", type.Describe(), " as a JSON array such as ",
                        type.kind() == Type::Kind::kNumberList ? "`[1, 2]`" : "`[\"a\", \"b\"]`",
                        ", got ", ShownText(cell)));
}

absl::StatusOr<Value> Named(const Metric& metric, absl::StatusOr<Value> value) {
  if (value.ok()) return value;
  return absl::Status(value.status().code(), ToAbsl(StrCat("metric ", ShownText(metric.name), ": ",
                                                           FromAbsl(value.status().message()))));
}

}  // namespace

std::string ShownText(std::string_view text) { return StrCat("`", EscapeAndCut(text), "`"); }

absl::Status TypeError(const Type& type, std::string_view seen) {
  return Invalid(StrCat("expected ", Expected(type), ", got ", seen));
}

absl::StatusOr<Value> ValueFromNumber(const Type& type, double number) {
  if (!std::isfinite(number)) return Invalid("a number must be finite");
  if (!type.IsNumber()) {
    return TypeError(type, StrCat("the number ", EscapeAndCut(FormatNumber(number))));
  }
  return Value::Number(number);
}

absl::StatusOr<Value> ValueFromBool(const Type& type, bool boolean) {
  if (type.kind() != Type::Kind::kBool) return TypeError(type, boolean ? "`true`" : "`false`");
  return Value::Bool(boolean);
}

bool CellFromString(const Type& type, std::string_view text, Cell* cell) {
  switch (type.kind()) {
    case Type::Kind::kString:
      *cell = Cell::Text(text);
      return true;
    case Type::Kind::kOneOf: {
      const auto& options = type.options();
      *cell = Cell::Text(text);
      return std::find(options.begin(), options.end(), text) != options.end();
    }
    case Type::Kind::kTimestamp: {
      const std::optional<int64_t> micros = ParseTimestamp(text);
      if (micros.has_value()) *cell = Cell::Time(*micros);
      return micros.has_value();
    }
    case Type::Kind::kDuration: {
      const std::optional<int64_t> micros = ParseDuration(text);
      if (micros.has_value()) *cell = Cell::Span(*micros);
      return micros.has_value();
    }
    default:
      return false;
  }
}

absl::StatusOr<Value> ValueFromString(const Type& type, std::string_view text) {
  Cell cell;
  if (CellFromString(type, text, &cell)) return cell.ToValue();
  switch (type.kind()) {
    case Type::Kind::kOneOf:
      return NoOption(type, text);
    case Type::Kind::kTimestamp:
      return NoTimestamp(type, text);
    case Type::Kind::kDuration:
      return TypeError(type, ShownText(text));
    default: {
      const std::string shown = ShownText(text);
      return TypeError(type, StrCat("the string \"", shown.substr(1, shown.size() - 2), "\""));
    }
  }
}

absl::StatusOr<Value> ValueFromNumberList(const Type& type, std::vector<double> numbers) {
  if (type.kind() != Type::Kind::kNumberList) return TypeError(type, "a list of numbers");
  for (double& number : numbers) {
    if (!std::isfinite(number)) return Invalid("a number must be finite");
    if (number == 0) number = 0;  // drops the sign of -0.0
  }
  return Value::List(std::move(numbers));
}

absl::StatusOr<Value> ValueFromStringList(const Type& type, std::vector<std::string> texts) {
  if (type.kind() != Type::Kind::kStringList) return TypeError(type, "a list of strings");
  return Value::List(std::move(texts));
}

absl::StatusOr<Value> ValueFromEmptyList(const Type& type) {
  if (type.kind() == Type::Kind::kNumberList) return Value::List(Value::NumberList());
  if (type.kind() == Type::Kind::kStringList) return Value::List(Value::StringList());
  return TypeError(type, "an empty list");
}

bool CellFromCsv(const Type& type, std::string_view text, Cell* cell) {
  if (type.IsNumber()) {
    const std::optional<double> number = ParseNumber(text);
    if (number.has_value()) *cell = Cell::Number(*number);
    return number.has_value();
  }
  if (!type.IsBool()) return CellFromString(type, text, cell);
  const bool is_true = IsWord(text, "true");
  *cell = Cell::Bool(is_true);
  return is_true || IsWord(text, "false");
}

absl::StatusOr<Value> ValueFromCell(const Type& type, std::string_view cell) {
  if (type.IsNumber() || type.IsBool()) {
    Cell value;
    if (CellFromCsv(type, cell, &value)) return value.ToValue();
    return type.IsNumber() ? NoNumber(type, cell) : TypeError(type, ShownText(cell));
  }
  if (FindInvalidUtf8(cell)) {
    return Invalid(StrCat("expected text in UTF-8, got ", ShownText(cell)));
  }
  if (type.IsList()) return ListFromCell(type, cell);
  return ValueFromString(type, cell);
}

absl::StatusOr<Value> MetricFromNumber(const Metric& metric, double number) {
  return Named(metric, ValueFromNumber(metric.type, number));
}
absl::StatusOr<Value> MetricFromBool(const Metric& metric, bool boolean) {
  return Named(metric, ValueFromBool(metric.type, boolean));
}
absl::StatusOr<Value> MetricFromString(const Metric& metric, std::string_view text) {
  return Named(metric, ValueFromString(metric.type, text));
}
absl::StatusOr<Value> MetricFromNumberList(const Metric& metric, std::vector<double> numbers) {
  return Named(metric, ValueFromNumberList(metric.type, std::move(numbers)));
}
absl::StatusOr<Value> MetricFromStringList(const Metric& metric, std::vector<std::string> texts) {
  return Named(metric, ValueFromStringList(metric.type, std::move(texts)));
}
absl::StatusOr<Value> MetricFromEmptyList(const Metric& metric) {
  return Named(metric, ValueFromEmptyList(metric.type));
}
absl::Status MetricTypeError(const Metric& metric, std::string_view seen) {
  return Named(metric, TypeError(metric.type, seen)).status();
}

}  // namespace pql
