// The typing of operators: one function for each row of Typing (language/operators.h).

#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "checker/expression_checker.h"
#include "checker/literals.h"
#include "checker/pattern.h"
#include "language/operators.h"

namespace pql {
namespace {

TypedExpression Result(const Expression& operation, Type type,
                       std::vector<TypedExpression> children) {
  TypedExpression typed;
  typed.kind = TypedExpression::Kind::kOperator;
  typed.op = operation.op;
  typed.type = std::move(type);
  typed.count = operation.count;
  typed.range = operation.range;
  typed.children = std::move(children);
  return typed;
}

bool IsPercent(const Expression& expression) {
  return expression.kind == Expression::Kind::kLiteral &&
         expression.literal.kind == Literal::Kind::kPercent;
}

bool IsListLiteral(const Expression& expression) {
  return expression.kind == Expression::Kind::kLiteral &&
         expression.literal.kind == Literal::Kind::kList;
}

// Whether values of the two types can be equal, units aside.
bool SameFamily(const Type& a, const Type& b) {
  return a.kind() == b.kind() || (a.IsText() && b.IsText());
}

// The operand below a minus sign, or the operand itself.
const Expression& WithoutMinus(const Expression& expression) {
  return expression.Is(Operator::kNegate) ? *expression.children[0] : expression;
}

}  // namespace

TypedExpression ExpressionChecker::CheckOperator(const Expression& operation) {
  switch (InfoOf(operation.op).typing) {
    case Typing::kConditional:
      return CheckConditional(operation);
    case Typing::kLogic:
      return CheckLogic(operation);
    case Typing::kEquality:
    case Typing::kOrdering:
    case Typing::kMembership:
      return CheckComparison(operation);
    case Typing::kContains:
      return CheckContains(operation);
    case Typing::kText:
      return CheckText(operation);
    case Typing::kPattern:
      return CheckPattern(operation);
    case Typing::kWindow:
      return CheckWindow(operation);
    case Typing::kPresence: {
      std::vector<TypedExpression> operands;
      operands.push_back(Check(*operation.children[0]));
      return Result(operation, Type::Bool(), std::move(operands));
    }
    case Typing::kAdditive:
      return CheckAdditive(operation);
    case Typing::kMultiplicative:
      return CheckMultiplicative(operation);
    case Typing::kNegation:
      return CheckNegation(operation);
  }
  return ErrorNode(operation);
}

TypedExpression ExpressionChecker::CheckConditional(const Expression& operation) {
  std::vector<TypedExpression> operands;
  operands.push_back(CheckCondition(*operation.children[0]));
  operands.push_back(Check(*operation.children[1]));
  operands.push_back(Check(*operation.children[2]));
  const Operand branches[] = {{*operation.children[1], operands[1]},
                              {*operation.children[2], operands[2]}};
  Type type = JoinTypes("the two branches of `if`", branches);
  return Result(operation, std::move(type), std::move(operands));
}

TypedExpression ExpressionChecker::CheckLogic(const Expression& operation) {
  std::vector<TypedExpression> operands;
  operands.reserve(operation.children.size());
  size_t answered = 0;  // the children before it have their finding
  for (size_t i = 0; i < operation.children.size(); ++i) {
    const Expression& child = *operation.children[i];
    TypedExpression typed = Check(child);
    if (!typed.type.IsBool() && !typed.type.IsUnknown()) {
      if (i >= answered) answered = i + findings_.NotACondition(operation, i, {child, typed});
      typed = ErrorNode(child);
    }
    operands.push_back(std::move(typed));
  }
  const int conditions = static_cast<int>(operands.size());
  const bool counts = operation.op == Operator::kAtLeast;
  if (counts && (operation.count < 1 || operation.count > conditions)) {
    const bool always = operation.count < 1;
    Diagnostic& finding = findings_.Add(
        DiagnosticKind::kAtLeastCount, operation.operator_range,
        {operation.count, StrCat(conditions, conditions == 1 ? " condition" : " conditions"),
         always ? "true" : "false"});
    finding.hint = StrCat("the count is a whole number from 1 to ", conditions);
    return ErrorNode(operation);
  }
  return Result(operation, Type::Bool(), std::move(operands));
}

TypedExpression ExpressionChecker::CheckComparison(const Expression& operation) {
  const bool is_equality = operation.op == Operator::kEqual || operation.op == Operator::kNotEqual;
  if (is_equality && Findings::IsNullWord(*operation.children[1]) &&
      !scope_.Find(operation.children[1]->name).has_value()) {
    Check(*operation.children[0]);
    findings_.ComparedWithNull(operation);
    return ErrorNode(operation);
  }
  for (size_t i = 0; i < operation.children.size(); ++i) {
    if (!IsListLiteral(*operation.children[i])) continue;
    const TypedExpression subject = i > 0 ? Check(*operation.children[0]) : TypedExpression();
    findings_.ListAsOperand(operation, i, subject.type);
    return ErrorNode(operation);
  }
  std::vector<TypedExpression> operands = CheckComparisonOperands(operation);
  const bool ordering = InfoOf(operation.op).typing == Typing::kOrdering;
  if (InfoOf(operation.op).typing == Typing::kMembership && !CheckInList(operation, operands)) {
    return ErrorNode(operation);
  }
  // `in` and `between` compare their subject with each of the others.
  bool good = true;
  for (size_t i = 1; i < operands.size(); ++i) {
    if (CheckComparable(operation, ordering, {*operation.children[0], operands[0]},
                        {*operation.children[i], operands[i]})) {
      continue;
    }
    good = false;
    // Two misspelt members are two mistakes; a subject of another type is one.
    if (!SameFamily(operands[0].type, operands[i].type)) break;
  }
  if (!good) return ErrorNode(operation);
  return Result(operation, Type::Bool(), std::move(operands));
}

bool ExpressionChecker::CheckInList(const Expression& operation,
                                    const std::vector<TypedExpression>& operands) {
  for (size_t i = 1; i < operands.size(); ++i) {
    const Type& type = operands[i].type;
    if (!type.IsList() || operands[0].type.IsList()) continue;
    const Expression& list = *operation.children[i];
    Diagnostic& finding = findings_.Add(DiagnosticKind::kInList, list.range,
                                        {findings_.Quote(list), type.Describe()});
    const std::string subject = findings_.Quote(*operation.children[0]);
    const std::string quoted = findings_.Quote(list);
    if (subject != "this" && quoted != "this") {
      finding.hint = StrCat("write ", std::string_view(quoted).substr(0, quoted.size() - 1),
                            " contains ", std::string_view(subject).substr(1));
    }
    findings_.Relate({list, operands[i]}, &finding);
    return false;
  }
  return true;
}

bool ExpressionChecker::CheckPercent(Operand literal, Operand other) {
  const Expression& syntax = WithoutMinus(literal.syntax);
  if (!IsPercent(syntax) || other.typed.type.unit() != "percent") return true;
  findings_.PercentLiteral(syntax, findings_.Quote(other.syntax));
  return false;
}

bool ExpressionChecker::CheckComparable(const Expression& comparison, bool ordering, Operand left,
                                        Operand right) {
  const Type& a = left.typed.type;
  const Type& b = right.typed.type;
  if (a.IsUnknown() || b.IsUnknown()) return true;
  if (a.IsList() || b.IsList()) {
    const Operand& list = a.IsList() ? left : right;
    Diagnostic& finding = findings_.Add(DiagnosticKind::kListComparison, comparison.operator_range,
                                        {InfoOf(comparison.op).spelling});
    finding.hint = "ask `list contains x`, or compare `size(list)`";
    findings_.Relate(list, &finding);
    return false;
  }
  if (!SameFamily(a, b)) {
    findings_.TypeMismatch(comparison, left, right);
    return false;
  }
  if (ordering && !a.IsOrdered()) {
    Diagnostic& finding =
        findings_.Add(DiagnosticKind::kNoOrder, comparison.operator_range,
                      {a.IsText() ? "strings" : "conditions", InfoOf(comparison.op).spelling});
    finding.hint = a.IsText() ? "list the values: `x in (\"a\", \"b\")`" : "use `and`, `or`, `not`";
    findings_.Relate(left, &finding);
    return false;
  }
  if (a.IsNumber()) {
    if (!UnitsFit(a, b)) {
      findings_.UnitMismatch(comparison.operator_range, "compared with", left, right);
      return false;
    }
    return CheckPercent(left, right) && CheckPercent(right, left);
  }
  return CheckOption(right.syntax, a, findings_.Quote(left.syntax)) &&
         CheckOption(left.syntax, b, findings_.Quote(right.syntax));
}

TypedExpression ExpressionChecker::CheckContains(const Expression& operation) {
  if (IsListLiteral(*operation.children[1])) {
    Check(*operation.children[0]);
    findings_.ListAsPart(operation);
    return ErrorNode(operation);
  }
  std::vector<TypedExpression> operands = CheckComparisonOperands(operation);
  const Type& whole = operands[0].type;
  const Type& part = operands[1].type;
  const bool fits = whole.IsUnknown() || (whole.IsList() && part.IsUnknown()) ||
                    (whole.IsText() && (part.IsText() || part.IsUnknown())) ||
                    (whole.IsList() && part.IsNumber() && whole.Element().IsNumber()) ||
                    (whole.IsList() && part.IsText() && whole.Element().IsText());
  if (fits) return Result(operation, Type::Bool(), std::move(operands));
  const bool can_contain = whole.IsList() || whole.IsText();
  Diagnostic& finding =
      findings_.Add(DiagnosticKind::kContainsMismatch,
                    can_contain ? operation.children[1]->range : operation.children[0]->range,
                    {whole.Describe(), part.Describe()});
  if (can_contain) {
    const Type element = whole.IsList() ? whole.Element() : Type::String();
    finding.fix = findings_.RespellFix(*operation.children[1], element);
    if (finding.fix) finding.hint = StrCat("write `", finding.fix->edits[0].replacement, "`");
  } else {
    finding.hint = "only a string or a list stands before `contains`";
  }
  findings_.Relate({*operation.children[0], operands[0]}, &finding);
  return ErrorNode(operation);
}

bool ExpressionChecker::RequireText(const Expression& operation, Operand operand) {
  if (operand.typed.type.IsText() || operand.typed.type.IsUnknown()) return true;
  Diagnostic& finding =
      findings_.Add(DiagnosticKind::kNotAText, operand.syntax.range,
                    {InfoOf(operation.op).spelling, operand.typed.type.Describe()});
  finding.fix = findings_.RespellFix(operand.syntax, Type::String());
  if (finding.fix) finding.hint = StrCat("write `", finding.fix->edits[0].replacement, "`");
  findings_.Relate(operand, &finding);
  return false;
}

TypedExpression ExpressionChecker::CheckText(const Expression& operation) {
  std::vector<TypedExpression> operands = CheckComparisonOperands(operation);
  bool good = true;
  for (size_t i = 0; i < operands.size(); ++i) {
    good = RequireText(operation, {*operation.children[i], operands[i]}) && good;
  }
  if (!good) return ErrorNode(operation);
  return Result(operation, Type::Bool(), std::move(operands));
}

TypedExpression ExpressionChecker::CheckPattern(const Expression& operation) {
  const Expression& pattern = *operation.children[1];
  std::vector<TypedExpression> operands;
  operands.push_back(Check(*operation.children[0]));
  bool good = RequireText(operation, {*operation.children[0], operands[0]});
  if (pattern.kind == Expression::Kind::kError) return ErrorNode(operation);
  if (pattern.kind != Expression::Kind::kLiteral ||
      pattern.literal.kind != Literal::Kind::kString) {
    findings_.Add(DiagnosticKind::kPatternNotLiteral, pattern.range).hint =
        "to compare with another text use `contains` or `==`";
    return ErrorNode(operation);
  }
  operands.push_back(Check(pattern));
  auto compiled = CompilePattern(pattern.literal.text, pattern.range, limits_, sink_);
  if (!good || compiled == nullptr) return ErrorNode(operation);
  TypedExpression typed = Result(operation, Type::Bool(), std::move(operands));
  typed.pattern = std::move(compiled);
  return typed;
}

TypedExpression ExpressionChecker::CheckWindow(const Expression& operation) {
  std::vector<TypedExpression> operands;
  bool good = true;
  const Type wanted[] = {Type::Timestamp(), Type::Duration()};
  for (size_t i = 0; i < 2; ++i) {
    const Expression& child = *operation.children[i];
    wanted_ = wanted[i];
    operands.push_back(Check(child));
    wanted_ = Type();
    const Type& type = operands[i].type;
    if (type.IsUnknown() || type == wanted[i]) continue;
    good = false;
    Diagnostic& finding =
        findings_.Add(DiagnosticKind::kWindowMismatch, child.range,
                      {InfoOf(operation.op).spelling,
                       i == 0 ? "a timestamp before it" : "a duration behind it", type.Describe()});
    finding.fix = findings_.RespellFix(child, wanted[i]);
    if (finding.fix) {
      finding.hint = StrCat("write `", finding.fix->edits[0].replacement, "`");
    } else {
      finding.hint = "as in `signed_up_at within last 7d`";
    }
    findings_.Relate({child, operands[i]}, &finding);
  }
  if (!good) return ErrorNode(operation);
  return Result(operation, Type::Bool(), std::move(operands));
}

TypedExpression ExpressionChecker::CheckAdditive(const Expression& operation) {
  std::vector<TypedExpression> operands;
  operands.push_back(Check(*operation.children[0]));
  operands.push_back(Check(*operation.children[1]));
  const Operand left = {*operation.children[0], operands[0]};
  const Operand right = {*operation.children[1], operands[1]};
  const Type a = operands[0].type;
  const Type b = operands[1].type;
  const bool subtract = operation.op == Operator::kSubtract;
  const auto are = [&](Type::Kind first, Type::Kind second) {
    return a.kind() == first && b.kind() == second;
  };
  Type type;
  if (a.IsUnknown() || b.IsUnknown()) {
    // Nothing to say.
  } else if (a.IsNumber() && b.IsNumber()) {
    if (!UnitsFit(a, b)) {
      if (subtract) {
        findings_.UnitMismatch(operation.operator_range, "subtracted from", right, left);
      } else {
        findings_.UnitMismatch(operation.operator_range, "added to", left, right);
      }
      return ErrorNode(operation);
    }
    type = Type::Number(CommonUnit(a, b));
  } else if (are(Type::Kind::kDuration, Type::Kind::kDuration) ||
             (subtract && are(Type::Kind::kTimestamp, Type::Kind::kTimestamp))) {
    type = Type::Duration();
  } else if (are(Type::Kind::kTimestamp, Type::Kind::kDuration) ||
             (!subtract && are(Type::Kind::kDuration, Type::Kind::kTimestamp))) {
    type = Type::Timestamp();
  } else {
    findings_.Arithmetic(operation, left, right);
    return ErrorNode(operation);
  }
  return Result(operation, std::move(type), std::move(operands));
}

TypedExpression ExpressionChecker::CheckMultiplicative(const Expression& operation) {
  std::vector<TypedExpression> operands;
  operands.push_back(Check(*operation.children[0]));
  operands.push_back(Check(*operation.children[1]));
  const Type& a = operands[0].type;
  const Type& b = operands[1].type;
  const bool divide = operation.op == Operator::kDivide;
  const bool a_duration = a.kind() == Type::Kind::kDuration;
  const bool b_duration = b.kind() == Type::Kind::kDuration;
  Type type;
  if (a.IsUnknown() || b.IsUnknown()) {
    // Nothing to say.
  } else if (a.IsNumber() && b.IsNumber()) {
    if (b.unit().empty()) {
      type = Type::Number(a.unit());
    } else {
      type = Type::Number(!divide && a.unit().empty() ? b.unit() : "");
    }
  } else if ((a_duration && b.IsNumber()) || (!divide && a.IsNumber() && b_duration)) {
    type = Type::Duration();
  } else if (divide && a_duration && b_duration) {
    type = Type::Number();
  } else {
    findings_.Arithmetic(operation, {*operation.children[0], operands[0]},
                         {*operation.children[1], operands[1]});
    return ErrorNode(operation);
  }
  return Result(operation, std::move(type), std::move(operands));
}

TypedExpression ExpressionChecker::CheckNegation(const Expression& operation) {
  const Expression& child = *operation.children[0];
  std::vector<TypedExpression> operands;
  operands.push_back(Check(child));
  const Type type = operands[0].type;
  if (!type.IsUnknown() && !type.IsNumber() && type.kind() != Type::Kind::kDuration) {
    Diagnostic& finding = findings_.Add(DiagnosticKind::kArithmeticMismatch,
                                        operation.operator_range, {"-", type.Describe()});
    if (type.IsBool()) finding.hint = "the opposite of a condition is written `not`";
    findings_.Relate({child, operands[0]}, &finding);
    return ErrorNode(operation);
  }
  if (const auto literal = AsSignedLiteral(operation)) {
    TypedExpression typed = std::move(operands[0]);
    typed.range = operation.range;
    typed.constant = ValueOf(*literal);
    return typed;
  }
  return Result(operation, type, std::move(operands));
}

}  // namespace pql
