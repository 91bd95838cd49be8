// Literals as values and types, and what someone meant who wrote a literal of the wrong type.
// Pure functions; thread-safe.

#ifndef PQL_CHECKER_LITERALS_H_
#define PQL_CHECKER_LITERALS_H_

#include <optional>
#include <string>

#include "ast/expression.h"
#include "language/type.h"
#include "language/value.h"

namespace pql {

// A size is a number of bytes; a list without elements has the type kStringList.
Type TypeOfLiteral(const Literal& literal);
Value ValueOfLiteral(const Literal& literal);

// `minus` tells whether the literal stood behind a minus sign.
struct SignedLiteral {
  const Literal* literal = nullptr;
  bool minus = false;
};
// The literal that the expression is, with or without a minus sign in front; nothing for any other
// expression.
std::optional<SignedLiteral> AsSignedLiteral(const Expression& expression);

// REQUIRES: a number, percentage, size or duration.
Value ValueOf(SignedLiteral literal);

// How the literal would have to be written to be of type `wanted`, where that is plain: `14d` for
// `14` as a duration (days, as in a spreadsheet), `2026-03-01` for `"2026-03-01"` as a timestamp,
// `"5"` for `5` as a string.
std::optional<std::string> Respell(const Literal& literal, const Type& wanted);

}  // namespace pql

#endif  // PQL_CHECKER_LITERALS_H_
