// From ANTLR's tree to expressions.  Brings in ANTLR: for .cc files of src/parser/ only.
//
// Never recurses along a chain, only into parentheses and the like, which the parser has bounded;
// a tree deeper than the limit is reported and replaced by a kError node.  Answers the habits whose
// right form depends on where operands begin and end; every operand is built once, and one that the
// right form repeats is copied as long as the budget lasts, behind which the habit is reported and
// its tree a kError node.  Thread-compatible.

#ifndef PQL_PARSER_EXPRESSION_BUILDER_H_
#define PQL_PARSER_EXPRESSION_BUILDER_H_

#include <cstddef>
#include <string>
#include <vector>

#include "ast/expression.h"
#include "ast/rule_file.h"
#include "diagnostics/diagnostic.h"
#include "parser/copy_budget.h"
#include "parser/parse_tree.h"
#include "parser/token.h"

namespace pql {

class ExpressionBuilder {
 public:
  // The pointers must outlive the builder.
  ExpressionBuilder(TokenList* tokens, int max_depth, CopyBudget* copies, DiagnosticSink* sink)
      : tokens_(tokens), max_depth_(max_depth), copies_(copies), sink_(sink) {}

  // Never null.
  ExpressionPtr Build(Grammar::ExpressionContext* context) { return BuildNode(context, 1); }

  // One value; more where `and` stands in the place of the comma, which is reported.
  std::vector<GivenSyntax> BuildGiven(Grammar::GivenContext* context);

  NameSyntax BuildName(Grammar::NameContext* context) const;
  TextSyntax BuildText(Grammar::StringContext* context) const;
  SourceRange RangeOf(const antlr4::ParserRuleContext* context) const;

 private:
  using Node = antlr4::ParserRuleContext;

  static constexpr size_t kMaxRightForm = 250'000;  // bytes

  // `depth` is the level of the node to build; the root has 1.
  ExpressionPtr BuildNode(Node* node, int depth);
  ExpressionPtr BuildIf(Grammar::ExpressionContext* context, int depth);
  ExpressionPtr BuildLogic(Operator op, Node* node, int depth);
  ExpressionPtr BuildNot(Node* node, int depth);
  ExpressionPtr BuildArithmetic(Node* node, int depth);
  ExpressionPtr BuildNegation(Node* node, int depth);
  ExpressionPtr BuildComparison(Grammar::ComparisonContext* context, int depth);
  ExpressionPtr BuildChain(Grammar::ComparisonContext* context, int depth);
  ExpressionPtr BuildWordChain(Grammar::ComparisonContext* context, int depth);
  ExpressionPtr BuildTail(Node* subject_node, ExpressionPtr subject, Grammar::TailContext* tail,
                          int depth, bool reported = false);
  // `reported`: a single `=` is part of another finding.
  ExpressionPtr BuildSign(ExpressionPtr subject, Grammar::SignTailContext* tail, int depth,
                          bool reported = false);
  // `x = missing`; null where `tail` is something else.
  ExpressionPtr BuildSignForIs(ExpressionPtr* subject, Grammar::SignTailContext* tail);
  ExpressionPtr BuildContains(Node* subject_node, ExpressionPtr subject,
                              Grammar::ContainsTailContext* tail, int depth);
  ExpressionPtr BuildIn(Node* subject_node, ExpressionPtr subject, Grammar::TailContext* tail,
                        Grammar::InTailContext* in, int depth);
  ExpressionPtr BuildWithin(ExpressionPtr subject, Grammar::WithinTailContext* tail, int depth);
  ExpressionPtr BuildPrimary(Node* node, int depth);
  ExpressionPtr BuildParentheses(Grammar::ParenthesesContext* context, int depth);
  ExpressionPtr BuildCall(Grammar::NamePrimaryContext* context, int depth);
  ExpressionPtr BuildAtLeast(Grammar::AtLeastContext* context, int depth);
  ExpressionPtr BuildList(Grammar::ListPrimaryContext* context);
  ExpressionPtr BuildLiteral(Grammar::LiteralContext* context) const;
  std::vector<ExpressionPtr> BuildAll(const std::vector<Grammar::ExpressionContext*>& contexts,
                                      int depth);

  // True, with a finding, when a node at this level lies too deep.
  bool TooDeep(int depth, SourceRange range);
  ExpressionPtr Operation(Operator op, SourceRange operator_range,
                          std::vector<ExpressionPtr> operands, SourceRange range) const;
  // Reports a habit, whose message takes `words` and the right form, and offers to write that in
  // the place of `range`.  A longer one than kMaxRightForm is only begun, and not offered.
  Diagnostic& ReportHabit(DiagnosticKind kind, SourceRange place,
                          const std::vector<std::string>& words, SourceRange range,
                          std::string right);
  std::string Source(const Node* node) const;
  // In parentheses where it binds looser than the rule of the grammar, so that it can stand where
  // that one is asked for.
  std::string OperandSource(Node* node, size_t loosest) const;
  // With `==` for a single `=`.
  std::string TailSource(Grammar::TailContext* tail) const;
  std::string Source(SourceRange range) const;

  TokenList* const tokens_;
  const int max_depth_;
  CopyBudget* const copies_;
  DiagnosticSink* const sink_;
};

}  // namespace pql

#endif  // PQL_PARSER_EXPRESSION_BUILDER_H_
