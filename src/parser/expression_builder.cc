#include "parser/expression_builder.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "base/strings.h"
#include "base/unicode.h"

namespace pql {
namespace {

using antlr4::ParserRuleContext;

// The n-th child where it is known to be a rule's or a token's.
ParserRuleContext* RuleChild(const ParserRuleContext* node, size_t index) {
  return static_cast<ParserRuleContext*>(node->children[index]);
}
// Most rules of an expression only pass on to the next tighter one.  Goes down to the first that
// has something to say.
ParserRuleContext* SkipLevels(ParserRuleContext* node) {
  while (node->getRuleIndex() != Grammar::RulePrimary && node->children.size() == 1) {
    node = RuleChild(node, 0);
  }
  return node;
}

Operator SignOperator(int type) {
  switch (type) {
    case Grammar::NE:
      return Operator::kNotEqual;
    case Grammar::LT:
      return Operator::kLess;
    case Grammar::LE:
      return Operator::kLessOrEqual;
    case Grammar::GT:
      return Operator::kGreater;
    case Grammar::GE:
      return Operator::kGreaterOrEqual;
    case Grammar::PLUS:
      return Operator::kAdd;
    case Grammar::MINUS:
      return Operator::kSubtract;
    case Grammar::STAR:
      return Operator::kMultiply;
    case Grammar::SLASH:
      return Operator::kDivide;
    default:
      return Operator::kEqual;
  }
}

}  // namespace

// The `name = value` that the node consists of, or null.
Grammar::ComparisonContext* AsGiven(ParserRuleContext* node) {
  auto* comparison = dynamic_cast<Grammar::ComparisonContext*>(SkipLevels(node));
  if (comparison == nullptr || comparison->tail().size() != 1) return nullptr;
  auto* name = dynamic_cast<Grammar::NamePrimaryContext*>(SkipLevels(comparison->sum()));
  if (name == nullptr || name->LPAREN() != nullptr) return nullptr;
  Grammar::TailContext* tail = comparison->tail(0);
  auto* sign = dynamic_cast<Grammar::SignTailContext*>(tail->comparisonTail());
  const bool equals =
      sign != nullptr && tail->NOT() == nullptr &&
      (TokenOf(sign->sign).type == Grammar::ASSIGN || TokenOf(sign->sign).type == Grammar::EQ);
  return equals ? comparison : nullptr;
}

SourceRange ExpressionBuilder::RangeOf(const ParserRuleContext* context) const {
  return tokens_->Range(TokenOf(context->start)).To(tokens_->Range(TokenOf(context->stop)));
}

std::string ExpressionBuilder::Source(SourceRange range) const {
  return std::string(tokens_->source.substr(range.begin, range.end - range.begin));
}

std::string ExpressionBuilder::Source(const Node* node) const { return Source(RangeOf(node)); }

Diagnostic& ExpressionBuilder::ReportHabit(DiagnosticKind kind, SourceRange place,
                                           const std::vector<std::string>& words, SourceRange range,
                                           std::string right) {
  constexpr size_t kShownOfLong = 200;
  std::vector<DiagnosticArgument> arguments;
  const auto add = [&arguments](const std::string& text) {
    arguments.emplace_back(text.size() > kMaxRightForm ? Abbreviated(text, kShownOfLong) : text);
  };
  for (const std::string& word : words) add(word);
  add(right);
  Diagnostic& finding = sink_->Add(kind, place, std::move(arguments));
  if (right.size() <= kMaxRightForm) {
    finding.fix = Fix{StrCat("write `", right, "`"), {{range, std::move(right)}}};
  }
  return finding;
}

std::string ExpressionBuilder::OperandSource(Node* node, size_t loosest) const {
  // The grammar has its rules in this order, loosest binding first.
  bool binds = SkipLevels(node)->getRuleIndex() >= loosest;
  // An `if` whose parentheses a repair has put in reaches as far as it can.
  const Token* const end = &TokenOf(node->stop) + 1;
  for (const Token* token = &TokenOf(node->start); binds && token != end; ++token) {
    binds = !IsPutIn(*token) || token->type != Grammar::LPAREN;
  }
  return binds ? Source(node) : StrCat("(", Source(node), ")");
}

NameSyntax ExpressionBuilder::BuildName(Grammar::NameContext* context) const {
  const Token& token = TokenOf(context->start);
  return {std::string(tokens_->Name(token)), tokens_->Range(token)};
}

TextSyntax ExpressionBuilder::BuildText(Grammar::StringContext* context) const {
  const Token& token = TokenOf(context->start);
  TextSyntax text;
  text.range = tokens_->Range(token);
  if (token.value != Token::kNoValue) text.text = tokens_->values[token.value].text;
  return text;
}

std::vector<GivenSyntax> ExpressionBuilder::BuildGiven(Grammar::GivenContext* context) {
  std::vector<GivenSyntax> all(1);
  all[0].metric = BuildName(context->name());
  Node* node = SkipLevels(context->expression());
  auto* conjunction = dynamic_cast<Grammar::ConjunctionContext*>(node);
  bool is_list = conjunction != nullptr;
  for (size_t i = 2; is_list && i < node->children.size(); i += 2) {
    is_list = AsGiven(RuleChild(node, i)) != nullptr;
  }
  if (!is_list) {
    all[0].value = BuildNode(context->expression(), 1);
    return all;
  }
  all[0].value = BuildNode(RuleChild(node, 0), 1);
  Fix fix{"write `,`", {}};
  for (size_t i = 2; i < node->children.size(); i += 2) {
    Grammar::ComparisonContext* given = AsGiven(RuleChild(node, i));
    auto* sign = static_cast<Grammar::SignTailContext*>(given->tail(0)->comparisonTail());
    auto* name = static_cast<Grammar::NamePrimaryContext*>(SkipLevels(given->sum()));
    all.push_back({BuildName(name->name()), BuildNode(sign->sum(), 1)});
    const SourceRange word = tokens_->Range(TokenChild(node, i - 1));
    fix.edits.push_back({{word.file, RangeOf(RuleChild(node, i - 2)).end, word.end}, ","});
    if (TokenOf(sign->sign).type == Grammar::EQ) {
      fix.edits.push_back({tokens_->Range(TokenOf(sign->sign)), "="});
    }
  }
  sink_->Add(DiagnosticKind::kWrongSeparator, tokens_->Range(TokenChild(node, 1)), {"`and`", "`,`"})
      .fix = std::move(fix);
  return all;
}

bool ExpressionBuilder::TooDeep(int depth, SourceRange range) {
  if (depth <= max_depth_) return false;
  sink_->Add(DiagnosticKind::kNestedTooDeeply, range, {max_depth_});
  return true;
}

ExpressionPtr ExpressionBuilder::Operation(Operator op, SourceRange operator_range,
                                           std::vector<ExpressionPtr> operands,
                                           SourceRange range) const {
  ExpressionPtr node = Expression::OfOperator(op, std::move(operands), range);
  node->operator_range = operator_range;
  return node;
}

std::vector<ExpressionPtr> ExpressionBuilder::BuildAll(
    const std::vector<Grammar::ExpressionContext*>& contexts, int depth) {
  std::vector<ExpressionPtr> built;
  built.reserve(contexts.size());
  for (auto* context : contexts) built.push_back(BuildNode(context, depth));
  return built;
}

ExpressionPtr ExpressionBuilder::BuildNode(Node* node, int depth) {
  node = SkipLevels(node);
  if (TooDeep(depth, RangeOf(node))) return Expression::Error(RangeOf(node));
  switch (node->getRuleIndex()) {
    case Grammar::RuleExpression:
      return BuildIf(static_cast<Grammar::ExpressionContext*>(node), depth);
    case Grammar::RuleDisjunction:
      return BuildLogic(Operator::kOr, node, depth);
    case Grammar::RuleConjunction:
      return BuildLogic(Operator::kAnd, node, depth);
    case Grammar::RuleNegation:
      return BuildNot(node, depth);
    case Grammar::RuleComparison:
      return BuildComparison(static_cast<Grammar::ComparisonContext*>(node), depth);
    case Grammar::RuleSum:
    case Grammar::RuleProduct:
      return BuildArithmetic(node, depth);
    case Grammar::RuleFactor:
      return BuildNegation(node, depth);
    default:
      return BuildPrimary(node, depth);
  }
}

ExpressionPtr ExpressionBuilder::BuildIf(Grammar::ExpressionContext* context, int depth) {
  std::vector<ExpressionPtr> operands;
  operands.push_back(BuildNode(context->condition_, depth + 1));
  operands.push_back(BuildNode(context->then, depth + 1));
  operands.push_back(BuildNode(context->otherwise, depth + 1));
  return Operation(Operator::kIf, tokens_->Range(TokenChild(context, 0)), std::move(operands),
                   RangeOf(context));
}

// Operands at the even places, the operator between them.
ExpressionPtr ExpressionBuilder::BuildLogic(Operator op, Node* node, int depth) {
  std::vector<ExpressionPtr> operands;
  operands.reserve(node->children.size() / 2 + 1);
  for (size_t i = 0; i < node->children.size(); i += 2) {
    operands.push_back(BuildNode(RuleChild(node, i), depth + 1));
  }
  return Operation(op, tokens_->Range(TokenChild(node, 1)), std::move(operands), RangeOf(node));
}

ExpressionPtr ExpressionBuilder::BuildNot(Node* node, int depth) {
  const size_t count = node->children.size() - 1;
  if (TooDeep(depth + static_cast<int>(count), RangeOf(node))) {
    return Expression::Error(RangeOf(node));
  }
  ExpressionPtr result = BuildNode(RuleChild(node, count), depth + static_cast<int>(count));
  const SourceRange last = RangeOf(node);
  for (size_t i = count; i-- > 0;) {
    const SourceRange sign = tokens_->Range(TokenChild(node, i));
    std::vector<ExpressionPtr> operand;
    operand.push_back(std::move(result));
    result = Operation(Operator::kNot, sign, std::move(operand), sign.To(last));
  }
  return result;
}

ExpressionPtr ExpressionBuilder::BuildNegation(Node* node, int depth) {
  const size_t count = node->children.size() - 1;
  if (TooDeep(depth + static_cast<int>(count), RangeOf(node))) {
    return Expression::Error(RangeOf(node));
  }
  ExpressionPtr result = BuildNode(RuleChild(node, count), depth + static_cast<int>(count));
  const SourceRange last = RangeOf(node);
  for (size_t i = count; i-- > 0;) {
    const SourceRange sign = tokens_->Range(TokenChild(node, i));
    std::vector<ExpressionPtr> operand;
    operand.push_back(std::move(result));
    result = Operation(Operator::kNegate, sign, std::move(operand), sign.To(last));
  }
  return result;
}

// Left to right: each operator has all before it as its left operand, so the first operands lie
// deepest.
ExpressionPtr ExpressionBuilder::BuildArithmetic(Node* node, int depth) {
  const int operators = static_cast<int>(node->children.size() / 2);
  if (TooDeep(depth + operators, RangeOf(node))) return Expression::Error(RangeOf(node));
  ExpressionPtr left = BuildNode(RuleChild(node, 0), depth + operators);
  const SourceRange first = RangeOf(RuleChild(node, 0));
  for (int i = 1; i <= operators; ++i) {
    const Token& sign = TokenChild(node, 2 * static_cast<size_t>(i) - 1);
    Node* right = RuleChild(node, 2 * static_cast<size_t>(i));
    std::vector<ExpressionPtr> operands;
    operands.push_back(std::move(left));
    operands.push_back(BuildNode(right, depth + operators - i + 1));
    left = Operation(SignOperator(sign.type), tokens_->Range(sign), std::move(operands),
                     first.To(RangeOf(right)));
  }
  return left;
}

ExpressionPtr ExpressionBuilder::BuildPrimary(Node* node, int depth) {
  if (auto* name = dynamic_cast<Grammar::NamePrimaryContext*>(node)) {
    if (TokenOf(name->start).broken) return Expression::Error(RangeOf(name));
    if (name->LPAREN() != nullptr) return BuildCall(name, depth);
    NameSyntax syntax = BuildName(name->name());
    return Expression::OfName(std::move(syntax.text), syntax.range);
  }
  if (auto* literal = dynamic_cast<Grammar::LiteralPrimaryContext*>(node)) {
    return BuildLiteral(literal->literal());
  }
  if (auto* group = dynamic_cast<Grammar::ParenthesesContext*>(node)) {
    return BuildParentheses(group, depth);
  }
  if (auto* list = dynamic_cast<Grammar::ListPrimaryContext*>(node)) return BuildList(list);
  if (auto* at_least = dynamic_cast<Grammar::AtLeastContext*>(node)) {
    return BuildAtLeast(at_least, depth);
  }
  return Expression::Error(RangeOf(node));
}

ExpressionPtr ExpressionBuilder::BuildParentheses(Grammar::ParenthesesContext* context, int depth) {
  const auto expressions = context->expression();
  if (expressions.size() > 1) {
    sink_->Add(DiagnosticKind::kListOutsideIn, RangeOf(context));
    return Expression::Error(RangeOf(context));
  }
  ExpressionPtr inner = BuildNode(expressions[0], depth);
  inner->parenthesized = true;
  return inner;
}

ExpressionPtr ExpressionBuilder::BuildCall(Grammar::NamePrimaryContext* context, int depth) {
  NameSyntax name = BuildName(context->name());
  std::vector<ExpressionPtr> arguments;
  for (auto* argument : context->argument()) {
    arguments.push_back(BuildNode(argument, depth + 1));
  }
  // In backticks it is a name like any other.
  const bool ticked = Source(name.range).starts_with('`');
  const std::string word = ticked ? "" : ToLower(name.text);
  if ((word == "and" || word == "or") && arguments.size() >= 2) {
    // A spreadsheet's AND(a, b).
    std::string right = "(";
    for (auto* argument : context->argument()) {
      StrAppend(&right, right.size() > 1 ? StrCat(" ", word, " ") : "",
                OperandSource(argument,
                              word == "and" ? Grammar::RuleNegation : Grammar::RuleConjunction));
    }
    right += ")";
    ReportHabit(DiagnosticKind::kSpreadsheetFunction, name.range, {name.text}, RangeOf(context),
                std::move(right));
    return Operation(word == "and" ? Operator::kAnd : Operator::kOr, name.range,
                     std::move(arguments), RangeOf(context));
  }
  if (word == "if" && arguments.size() == 3) {
    const auto part = [&](size_t index) {
      return OperandSource(context->argument(index), Grammar::RuleExpression);
    };
    ReportHabit(DiagnosticKind::kSpreadsheetFunction, name.range, {name.text}, RangeOf(context),
                StrCat("(if ", part(0), " then ", part(1), " else ", part(2), ")"));
    return Operation(Operator::kIf, name.range, std::move(arguments), RangeOf(context));
  }
  ExpressionPtr call =
      Expression::OfCall(std::move(name.text), std::move(arguments), RangeOf(context));
  call->operator_range = name.range;
  return call;
}

ExpressionPtr ExpressionBuilder::BuildAtLeast(Grammar::AtLeastContext* context, int depth) {
  const SourceRange words =
      tokens_->Range(TokenChild(context, 0)).To(tokens_->Range(TokenChild(context, 1)));
  ExpressionPtr node = Operation(Operator::kAtLeast, words,
                                 BuildAll(context->expression(), depth + 1), RangeOf(context));
  const ExpressionPtr count = BuildNode(context->count, depth + 1);
  if (count->kind == Expression::Kind::kError) return Expression::Error(node->range);
  const double number = count->literal.number;
  const bool whole = count->kind == Expression::Kind::kLiteral &&
                     count->literal.kind == Literal::Kind::kNumber && number >= 1 &&
                     number == std::floor(number);
  if (!whole) {
    sink_->Add(DiagnosticKind::kNotAWholeCount, RangeOf(context->count), {Source(context->count)});
    return Expression::Error(node->range);
  }
  if (number > INT32_MAX) {  // the checker would say the same of a smaller one
    const size_t conditions = node->children.size();
    sink_
        ->Add(DiagnosticKind::kAtLeastCount, words,
              {Source(context->count),
               StrCat(conditions, conditions == 1 ? " condition" : " conditions"), "false"})
        .hint = StrCat("the count is a whole number from 1 to ", conditions);
    return Expression::Error(node->range);
  }
  node->count = static_cast<int>(number);
  return node;
}

ExpressionPtr ExpressionBuilder::BuildLiteral(Grammar::LiteralContext* context) const {
  const Token& token = TokenOf(context->start);
  const SourceRange range = tokens_->Range(token);
  if (token.broken) return Expression::Error(range);
  if (token.type == Grammar::TRUE || token.type == Grammar::FALSE) {
    Literal literal = Literal::Bool(token.type == Grammar::TRUE);
    literal.spelling = token.type == Grammar::TRUE ? "true" : "false";
    return Expression::OfLiteral(std::move(literal), range);
  }
  return Expression::OfLiteral(tokens_->values[token.value], range);
}

// A list literal holds strings or numbers, the latter perhaps with a minus sign.
ExpressionPtr ExpressionBuilder::BuildList(Grammar::ListPrimaryContext* context) {
  Literal list;
  list.kind = Literal::Kind::kList;
  list.spelling = Source(context);
  bool broken = false;
  for (auto* element : context->expression()) {
    ExpressionPtr value = BuildNode(element, 1);
    const bool negative = value->Is(Operator::kNegate);
    const Expression& inner = negative ? *value->children[0] : *value;
    const bool number = inner.literal.kind == Literal::Kind::kNumber;
    if (value->kind == Expression::Kind::kError) {
      broken = true;
    } else if (inner.kind != Expression::Kind::kLiteral ||
               !(number || (!negative && inner.literal.kind == Literal::Kind::kString))) {
      sink_->Add(DiagnosticKind::kListElement, RangeOf(element), {Source(element)});
      broken = true;
    } else {
      list.elements.push_back(inner.literal);
      if (negative) {
        list.elements.back().number = -inner.literal.number;
        list.elements.back().spelling = "-" + inner.literal.spelling;
      }
    }
  }
  if (broken) return Expression::Error(RangeOf(context));
  return Expression::OfLiteral(std::move(list), RangeOf(context));
}

}  // namespace pql
