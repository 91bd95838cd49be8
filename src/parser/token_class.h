// What kinds of tokens there are, for the token pass and for recovery.  Brings in ANTLR: for .cc
// files of src/parser/ only.  Pure functions; thread-safe.

#ifndef PQL_PARSER_TOKEN_CLASS_H_
#define PQL_PARSER_TOKEN_CLASS_H_

#include <string>
#include <string_view>

#include "parser/parse_tree.h"
#include "parser/token.h"

namespace pql {

// A name or a soft word: whatever can be a name.
bool IsWord(int type);
// and or not in is between true false if then else
bool IsReserved(int type);
bool IsLiteral(int type);
// metric define output scorecard stages rule test
bool OpensDeclaration(int type);
// contains starts ends matches within
bool IsInfixWord(int type);
bool IsOpeningBracket(int type);
bool IsClosingBracket(int type);
int ClosingBracketOf(int type);
// Whether a value can end, or begin, with such a token.
bool EndsValue(int type);
bool StartsValue(int type);

// As written in the grammar, without quotation marks: `and`, `>=`; "" where there is no one text.
std::string_view FixedText(int type);
// The type of the reserved word, or 0.
int ReservedWordType(std::string_view lower_case);

}  // namespace pql

#endif  // PQL_PARSER_TOKEN_CLASS_H_
