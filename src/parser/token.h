// Tokens of one source text, between the lexer and the parser: what the token pass edits.
//
// A token names its bytes in the source; only literals and names that are not written plainly have
// a value of their own.  Values; thread-compatible.

#ifndef PQL_PARSER_TOKEN_H_
#define PQL_PARSER_TOKEN_H_

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "ast/expression.h"
#include "ast/rule_file.h"
#include "diagnostics/source.h"

namespace pql {

struct Token {
  static constexpr int kEnd = -1;  // the type of the token behind the last one
  static constexpr uint32_t kNoValue = UINT32_MAX;

  int type = kEnd;  // PqlParser's number for it
  uint32_t begin = 0;
  uint32_t end = 0;           // equal to `begin` for one that IsPutIn()
  uint32_t value = kNoValue;  // into TokenList::values
  bool first_on_line = false;
  bool broken = false;  // its finding is reported and its value means nothing
};

// Whether a repair has put it in.
inline bool IsPutIn(const Token& token) { return token.begin == token.end; }

struct TokenList {
  FileId file = 0;
  std::string_view source;
  std::vector<Token> tokens;   // in order; the last is kEnd
  std::deque<Literal> values;  // of literals; for a name, `text` holds it
  std::vector<Comment> comments;

  SourceRange Range(const Token& token) const { return {file, token.begin, token.end}; }
  std::string_view Source(const Token& token) const {
    return source.substr(token.begin, token.end - token.begin);
  }
  // A word's name: NFC, without backticks.
  std::string_view Name(const Token& token) const {
    return token.value == Token::kNoValue ? Source(token)
                                          : std::string_view(values[token.value].text);
  }
  uint32_t AddValue(Literal literal) {
    values.push_back(std::move(literal));
    return static_cast<uint32_t>(values.size() - 1);
  }
};

}  // namespace pql

#endif  // PQL_PARSER_TOKEN_H_
