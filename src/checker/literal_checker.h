// Places where the language asks for a literal: defaults, given values, points, caps, times.
// Thread-compatible: reports to the checker's sink.

#ifndef PQL_CHECKER_LITERAL_CHECKER_H_
#define PQL_CHECKER_LITERAL_CHECKER_H_

#include <optional>
#include <string>
#include <string_view>

#include "ast/expression.h"
#include "checker/expression_checker.h"
#include "language/type.h"
#include "language/value.h"

namespace pql {

struct LiteralPlace {
  std::string what;    // "the default of `messages`"
  std::string target;  // what holds the value: "`messages`"
  Type type;           // what is asked for; kUnknown: anything
  bool minus_allowed = false;
  std::string no_minus_hint = {};  // what to do instead
};

// The value of the literal, or nothing after a finding (the parser's included).
std::optional<Value> CheckLiteralAt(const LiteralPlace& place, const Expression& expression,
                                    ExpressionChecker* checker);

// How a value of the type is written, for hints: `2026-03-01`.
std::string ExampleLiteral(const Type& type);

}  // namespace pql

#endif  // PQL_CHECKER_LITERAL_CHECKER_H_
