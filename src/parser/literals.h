// The values of literals, and what is wrong with the way one is written.  Pure functions;
// thread-safe.

#ifndef PQL_PARSER_LITERALS_H_
#define PQL_PARSER_LITERALS_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ast/expression.h"
#include "diagnostics/diagnostic.h"

namespace pql {

// A mistake in one literal.
struct LiteralFinding {
  DiagnosticKind kind;
  std::vector<DiagnosticArgument> arguments;
  std::string hint;
  std::string replacement;  // the right form of the whole literal; empty when there is none
  bool safe = true;         // whether the replacement surely means the same
};

struct ParsedLiteral {
  std::optional<Literal> value;  // also behind a mistake that leaves no doubt; else nothing
  std::optional<LiteralFinding> finding;
};

// A token that begins with a digit or a dot: number, percent, size or duration.
ParsedLiteral ParseNumeric(std::string_view text);
ParsedLiteral ParseTimestampToken(std::string_view text);
// A string with its quotation marks, whatever they are (2 code points are taken off).
ParsedLiteral ParseStringToken(std::string_view text);

}  // namespace pql

#endif  // PQL_PARSER_LITERALS_H_
