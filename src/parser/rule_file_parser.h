// The rules language: whole files and single conditions, with recovery.  Brings in ANTLR: for .cc
// files of src/parser/ only.  Thread-compatible; AntlrMutex() must be held.

#ifndef PQL_PARSER_RULE_FILE_PARSER_H_
#define PQL_PARSER_RULE_FILE_PARSER_H_

#include <cstddef>
#include <functional>
#include <string_view>
#include <vector>

#include "ast/rule_file.h"
#include "diagnostics/diagnostic.h"
#include "parser/ast_builder.h"
#include "parser/copy_budget.h"
#include "parser/frontend.h"
#include "parser/parse_tree.h"
#include "parser/piece.h"
#include "parser/segments.h"
#include "parser/token.h"

namespace pql {

// A file that has no mistake is parsed declaration by declaration in one pass.  Where the grammar
// does not fit, the declaration is cut out and taken apart at its clauses, each parsed for itself,
// so that one mistake is one finding and costs no more than its clause.
class RuleFileParser {
 public:
  // All pointers must outlive the parser.
  RuleFileParser(TokenList* tokens, const ParseLimits& limits, DiagnosticSink* sink)
      : tokens_(tokens),
        limits_(limits),
        sink_(sink),
        copies_(tokens->source.size()),
        parse_tokens_(tokens->tokens) {}

  RuleFile ParseFile();
  ExpressionPtr ParseCondition();

 private:
  // Each takes the index of its first token and returns that of the first token behind it.
  size_t ParseDeclaration(size_t begin);
  size_t RecoverDeclaration(size_t begin);
  // True, and the tokens put right, where parentheses stand in the place of braces.
  bool CorrectBraces(size_t begin, size_t end);

  // Tokens [begin, end) hold one declaration with a mistake in it; its keyword is in place.
  void ParseBroken(size_t begin, size_t end);
  void ParseBrokenFlat(size_t begin, size_t end);
  void ParseBrokenBraces(size_t begin, size_t end, const ClauseWords& words);
  template <typename Syntax>
  void ParseClauses(size_t begin, size_t end, const ClauseWords& words, AstBuilder* builder,
                    Syntax* syntax);
  template <typename Syntax>
  void ParseClause(Segment segment, const ClauseWords& words, AstBuilder* builder, Syntax* syntax);
  bool CorrectClauseWord(size_t at, const ClauseWords& words);

  // Where the clauses of a declaration lie, its braces found or reported as missing.
  struct Body {
    size_t head_end;  // behind the head, without `{`
    size_t begin;
    size_t end;
  };
  Body FindBody(size_t begin, size_t end, const ClauseWords& words);

  // Parses a piece whole, repairing what can be repaired, and hands the tree to `use`.  False, with
  // a finding, when that fails.
  template <typename Context, typename Use>
  bool ParsePiece(Piece* piece, Context* (Grammar::*rule)(), const Use& use);

  std::string_view Word(size_t index) const { return tokens_->Name(tokens_->tokens[index]); }
  SourceRange Range(size_t index) const { return tokens_->Range(tokens_->tokens[index]); }
  int TypeAt(size_t index) const { return tokens_->tokens[index].type; }
  AstBuilder MakeBuilder() { return {tokens_, limits_.max_depth, &copies_, sink_}; }

  TokenList* const tokens_;
  const ParseLimits limits_;
  DiagnosticSink* const sink_;
  CopyBudget copies_;
  ParseTokens parse_tokens_;
  RuleFile file_;
  size_t repair_tokens_left_ = 200'000;  // each repair parses its piece again
};

}  // namespace pql

#endif  // PQL_PARSER_RULE_FILE_PARSER_H_
