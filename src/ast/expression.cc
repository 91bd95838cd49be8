#include "ast/expression.h"

#include <utility>

namespace pql {

Literal Literal::Number(double value) {
  Literal literal;
  literal.kind = Kind::kNumber;
  literal.number = value;
  return literal;
}

Literal Literal::Bool(bool value) {
  Literal literal;
  literal.kind = Kind::kBool;
  literal.boolean = value;
  return literal;
}

Literal Literal::String(std::string value) {
  Literal literal;
  literal.kind = Kind::kString;
  literal.text = std::move(value);
  return literal;
}

Literal Literal::Duration(int64_t micros) {
  Literal literal;
  literal.kind = Kind::kDuration;
  literal.micros = micros;
  return literal;
}

Literal Literal::Timestamp(int64_t micros) {
  Literal literal;
  literal.kind = Kind::kTimestamp;
  literal.micros = micros;
  return literal;
}

bool operator==(const Literal& a, const Literal& b) {
  if (a.kind != b.kind) return false;
  switch (a.kind) {
    case Literal::Kind::kNumber:
    case Literal::Kind::kPercent:
    case Literal::Kind::kSize:
      return a.number == b.number;
    case Literal::Kind::kBool:
      return a.boolean == b.boolean;
    case Literal::Kind::kString:
      return a.text == b.text;
    case Literal::Kind::kDuration:
    case Literal::Kind::kTimestamp:
      return a.micros == b.micros;
    case Literal::Kind::kList:
      return a.elements == b.elements;
  }
  return false;
}

ExpressionPtr Expression::Error(SourceRange range) {
  auto expression = std::make_unique<Expression>();
  expression->range = range;
  return expression;
}

ExpressionPtr Expression::OfLiteral(Literal literal, SourceRange range) {
  auto expression = std::make_unique<Expression>();
  expression->kind = Kind::kLiteral;
  expression->range = range;
  expression->literal = std::move(literal);
  return expression;
}

ExpressionPtr Expression::OfName(std::string name, SourceRange range) {
  auto expression = std::make_unique<Expression>();
  expression->kind = Kind::kName;
  expression->range = range;
  expression->name = std::move(name);
  return expression;
}

ExpressionPtr Expression::OfCall(std::string name, std::vector<ExpressionPtr> arguments,
                                 SourceRange range) {
  auto expression = std::make_unique<Expression>();
  expression->kind = Kind::kCall;
  expression->range = range;
  expression->name = std::move(name);
  expression->children = std::move(arguments);
  return expression;
}

ExpressionPtr Expression::OfOperator(Operator op, std::vector<ExpressionPtr> operands,
                                     SourceRange range) {
  auto expression = std::make_unique<Expression>();
  expression->kind = Kind::kOperator;
  expression->op = op;
  expression->range = range;
  expression->children = std::move(operands);
  return expression;
}

ExpressionPtr Expression::Clone() const {
  auto copy = std::make_unique<Expression>();
  copy->kind = kind;
  copy->op = op;
  copy->parenthesized = parenthesized;
  copy->count = count;
  copy->range = range;
  copy->operator_range = operator_range;
  copy->name = name;
  copy->literal = literal;
  copy->children.reserve(children.size());
  for (const ExpressionPtr& child : children) copy->children.push_back(child->Clone());
  return copy;
}

bool SameExpression(const Expression& a, const Expression& b) {
  if (a.kind != b.kind || a.children.size() != b.children.size()) return false;
  switch (a.kind) {
    case Expression::Kind::kError:
      break;
    case Expression::Kind::kLiteral:
      if (!(a.literal == b.literal)) return false;
      break;
    case Expression::Kind::kName:
    case Expression::Kind::kCall:
      if (a.name != b.name) return false;
      break;
    case Expression::Kind::kOperator:
      if (a.op != b.op || a.count != b.count) return false;
      break;
  }
  for (size_t i = 0; i < a.children.size(); ++i) {
    if (!SameExpression(*a.children[i], *b.children[i])) return false;
  }
  return true;
}

}  // namespace pql
