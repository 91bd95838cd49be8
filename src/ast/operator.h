// The operators of the language, by name.  How each is spelled, binds, is typed and evaluated
// stands in one row of language/operators.cc.

#ifndef PQL_AST_OPERATOR_H_
#define PQL_AST_OPERATOR_H_

#include <cstdint>

namespace pql {

enum class Operator : uint8_t {
  // Kleene logic: operands may be missing.
  kIf,       // condition, then, else
  kOr,       // two or more operands
  kAnd,      // two or more operands
  kNot,
  kAtLeast,  // one or more conditions; how many of them: Expression::count
  kIn,          // subject, members...
  kNotIn,       // subject, members...
  kBetween,     // subject, low, high (both included)
  kWithinLast,  // timestamp, duration
  kWithinNext,  // timestamp, duration
  kIsMissing,
  kIsPresent,
  // Strict: a missing operand makes the result missing.
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kContains,
  kStartsWith,
  kEndsWith,
  kMatches,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kNegate,
};
inline constexpr int kOperatorCount = static_cast<int>(Operator::kNegate) + 1;

}  // namespace pql

#endif  // PQL_AST_OPERATOR_H_
