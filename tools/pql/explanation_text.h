// Explanations, gaps and next changes for people: marks, aligned sentences, colour.  They come in
// the protobuf JSON mapping of their messages, made offline or by a server.  Pure functions;
// thread-safe.

#ifndef TOOLS_PQL_EXPLANATION_TEXT_H_
#define TOOLS_PQL_EXPLANATION_TEXT_H_

#include <cstddef>
#include <string>

#include "tools/pql/json_text.h"

namespace pql {

struct ExplanationStyle {
  bool color = false;
  bool utf8 = false;  // the marks are ✓ ✗ ?, else the words yes, no, ?
  size_t indent = 0;  // columns in front of every line
};

// Whether the environment asks for UTF-8 (LC_ALL, LC_CTYPE, LANG).
bool LocaleIsUtf8();

// What pql.v1.RuleEvaluation has of `explanation`, `gap` and `nextChange`; empty when it has none:
//     ✗ when                   1 of 2 holds; all are needed
//       ✓ messages >= 2000     messages is 2500
//       ✗ channels > 2         channels is 2, not more than 2
//     ✓ unless plan != "free"  plan is "free": does not apply
//     what is missing:
//       channels: has 2, needs 1 more
//     changes by itself at 2026-03-08T00:00:00Z: becomes NOT QUALIFIED
// The mark of a clause says whether it speaks for the rule, the mark of a condition whether it
// holds.
std::string DetailsText(const Json& rule, const ExplanationStyle& style);

// pql.v1.Explanation of one condition.
std::string ExplanationText(const Json& explanation, const ExplanationStyle& style);

}  // namespace pql

#endif  // TOOLS_PQL_EXPLANATION_TEXT_H_
