#include "language/value.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ast/rule_file.h"
#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace pql {
namespace {

template <typename Elements, typename Format>
std::string ListToSource(const Elements& elements, const Format& format) {
  std::string text = "[";
  std::string_view separator;
  for (const auto& element : elements) {
    StrAppend(&text, separator, format(element));
    separator = ", ";
  }
  return text + "]";
}

bool IsOption(const Type& one_of, const std::string& text) {
  return std::find(one_of.options().begin(), one_of.options().end(), text) !=
         one_of.options().end();
}

// -0.0 + 0.0 is 0.0; every other number stays as it is.
double WithoutNegativeZero(double number) { return number + 0.0; }

}  // namespace

Value Value::Number(double number) {
  if (!std::isfinite(number)) return Missing();
  return Value(Data(WithoutNegativeZero(number)));
}

Value Value::Time(Timestamp time) {
  if (time.micros < kMinTimestampMicros || time.micros > kMaxTimestampMicros) return Missing();
  return Value(Data(time));
}

Value Value::RoundedSpan(double micros) {
  // std::round is half away from zero.  2^63 itself is out of range; NaN fails both comparisons.
  constexpr double kLimit = 9223372036854775808.0;
  const double rounded = std::round(micros);
  if (!(rounded >= -kLimit && rounded < kLimit)) return Missing();
  return Span({static_cast<int64_t>(rounded)});
}

Value Value::List(NumberList numbers) {
  for (double& number : numbers) {
    if (!std::isfinite(number)) return Missing();
    number = WithoutNegativeZero(number);
  }
  return Value(Data(std::move(numbers)));
}

bool Value::Fits(const Type& type) const {
  if (IsMissing()) return true;
  switch (type.kind()) {
    case Type::Kind::kUnknown:
      return true;
    case Type::Kind::kNumber:
      return IsNumber();
    case Type::Kind::kBool:
      return IsBool();
    case Type::Kind::kString:
      return IsString();
    case Type::Kind::kOneOf:
      return IsString() && IsOption(type, string());
    case Type::Kind::kTimestamp:
      return IsTimestamp();
    case Type::Kind::kDuration:
      return IsDuration();
    case Type::Kind::kNumberList:
      return IsNumberList();
    case Type::Kind::kStringList:
      return IsStringList();
  }
  return false;
}

std::string Value::ToSource() const {
  if (IsNumber()) return FormatGroupedNumber(number());
  if (IsBool()) return boolean() ? "true" : "false";
  if (IsString()) return QuoteString(string());
  if (IsTimestamp()) return FormatTimestampLiteral(timestamp().micros);
  if (IsDuration()) return FormatDuration(duration().micros);
  if (IsNumberList()) return ListToSource(numbers(), FormatGroupedNumber);
  if (IsStringList()) return ListToSource(strings(), QuoteString);
  return "missing";
}

}  // namespace pql
