// The operator table: spelling, binding strength, typing and, for the strict ones, the body of each
// operator, one row each.  Immutable; thread-safe.

#ifndef PQL_LANGUAGE_OPERATORS_H_
#define PQL_LANGUAGE_OPERATORS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "ast/operator.h"
#include "language/value.h"

namespace pql {

// How an operator is typed; the checker has one case for each.
enum class Typing : uint8_t {
  kConditional,  // bool, T, T -> T
  kLogic,        // bools -> bool
  kEquality,     // T, T -> bool; no lists
  kOrdering,     // ordered T, T (, T) -> bool
  kMembership,   // T, T... -> bool
  kContains,     // string, string or list(T), T -> bool
  kText,         // string, string -> bool
  kPattern,      // string, literal RE2 pattern -> bool
  kWindow,       // timestamp, duration -> bool
  kPresence,     // any -> bool
  kAdditive,     // number, duration, timestamp with duration
  kMultiplicative,
  kNegation,  // number or duration
};

struct OperatorInfo {
  Operator op;
  std::string_view spelling;  // `and`, `>=`, `starts with`, `within last`
  int level;                  // as in grammar/README.md: 1 binds loosest, 8 tightest; 9: needs none
  Typing typing;
  // Strict operators: the result for present operands, missing where there is none (division by
  // zero, not finite, out of range).  Null for those that know missing operands themselves and for
  // `matches`, whose pattern is compiled by the checker.
  Value (*body)(std::span<const Value> operands);
};

const OperatorInfo& InfoOf(Operator op);

// Whether no value of the missing operands can make the result of a strict operator present: a
// division by a present zero.
bool IsHopeless(Operator op, std::span<const Value> operands);

// `<` for `>=` and so on: the comparison that holds exactly where this one does not.
Operator Negated(Operator comparison);
// `>` for `<`: the comparison with its operands swapped.
Operator Mirrored(Operator comparison);
bool IsComparison(Operator op);  // == != < <= > >=
// Whether it holds operands of one type against each other: a comparison, `between`, `in`, `not
// in`.
bool ComparesValues(Operator op);

// Three-way order of two present values of the same ordered type.
int CompareOrdered(const Value& a, const Value& b);

}  // namespace pql

#endif  // PQL_LANGUAGE_OPERATORS_H_
