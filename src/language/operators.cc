#include "language/operators.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "language/value.h"

namespace pql {
namespace {

using Operands = std::span<const Value>;

double Micros(Duration duration) { return static_cast<double>(duration.micros); }

Value AddMicros(Timestamp time, int64_t micros) {
  int64_t sum = 0;
  if (__builtin_add_overflow(time.micros, micros, &sum)) return Value::Missing();
  return Value::Time({sum});
}

Value Add(Operands v) {
  const Value& a = v[0];
  const Value& b = v[1];
  if (a.IsNumber()) return Value::Number(a.number() + b.number());
  if (a.IsTimestamp()) return AddMicros(a.timestamp(), b.duration().micros);
  if (b.IsTimestamp()) return AddMicros(b.timestamp(), a.duration().micros);
  int64_t sum = 0;
  if (__builtin_add_overflow(a.duration().micros, b.duration().micros, &sum)) {
    return Value::Missing();
  }
  return Value::Span({sum});
}

Value Subtract(Operands v) {
  const Value& a = v[0];
  const Value& b = v[1];
  if (a.IsNumber()) return Value::Number(a.number() - b.number());
  const int64_t from = a.IsTimestamp() ? a.timestamp().micros : a.duration().micros;
  const int64_t what = b.IsTimestamp() ? b.timestamp().micros : b.duration().micros;
  int64_t difference = 0;
  if (__builtin_sub_overflow(from, what, &difference)) return Value::Missing();
  const bool is_time = a.IsTimestamp() && !b.IsTimestamp();
  return is_time ? Value::Time({difference}) : Value::Span({difference});
}

Value Multiply(Operands v) {
  const Value& a = v[0];
  const Value& b = v[1];
  if (a.IsDuration()) return Value::RoundedSpan(Micros(a.duration()) * b.number());
  if (b.IsDuration()) return Value::RoundedSpan(a.number() * Micros(b.duration()));
  return Value::Number(a.number() * b.number());
}

bool IsZero(const Value& value) {
  return (value.IsNumber() && value.number() == 0) ||
         (value.IsDuration() && value.duration().micros == 0);
}

Value Divide(Operands v) {
  const Value& a = v[0];
  const Value& b = v[1];
  if (IsZero(b)) return Value::Missing();
  if (a.IsNumber()) return Value::Number(a.number() / b.number());
  if (b.IsNumber()) return Value::RoundedSpan(Micros(a.duration()) / b.number());
  return Value::Number(Micros(a.duration()) / Micros(b.duration()));
}

Value Negate(Operands v) {
  if (v[0].IsNumber()) return Value::Number(-v[0].number());
  int64_t negated = 0;
  if (__builtin_sub_overflow(int64_t{0}, v[0].duration().micros, &negated)) {
    return Value::Missing();
  }
  return Value::Span({negated});
}

Value Equal(Operands v) { return Value::Bool(v[0] == v[1]); }
Value NotEqual(Operands v) { return Value::Bool(!(v[0] == v[1])); }
Value Less(Operands v) { return Value::Bool(CompareOrdered(v[0], v[1]) < 0); }
Value LessOrEqual(Operands v) { return Value::Bool(CompareOrdered(v[0], v[1]) <= 0); }
Value Greater(Operands v) { return Value::Bool(CompareOrdered(v[0], v[1]) > 0); }
Value GreaterOrEqual(Operands v) { return Value::Bool(CompareOrdered(v[0], v[1]) >= 0); }

template <typename List, typename Element>
Value ListContains(const List& list, const Element& element) {
  return Value::Bool(std::find(list.begin(), list.end(), element) != list.end());
}

Value Contains(Operands v) {
  if (v[0].IsNumberList()) return ListContains(v[0].numbers(), v[1].number());
  if (v[0].IsStringList()) return ListContains(v[0].strings(), v[1].string());
  return Value::Bool(v[0].string().find(v[1].string()) != std::string::npos);
}

Value StartsWith(Operands v) { return Value::Bool(v[0].string().starts_with(v[1].string())); }
Value EndsWith(Operands v) { return Value::Bool(v[0].string().ends_with(v[1].string())); }

constexpr std::array<OperatorInfo, kOperatorCount> kOperators = {{
    {Operator::kIf, "if", 1, Typing::kConditional, nullptr},
    {Operator::kOr, "or", 2, Typing::kLogic, nullptr},
    {Operator::kAnd, "and", 3, Typing::kLogic, nullptr},
    {Operator::kNot, "not", 4, Typing::kLogic, nullptr},
    {Operator::kAtLeast, "at least", 9, Typing::kLogic, nullptr},
    {Operator::kIn, "in", 5, Typing::kMembership, nullptr},
    {Operator::kNotIn, "not in", 5, Typing::kMembership, nullptr},
    {Operator::kBetween, "between", 5, Typing::kOrdering, nullptr},
    {Operator::kWithinLast, "within last", 5, Typing::kWindow, nullptr},
    {Operator::kWithinNext, "within next", 5, Typing::kWindow, nullptr},
    {Operator::kIsMissing, "is missing", 5, Typing::kPresence, nullptr},
    {Operator::kIsPresent, "is present", 5, Typing::kPresence, nullptr},
    {Operator::kEqual, "==", 5, Typing::kEquality, Equal},
    {Operator::kNotEqual, "!=", 5, Typing::kEquality, NotEqual},
    {Operator::kLess, "<", 5, Typing::kOrdering, Less},
    {Operator::kLessOrEqual, "<=", 5, Typing::kOrdering, LessOrEqual},
    {Operator::kGreater, ">", 5, Typing::kOrdering, Greater},
    {Operator::kGreaterOrEqual, ">=", 5, Typing::kOrdering, GreaterOrEqual},
    {Operator::kContains, "contains", 5, Typing::kContains, Contains},
    {Operator::kStartsWith, "starts with", 5, Typing::kText, StartsWith},
    {Operator::kEndsWith, "ends with", 5, Typing::kText, EndsWith},
    {Operator::kMatches, "matches", 5, Typing::kPattern, nullptr},
    {Operator::kAdd, "+", 6, Typing::kAdditive, Add},
    {Operator::kSubtract, "-", 6, Typing::kAdditive, Subtract},
    {Operator::kMultiply, "*", 7, Typing::kMultiplicative, Multiply},
    {Operator::kDivide, "/", 7, Typing::kMultiplicative, Divide},
    {Operator::kNegate, "-", 8, Typing::kNegation, Negate},
}};

constexpr bool RowsAreInOrder() {
  for (size_t i = 0; i < kOperators.size(); ++i) {
    if (static_cast<size_t>(kOperators[i].op) != i) return false;
  }
  return true;
}
static_assert(RowsAreInOrder(), "kOperators is indexed by Operator");

template <typename T>
int ThreeWay(const T& a, const T& b) {
  return (b < a) - (a < b);
}

}  // namespace

const OperatorInfo& InfoOf(Operator op) { return kOperators[static_cast<size_t>(op)]; }

bool IsHopeless(Operator op, std::span<const Value> operands) {
  return op == Operator::kDivide && IsZero(operands[1]);
}

Operator Negated(Operator comparison) {
  switch (comparison) {
    case Operator::kEqual:
      return Operator::kNotEqual;
    case Operator::kNotEqual:
      return Operator::kEqual;
    case Operator::kLess:
      return Operator::kGreaterOrEqual;
    case Operator::kLessOrEqual:
      return Operator::kGreater;
    case Operator::kGreater:
      return Operator::kLessOrEqual;
    case Operator::kGreaterOrEqual:
      return Operator::kLess;
    default:
      assert(false && "not a comparison");
      return comparison;
  }
}

Operator Mirrored(Operator comparison) {
  switch (comparison) {
    case Operator::kLess:
      return Operator::kGreater;
    case Operator::kLessOrEqual:
      return Operator::kGreaterOrEqual;
    case Operator::kGreater:
      return Operator::kLess;
    case Operator::kGreaterOrEqual:
      return Operator::kLessOrEqual;
    default:
      assert(IsComparison(comparison));
      return comparison;
  }
}

bool IsComparison(Operator op) {
  const Typing typing = InfoOf(op).typing;
  return typing == Typing::kEquality || (typing == Typing::kOrdering && op != Operator::kBetween);
}

bool ComparesValues(Operator op) {
  const Typing typing = InfoOf(op).typing;
  return typing == Typing::kEquality || typing == Typing::kOrdering ||
         typing == Typing::kMembership;
}

int CompareOrdered(const Value& a, const Value& b) {
  if (a.IsNumber()) return ThreeWay(a.number(), b.number());
  if (a.IsTimestamp()) return ThreeWay(a.timestamp(), b.timestamp());
  return ThreeWay(a.duration(), b.duration());
}

}  // namespace pql
