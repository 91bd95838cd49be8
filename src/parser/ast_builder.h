// From ANTLR's tree to declarations.  Brings in ANTLR: for .cc files of src/parser/ only.
//
// Clauses are added one at a time, so a declaration some of whose clauses could not be parsed is
// built from those that could.  Thread-compatible.

#ifndef PQL_PARSER_AST_BUILDER_H_
#define PQL_PARSER_AST_BUILDER_H_

#include <map>
#include <string_view>

#include "ast/rule_file.h"
#include "diagnostics/diagnostic.h"
#include "parser/expression_builder.h"
#include "parser/parse_tree.h"
#include "parser/token.h"

namespace pql {

// Builds one declaration.
class AstBuilder {
 public:
  AstBuilder(TokenList* tokens, int max_depth, CopyBudget* copies, DiagnosticSink* sink)
      : expressions_(tokens, max_depth, copies, sink), tokens_(tokens), sink_(sink) {}

  // The whole declaration, its required clauses demanded.
  Declaration Build(Grammar::DeclarationContext* context);

  // Its parts.  A clause that is there already is reported and left out.
  MetricSyntax BuildMetric(Grammar::MetricContext* context);
  ScorecardSyntax BuildScorecardHeader(Grammar::ScorecardContext* context);
  RuleSyntax BuildRuleHeader(Grammar::RuleDeclarationContext* context);
  TestSyntax BuildTestHeader(Grammar::TestContext* context);
  void Add(Grammar::ScorecardLineContext* context, ScorecardSyntax* scorecard);
  void Add(Grammar::RuleClauseContext* context, RuleSyntax* rule);
  void Add(Grammar::TestClauseContext* context, TestSyntax* test);

  // What the declaration must have.
  void Demand(const RuleSyntax& rule);
  void Demand(const TestSyntax& test);

  // Whether `word` stands for the first time in this declaration; reported if not.
  bool FirstTime(std::string_view word, SourceRange range);

 private:
  TypeSyntax BuildType(Grammar::TypeContext* context);
  void Add(Grammar::MetricOptionContext* context, MetricSyntax* metric);
  void Add(Grammar::ScorecardOptionContext* context, ScorecardSyntax* scorecard);
  // Of the first token of a clause.
  SourceRange WordRange(const antlr4::ParserRuleContext* context) const;

  ExpressionBuilder expressions_;
  TokenList* const tokens_;
  DiagnosticSink* const sink_;
  std::map<std::string_view, SourceRange> seen_;  // clauses so far, by keyword
};

}  // namespace pql

#endif  // PQL_PARSER_AST_BUILDER_H_
