#include "eval/plan/cell.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

#include "ast/operator.h"
#include "base/time_text.h"

namespace pql {
namespace {

double Micros(const Cell& span) { return static_cast<double>(span.micros); }

Cell Add(const Cell& a, const Cell& b) {
  if (a.IsNumber()) return Cell::Number(a.number + b.number);
  int64_t sum = 0;
  if (__builtin_add_overflow(a.micros, b.micros, &sum)) return {};
  const bool is_time = a.kind == Cell::Kind::kTime || b.kind == Cell::Kind::kTime;
  return is_time ? Cell::Time(sum) : Cell::Span(sum);
}

Cell Subtract(const Cell& a, const Cell& b) {
  if (a.IsNumber()) return Cell::Number(a.number - b.number);
  int64_t difference = 0;
  if (__builtin_sub_overflow(a.micros, b.micros, &difference)) return {};
  const bool is_time = a.kind == Cell::Kind::kTime && b.kind != Cell::Kind::kTime;
  return is_time ? Cell::Time(difference) : Cell::Span(difference);
}

Cell Multiply(const Cell& a, const Cell& b) {
  if (a.kind == Cell::Kind::kSpan) return Cell::RoundedSpan(Micros(a) * b.number);
  if (b.kind == Cell::Kind::kSpan) return Cell::RoundedSpan(a.number * Micros(b));
  return Cell::Number(a.number * b.number);
}

Cell Divide(const Cell& a, const Cell& b) {
  if (IsZeroCell(b)) return {};
  if (a.IsNumber()) return Cell::Number(a.number / b.number);
  if (b.IsNumber()) return Cell::RoundedSpan(Micros(a) / b.number);
  return Cell::Number(Micros(a) / Micros(b));
}

bool ListContains(const Value& list, const Cell& element) {
  if (list.IsNumberList()) {
    const Value::NumberList& numbers = list.numbers();
    return std::find(numbers.begin(), numbers.end(), element.number) != numbers.end();
  }
  const Value::StringList& texts = list.strings();
  return std::find(texts.begin(), texts.end(), element.view()) != texts.end();
}

bool Contains(const Cell& a, const Cell& b) {
  if (a.kind == Cell::Kind::kList) return ListContains(*a.list, b);
  return a.view().find(b.view()) != std::string_view::npos;
}

template <typename T>
int ThreeWay(T a, T b) {
  return (b < a) - (a < b);
}

}  // namespace

Cell Cell::Time(int64_t micros) {
  if (micros < kMinTimestampMicros || micros > kMaxTimestampMicros) return {};
  Cell cell;
  cell.kind = Kind::kTime;
  cell.micros = micros;
  return cell;
}

Cell Cell::RoundedSpan(double micros) {
  constexpr double kLimit = 9223372036854775808.0;  // 2^63
  const double rounded = std::round(micros);
  if (!(rounded >= -kLimit && rounded < kLimit)) return {};
  return Span(static_cast<int64_t>(rounded));
}

Cell Cell::Of(const Value& value) {
  if (value.IsNumber()) return Number(value.number());
  if (value.IsBool()) return Bool(value.boolean());
  if (value.IsString()) return Text(value.string());
  if (value.IsTimestamp()) return Time(value.timestamp().micros);
  if (value.IsDuration()) return Span(value.duration().micros);
  if (value.IsMissing()) return {};
  return List(&value);
}

Value Cell::ToValue() const {
  switch (kind) {
    case Kind::kMissing:
      return Value::Missing();
    case Kind::kNumber:
      return Value::Number(number);
    case Kind::kBool:
      return Value::Bool(boolean);
    case Kind::kTime:
      return Value::Time({micros});
    case Kind::kSpan:
      return Value::Span({micros});
    case Kind::kText:
      return Value::String(std::string(view()));
    case Kind::kList:
      return *list;
  }
  return Value::Missing();
}

bool IsZeroCell(const Cell& cell) {
  return (cell.IsNumber() && cell.number == 0) ||
         (cell.kind == Cell::Kind::kSpan && cell.micros == 0);
}

bool SameCell(const Cell& a, const Cell& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Cell::Kind::kMissing:
      return true;
    case Cell::Kind::kNumber:
      return a.number == b.number;
    case Cell::Kind::kBool:
      return a.boolean == b.boolean;
    case Cell::Kind::kTime:
    case Cell::Kind::kSpan:
      return a.micros == b.micros;
    case Cell::Kind::kText:
      return a.view() == b.view();
    case Cell::Kind::kList:
      return *a.list == *b.list;
  }
  return false;
}

int CompareCells(const Cell& a, const Cell& b) {
  return a.IsNumber() ? ThreeWay(a.number, b.number) : ThreeWay(a.micros, b.micros);
}

Cell ApplyNegate(const Cell& a) {
  if (a.IsNumber()) return Cell::Number(-a.number);
  int64_t negated = 0;
  if (__builtin_sub_overflow(int64_t{0}, a.micros, &negated)) return {};
  return Cell::Span(negated);
}

Cell ApplyOperator(Operator op, const Cell& a, const Cell& b) {
  switch (op) {
    case Operator::kEqual:
      return Cell::Bool(SameCell(a, b));
    case Operator::kNotEqual:
      return Cell::Bool(!SameCell(a, b));
    case Operator::kLess:
      return Cell::Bool(CompareCells(a, b) < 0);
    case Operator::kLessOrEqual:
      return Cell::Bool(CompareCells(a, b) <= 0);
    case Operator::kGreater:
      return Cell::Bool(CompareCells(a, b) > 0);
    case Operator::kGreaterOrEqual:
      return Cell::Bool(CompareCells(a, b) >= 0);
    case Operator::kContains:
      return Cell::Bool(Contains(a, b));
    case Operator::kStartsWith:
      return Cell::Bool(a.view().starts_with(b.view()));
    case Operator::kEndsWith:
      return Cell::Bool(a.view().ends_with(b.view()));
    case Operator::kAdd:
      return Add(a, b);
    case Operator::kSubtract:
      return Subtract(a, b);
    case Operator::kMultiply:
      return Multiply(a, b);
    case Operator::kDivide:
      return Divide(a, b);
    default:
      assert(false && "not a strict operator of two operands");
      return {};
  }
}

}  // namespace pql
