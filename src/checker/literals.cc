#include "checker/literals.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <utility>

#include "ast/rule_file.h"
#include "base/number_text.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace pql {
namespace {

// Digits with at most one point between digits: what the language would read as a number.
bool IsPlainNumber(std::string_view text) {
  const bool digits_only = std::all_of(text.begin(), text.end(),
                                       [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  if (text.empty() || !digits_only || text.front() == '.' || text.back() == '.') return false;
  if (text.size() > 1 && text[0] == '0' && text[1] != '.') return false;
  return ParseNumber(text).has_value();
}

std::optional<std::string> AsDuration(const Literal& literal) {
  if (literal.kind == Literal::Kind::kNumber) {
    constexpr double kMostDays = 1'000'000;
    if (literal.number != std::floor(literal.number) || literal.number > kMostDays) return {};
    return StrCat(static_cast<int64_t>(literal.number), "d");
  }
  if (literal.kind == Literal::Kind::kString && !ParseDurationLiteral(literal.text).error) {
    return literal.text;
  }
  return {};
}

std::optional<std::string> AsBool(const Literal& literal) {
  if (literal.kind == Literal::Kind::kString) {
    if (literal.text == "true" || literal.text == "false") return literal.text;
  } else if (literal.kind == Literal::Kind::kNumber) {
    if (literal.number == 0) return "false";
    if (literal.number == 1) return "true";
  }
  return {};
}

// The same characters between quotes; for a `one of` only where that is one of its values.
std::optional<std::string> AsText(const Literal& literal, const Type& wanted) {
  if (literal.kind == Literal::Kind::kString || literal.kind == Literal::Kind::kList) return {};
  const std::string text =
      literal.spelling.empty() ? ValueOfLiteral(literal).ToSource() : literal.spelling;
  if (wanted.kind() == Type::Kind::kOneOf) {
    const auto& options = wanted.options();
    if (std::find(options.begin(), options.end(), text) == options.end()) return {};
  }
  return QuoteString(text);
}

}  // namespace

Type TypeOfLiteral(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kNumber:
    case Literal::Kind::kPercent:
      return Type::Number();
    case Literal::Kind::kSize:
      return Type::Number("bytes");
    case Literal::Kind::kBool:
      return Type::Bool();
    case Literal::Kind::kString:
      return Type::String();
    case Literal::Kind::kDuration:
      return Type::Duration();
    case Literal::Kind::kTimestamp:
      return Type::Timestamp();
    case Literal::Kind::kList:
      return !literal.elements.empty() && literal.elements[0].kind != Literal::Kind::kString
                 ? Type::NumberList()
                 : Type::StringList();
  }
  return Type();
}

Value ValueOfLiteral(const Literal& literal) {
  switch (literal.kind) {
    case Literal::Kind::kNumber:
    case Literal::Kind::kPercent:
    case Literal::Kind::kSize:
      return Value::Number(literal.number);
    case Literal::Kind::kBool:
      return Value::Bool(literal.boolean);
    case Literal::Kind::kString:
      return Value::String(literal.text);
    case Literal::Kind::kDuration:
      return Value::Span(Duration{literal.micros});
    case Literal::Kind::kTimestamp:
      return Value::Time(Timestamp{literal.micros});
    case Literal::Kind::kList:
      break;
  }
  if (TypeOfLiteral(literal).kind() == Type::Kind::kNumberList) {
    Value::NumberList numbers;
    for (const Literal& element : literal.elements) {
      numbers.push_back(element.number == 0 ? 0 : element.number);
    }
    return Value::List(std::move(numbers));
  }
  Value::StringList texts;
  for (const Literal& element : literal.elements) texts.push_back(element.text);
  return Value::List(std::move(texts));
}

std::optional<SignedLiteral> AsSignedLiteral(const Expression& expression) {
  if (expression.kind == Expression::Kind::kLiteral) return SignedLiteral{&expression.literal};
  if (!expression.Is(Operator::kNegate)) return {};
  const Expression& operand = *expression.children[0];
  if (operand.kind != Expression::Kind::kLiteral) return {};
  const Type type = TypeOfLiteral(operand.literal);
  if (!type.IsNumber() && type.kind() != Type::Kind::kDuration) return {};
  return SignedLiteral{&operand.literal, /*minus=*/true};
}

Value ValueOf(SignedLiteral literal) {
  if (!literal.minus) return ValueOfLiteral(*literal.literal);
  if (literal.literal->kind == Literal::Kind::kDuration) {
    return Value::Span(Duration{-literal.literal->micros});
  }
  return Value::Number(-literal.literal->number);
}

std::optional<std::string> Respell(const Literal& literal, const Type& wanted) {
  const bool is_string = literal.kind == Literal::Kind::kString;
  switch (wanted.kind()) {
    case Type::Kind::kDuration:
      return AsDuration(literal);
    case Type::Kind::kTimestamp:
      if (is_string && ParseTimestamp(literal.text)) return literal.text;
      return {};
    case Type::Kind::kNumber:
      if (is_string && IsPlainNumber(literal.text)) return literal.text;
      return {};
    case Type::Kind::kBool:
      return AsBool(literal);
    case Type::Kind::kString:
    case Type::Kind::kOneOf:
      return AsText(literal, wanted);
    case Type::Kind::kUnknown:
    case Type::Kind::kNumberList:
    case Type::Kind::kStringList:
      return {};
  }
  return {};
}

}  // namespace pql
