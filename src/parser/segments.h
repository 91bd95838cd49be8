// Where, in a file with mistakes, declarations and clauses probably begin.
//
// Used only once the grammar has failed: in a well-formed file nothing depends on line ends.
// Brings in ANTLR: for .cc files of src/parser/ only.  Pure functions; thread-safe.

#ifndef PQL_PARSER_SEGMENTS_H_
#define PQL_PARSER_SEGMENTS_H_

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "parser/token.h"

namespace pql {

// The declarations with braces, by their keyword's token type.
struct ClauseWords {
  std::string_view declaration;  // "rule"
  std::string_view what;         // "clause", "line": what its parts are called
  std::span<const int> types;    // of the words that begin a clause
};
// Null for declarations without braces.
const ClauseWords* ClauseWordsOf(int declaration_type);

// The end of the declaration that begins at `begin`: the next place where one probably begins.
// REQUIRES: begin is before the end token.
size_t FindDeclarationEnd(const std::vector<Token>& tokens, size_t begin);

// Whether a declaration surely begins there: its keyword, a name and what must follow that.
bool SurelyOpensDeclaration(const std::vector<Token>& tokens, size_t at);

struct Segment {
  size_t begin;
  size_t end;
};
// The clauses in the tokens [begin, end) between the braces.
std::vector<Segment> SplitClauses(const std::vector<Token>& tokens, size_t begin, size_t end,
                                  const ClauseWords& words);

}  // namespace pql

#endif  // PQL_PARSER_SEGMENTS_H_
