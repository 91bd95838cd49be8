// A stretch of tokens that is parsed for itself: a declaration without braces, the head of one
// with braces, a clause.  A copy, so that repairs can edit it.  Brings in ANTLR: for .cc files of
// src/parser/ only.  Thread-compatible.

#ifndef PQL_PARSER_PIECE_H_
#define PQL_PARSER_PIECE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "diagnostics/diagnostic.h"
#include "parser/parse_tree.h"
#include "parser/token.h"

namespace pql {

struct Piece {
  TokenList* list = nullptr;
  std::vector<Token> tokens;
  Token next;  // what stands behind it in the file

  // The piece [begin, end) of the file.
  static Piece Of(TokenList* list, size_t begin, size_t end);

  // The token's type; kEnd behind the last one.
  int TypeAt(size_t index) const {
    return index < tokens.size() ? tokens[index].type : Token::kEnd;
  }
  const Token& At(size_t index) const { return index < tokens.size() ? tokens[index] : next; }
  SourceRange RangeAt(size_t index) const { return list->Range(At(index)); }
  // "`and`", "the end of the file".
  std::string Describe(size_t index) const;
  // "after `and`" without the "after"; "the beginning" for the first token.
  std::string DescribeBefore(size_t index) const;
  // Source text from one token to another, both included.
  std::string Source(size_t first, size_t last) const;
  // Where a finding about the token at `index` is shown: there, or at the token before it when it
  // is on another line.
  SourceRange Place(size_t index) const;
  // The innermost bracket before `index` that is not closed before it.
  std::optional<size_t> OpenBracketBefore(size_t index) const;
  // Whether a text without its closing mark is in it: that is reported, and what the rest of its
  // line should have been, nobody knows.
  bool HasUnclosedString() const;
  // Puts in a token that has no text of its own.
  void Insert(size_t index, int type);
};

// Says what is wrong, in one finding; nothing where a finding about the same mistake is there
// already.
void ExplainSyntaxError(const Piece& piece, const SyntaxError& error, int max_depth,
                        DiagnosticSink* sink);

// Answers a habit or a slip that stands at the error: reports it and edits the piece as though the
// right form had been written.  False, and nothing done, when it knows of none.
bool RepairSyntaxError(Piece* piece, const SyntaxError& error, DiagnosticSink* sink);

}  // namespace pql

#endif  // PQL_PARSER_PIECE_H_
