// Values while a compiled plan computes: like Value, but 24 bytes without ownership.
// Texts and lists are views of what lives elsewhere.  Thread-safe when const.

#ifndef PQL_EVAL_PLAN_CELL_H_
#define PQL_EVAL_PLAN_CELL_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "ast/operator.h"
#include "language/value.h"

namespace pql {

struct Cell {
  enum class Kind : uint8_t { kMissing, kNumber, kBool, kTime, kSpan, kText, kList };

  Kind kind = Kind::kMissing;
  uint32_t size = 0;  // of a text, in bytes
  union {
    double number = 0;
    bool boolean;
    int64_t micros;     // of a time or a span
    const char* text;   // not ended by a zero byte
    const Value* list;  // a list of either type
  };

  bool IsMissing() const { return kind == Kind::kMissing; }
  bool IsNumber() const { return kind == Kind::kNumber; }
  bool IsBool() const { return kind == Kind::kBool; }
  bool IsTrue() const { return kind == Kind::kBool && boolean; }
  bool IsFalse() const { return kind == Kind::kBool && !boolean; }
  std::string_view view() const { return {text, size}; }

  // What is not finite is missing; -0.0 becomes 0.
  static Cell Number(double number);
  static Cell Bool(bool boolean);
  // Missing outside of the years 1 to 9999.
  static Cell Time(int64_t micros);
  static Cell Span(int64_t micros);
  // Rounded to the microsecond, half away from zero; missing when it is not finite or out of range.
  static Cell RoundedSpan(double micros);
  static Cell Text(std::string_view text);
  static Cell List(const Value* list);
  // A view of `value`, which must outlive it.
  static Cell Of(const Value& value);

  Value ToValue() const;
};

// Strict operators as OperatorInfo::body has them, over cells.  REQUIRES: the operands are present
// and as the checker lets them through.
Cell ApplyOperator(Operator op, const Cell& a, const Cell& b);
Cell ApplyNegate(const Cell& a);
bool SameCell(const Cell& a, const Cell& b);
// Three-way order of two present cells of the same ordered type.
int CompareCells(const Cell& a, const Cell& b);
// Whether it is a number or duration of nothing.
bool IsZeroCell(const Cell& cell);

inline Cell Cell::Number(double number) {
  Cell cell;
  // Finite exactly where the difference to itself is 0.
  if (number - number == 0) {
    cell.kind = Kind::kNumber;
    cell.number = number + 0.0;
  }
  return cell;
}

inline Cell Cell::Bool(bool boolean) {
  Cell cell;
  cell.kind = Kind::kBool;
  cell.boolean = boolean;
  return cell;
}

inline Cell Cell::Span(int64_t micros) {
  Cell cell;
  cell.kind = Kind::kSpan;
  cell.micros = micros;
  return cell;
}

inline Cell Cell::Text(std::string_view text) {
  Cell cell;
  cell.kind = Kind::kText;
  cell.text = text.data();
  cell.size = static_cast<uint32_t>(text.size());
  return cell;
}

inline Cell Cell::List(const Value* list) {
  Cell cell;
  cell.kind = Kind::kList;
  cell.list = list;
  return cell;
}

}  // namespace pql

#endif  // PQL_EVAL_PLAN_CELL_H_
