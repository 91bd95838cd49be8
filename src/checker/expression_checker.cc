#include "checker/expression_checker.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "ast/rule_file.h"
#include "checker/literals.h"

namespace pql {

TypedExpression ErrorNode(const Expression& expression) {
  TypedExpression typed;
  typed.range = expression.range;
  return typed;
}

bool UnitsFit(const Type& a, const Type& b) {
  return a.unit().empty() || b.unit().empty() || a.unit() == b.unit();
}

const std::string& CommonUnit(const Type& a, const Type& b) {
  return a.unit().empty() ? b.unit() : a.unit();
}

TypedExpression ExpressionChecker::Check(const Expression& expression) {
  switch (expression.kind) {
    case Expression::Kind::kError:
      return ErrorNode(expression);
    case Expression::Kind::kLiteral:
      return CheckLiteral(expression);
    case Expression::Kind::kName:
      return CheckName(expression);
    case Expression::Kind::kCall:
      return CheckCall(expression);
    case Expression::Kind::kOperator:
      return CheckOperator(expression);
  }
  return ErrorNode(expression);
}

TypedExpression ExpressionChecker::CheckCondition(const Expression& expression) {
  TypedExpression typed = Check(expression);
  if (typed.type.IsBool() || typed.type.IsUnknown()) return typed;
  findings_.NotACondition({expression, typed});
  return ErrorNode(expression);
}

TypedExpression ExpressionChecker::CheckNumber(const Expression& expression,
                                               std::string_view owner) {
  TypedExpression typed = Check(expression);
  if (typed.type.IsNumber() || typed.type.IsUnknown()) return typed;
  Diagnostic& finding = findings_.Add(DiagnosticKind::kNotANumber, expression.range,
                                      {std::string(owner), typed.type.Describe()});
  if (typed.type.IsBool()) finding.hint = "for instance `if activated then 10 else 0`";
  findings_.Relate({expression, typed}, &finding);
  return ErrorNode(expression);
}

bool ExpressionChecker::CheckOption(const Expression& expression, const Type& one_of,
                                    std::string_view owner) {
  if (one_of.kind() != Type::Kind::kOneOf || expression.kind != Expression::Kind::kLiteral ||
      expression.literal.kind != Literal::Kind::kString) {
    return true;
  }
  const auto& options = one_of.options();
  if (std::find(options.begin(), options.end(), expression.literal.text) != options.end()) {
    return true;
  }
  findings_.UnknownOption(expression, one_of, owner);
  return false;
}

TypedExpression ExpressionChecker::CheckLiteral(const Expression& literal) {
  if (literal.literal.kind == Literal::Kind::kList) {
    findings_.ListLiteral(literal, "a list is written out only in `default` and `given`");
    return ErrorNode(literal);
  }
  TypedExpression typed;
  typed.kind = TypedExpression::Kind::kConstant;
  typed.type = TypeOfLiteral(literal.literal);
  typed.range = literal.range;
  typed.constant = ValueOfLiteral(literal.literal);
  return typed;
}

TypedExpression ExpressionChecker::CheckName(const Expression& name) {
  TypedExpression typed;
  typed.range = name.range;
  if (name.name == "now") {
    typed.kind = TypedExpression::Kind::kNow;
    typed.type = Type::Timestamp();
    return typed;
  }
  if (name.name == "stage") return CheckStage(name);
  const std::optional<Symbol> symbol = scope_.Find(name.name);
  if (!symbol.has_value()) {
    findings_.UnknownName(name, wanted_);
    return typed;
  }
  switch (symbol->kind) {
    case Symbol::Kind::kMetric:
      typed.kind = TypedExpression::Kind::kMetric;
      break;
    case Symbol::Kind::kDefine:
      typed.kind = TypedExpression::Kind::kDefine;
      break;
    case Symbol::Kind::kScorecard:
      typed.kind = TypedExpression::Kind::kScorecard;
      break;
    case Symbol::Kind::kRule:
      typed.kind = TypedExpression::Kind::kRule;
      break;
  }
  typed.index = symbol->index;
  typed.type = scope_.TypeOf(*symbol);
  return typed;
}

TypedExpression ExpressionChecker::CheckStage(const Expression& name) {
  if (!stage_allowed_) {
    findings_.Add(DiagnosticKind::kStageOutsideTest, name.range).hint =
        "name the rules that give the stage instead";
    return ErrorNode(name);
  }
  if (rule_set_.stages.empty()) {
    findings_.Add(DiagnosticKind::kNoStages, name.range).hint =
        "declare them from low to high: `stages mql < sql < pql`";
    return ErrorNode(name);
  }
  TypedExpression typed;
  typed.kind = TypedExpression::Kind::kStage;
  typed.type = Type::OneOf(rule_set_.stages);
  typed.range = name.range;
  return typed;
}

std::vector<TypedExpression> ExpressionChecker::CheckComparisonOperands(
    const Expression& operation) {
  const auto is_unknown_name = [this](const Expression& child) {
    return child.kind == Expression::Kind::kName && child.name != "now" && child.name != "stage" &&
           !scope_.Find(child.name).has_value();
  };
  std::vector<TypedExpression> typed(operation.children.size());
  Type other;
  for (size_t i = 0; i < typed.size(); ++i) {
    const Expression& child = *operation.children[i];
    if (is_unknown_name(child)) continue;
    typed[i] = Check(child);
    // Beside a literal the name is hardly another one whose quotes are missing.
    if (other.IsUnknown() && child.kind != Expression::Kind::kLiteral) other = typed[i].type;
  }
  for (size_t i = 0; i < typed.size(); ++i) {
    const Expression& child = *operation.children[i];
    if (!is_unknown_name(child)) continue;
    wanted_ = other;
    typed[i] = Check(child);
    wanted_ = Type();
  }
  return typed;
}

}  // namespace pql
