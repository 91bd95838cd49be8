// The types of expressions: from syntax to TypedExpression, one finding a mistake.
//
// An expression with a finding becomes an error node, whose type fits everything, so that nothing
// above it complains again.  Keeps references to its arguments, which must outlive it; sees the
// types of declarations as they stand in the rule set at the time of the call.  Thread-compatible.

#ifndef PQL_CHECKER_EXPRESSION_CHECKER_H_
#define PQL_CHECKER_EXPRESSION_CHECKER_H_

#include <span>
#include <string_view>
#include <vector>

#include "ast/expression.h"
#include "checker/checker.h"
#include "checker/findings.h"
#include "checker/scope.h"
#include "language/typed_expression.h"

namespace pql {

class ExpressionChecker {
 public:
  ExpressionChecker(const SourceSet& sources, const CheckedRuleSet& rule_set, const Scope& scope,
                    const FunctionRegistry& functions, const CheckLimits& limits,
                    DiagnosticSink* sink)
      : rule_set_(rule_set),
        scope_(scope),
        functions_(functions),
        limits_(limits),
        sink_(sink),
        findings_(sources, scope, functions, sink) {}

  TypedExpression Check(const Expression& expression);
  // Must be true or false.
  TypedExpression CheckCondition(const Expression& expression);
  // Must be a number; `owner` is what needs it: `score`.
  TypedExpression CheckNumber(const Expression& expression, std::string_view owner);

  // Whether `stage` may be named: in the `expect` of a test.
  void set_stage_allowed(bool allowed) { stage_allowed_ = allowed; }

  Findings& findings() { return findings_; }
  DiagnosticSink* sink() { return sink_; }

  // The value of a string where a `one of` is asked for must be one of its values; any other
  // combination is fine.  `owner` names what holds the value.  Returns false with a finding.
  bool CheckOption(const Expression& expression, const Type& one_of, std::string_view owner);

 private:
  using Operand = Findings::Operand;

  // expression_checker.cc
  TypedExpression CheckName(const Expression& name);
  TypedExpression CheckStage(const Expression& name);
  TypedExpression CheckLiteral(const Expression& literal);
  // Checks the children; names that nothing has are judged by the type of the others.
  std::vector<TypedExpression> CheckComparisonOperands(const Expression& operation);

  // operator_checker.cc
  TypedExpression CheckOperator(const Expression& operation);
  TypedExpression CheckConditional(const Expression& operation);
  TypedExpression CheckLogic(const Expression& operation);
  TypedExpression CheckComparison(const Expression& operation);
  TypedExpression CheckContains(const Expression& operation);
  TypedExpression CheckText(const Expression& operation);
  TypedExpression CheckPattern(const Expression& operation);
  TypedExpression CheckWindow(const Expression& operation);
  TypedExpression CheckAdditive(const Expression& operation);
  TypedExpression CheckMultiplicative(const Expression& operation);
  TypedExpression CheckNegation(const Expression& operation);
  // Whether the two can be compared by `comparison`; otherwise there is a finding.
  bool CheckComparable(const Expression& comparison, bool ordering, Operand left, Operand right);
  bool CheckPercent(Operand literal, Operand other);
  bool CheckInList(const Expression& operation, const std::vector<TypedExpression>& operands);
  bool RequireText(const Expression& operation, Operand operand);

  // call_checker.cc
  TypedExpression CheckCall(const Expression& call);
  TypedExpression CheckFirstPresent(const Expression& call, TypedExpression typed);
  TypedExpression CheckSignatures(const Expression& call, TypedExpression typed);
  // The type of "one of these values": units must agree, a `one of` joined with another text is a
  // plain string.  kUnknown with a finding at the operand that differs; `what` names them all.
  Type JoinTypes(std::string_view what, std::span<const Operand> operands);

  const CheckedRuleSet& rule_set_;
  const Scope& scope_;
  const FunctionRegistry& functions_;
  const CheckLimits& limits_;
  DiagnosticSink* const sink_;
  Findings findings_;
  bool stage_allowed_ = false;
  Type wanted_;  // what the operand being checked is compared with, where that is known
};

// An error node for the expression.
TypedExpression ErrorNode(const Expression& expression);

// Whether two numbers of these units may be compared or added: a number without one fits any.
bool UnitsFit(const Type& a, const Type& b);
// The unit of the two together.  REQUIRES: UnitsFit.
const std::string& CommonUnit(const Type& a, const Type& b);

}  // namespace pql

#endif  // PQL_CHECKER_EXPRESSION_CHECKER_H_
