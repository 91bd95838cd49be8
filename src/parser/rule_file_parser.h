// The rules language: whole files and single conditions, with recovery.  Brings in ANTLR: for .cc
// files of src/parser/ only.  Thread-compatible; AntlrMutex() must be held.

#ifndef PQL_PARSER_RULE_FILE_PARSER_H_
#define PQL_PARSER_RULE_FILE_PARSER_H_

#include <cstddef>
#include <vector>

#include "ast/rule_file.h"
#include "diagnostics/diagnostic.h"
#include "parser/ast_builder.h"
#include "parser/frontend.h"
#include "parser/parse_tree.h"
#include "parser/token.h"

namespace pql {

// A file that has no mistake is parsed declaration by declaration in one pass.  Where the grammar
// does not fit, the declaration is cut out and taken apart at its clauses, each parsed for itself,
// so that one mistake is one finding and costs no more than its clause.
class RuleFileParser {
 public:
  // All pointers must outlive the parser.
  RuleFileParser(TokenList* tokens, const ParseLimits& limits, DiagnosticSink* sink)
      : tokens_(tokens), limits_(limits), sink_(sink), parse_tokens_(tokens->tokens) {}

  RuleFile ParseFile();
  ExpressionPtr ParseCondition();

 private:
  size_t ParseDeclaration(size_t begin);
  int TypeAt(size_t index) const { return tokens_->tokens[index].type; }

  TokenList* const tokens_;
  const ParseLimits limits_;
  DiagnosticSink* const sink_;
  ParseTokens parse_tokens_;
  RuleFile file_;
};

}  // namespace pql

#endif  // PQL_PARSER_RULE_FILE_PARSER_H_
