// Habits of other languages that show in a token or in a few neighbours: `&&`, `<>`, `2,000`,
// `is not missing`, ...  Each is reported once, with the right form, and the right tokens take its
// place, so that the parser never sees it.  Thread-safe: no state.

#ifndef PQL_PARSER_TOKEN_HABITS_H_
#define PQL_PARSER_TOKEN_HABITS_H_

#include "diagnostics/diagnostic.h"
#include "parser/token.h"

namespace pql {

// Whether `next` is the `000` of `2 000`, the token behind the number `before`.
bool IsSpacedThousandsGroup(const TokenList& list, const Token& before, const Token& next);

void AnswerTokenHabits(TokenList* list, DiagnosticSink* sink);

}  // namespace pql

#endif  // PQL_PARSER_TOKEN_HABITS_H_
