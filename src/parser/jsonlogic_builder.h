// JsonLogic (https://jsonlogic.com) as expressions of the rules language: what every operator means
// stands in one table, jsonlogic_builder.cc.
//
// Keeps references to its arguments, which must outlive it.  Thread-compatible.

#ifndef PQL_PARSER_JSONLOGIC_BUILDER_H_
#define PQL_PARSER_JSONLOGIC_BUILDER_H_

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "ast/expression.h"
#include "diagnostics/diagnostic.h"
#include "parser/copy_budget.h"
#include "parser/json_text.h"

namespace pql {

class JsonLogicBuilder {
 public:
  JsonLogicBuilder(int max_depth, size_t text_bytes, DiagnosticSink* sink)
      : max_depth_(max_depth), copies_(text_bytes), sink_(sink) {}

  // The condition; kError nodes stand where there was a finding.
  ExpressionPtr Condition(const JsonValue& value) { return Build(value, 1, Wanted::kCondition); }

  // One use of an operator.
  struct Use {
    const JsonValue& whole;  // `{"==": [...]}`
    const std::string& name;
    SourceRange name_range;
    std::span<const JsonValue> arguments;
    int depth;
    bool as_condition;  // only whether it is true matters
  };
  // How an operator is understood.  Public for the table of operators.
  ExpressionPtr Variable(const Use& use);
  ExpressionPtr Missing(const Use& use);
  ExpressionPtr MissingSome(const Use& use);
  ExpressionPtr If(const Use& use);
  ExpressionPtr Equality(const Use& use);
  ExpressionPtr Ordering(const Use& use);
  ExpressionPtr Junction(const Use& use);
  ExpressionPtr Not(const Use& use);
  ExpressionPtr NotNot(const Use& use);
  ExpressionPtr Call(const Use& use);
  ExpressionPtr Arithmetic(const Use& use);
  ExpressionPtr Subtraction(const Use& use);
  ExpressionPtr In(const Use& use);
  ExpressionPtr TextComparison(const Use& use);
  ExpressionPtr SomeOrNone(const Use& use);

 private:
  enum class Wanted { kCondition, kValue };

  ExpressionPtr Build(const JsonValue& value, int depth, Wanted wanted);
  ExpressionPtr BuildOperator(const JsonValue& value, int depth, Wanted wanted);
  // The argument as an operand that stands `levels` below the operator.
  ExpressionPtr Operand(const Use& use, size_t index, int levels = 1) {
    return Build(use.arguments[index], use.depth + levels, Wanted::kValue);
  }
  ExpressionPtr ConditionOf(const Use& use, size_t index, int levels = 1) {
    return Build(use.arguments[index], use.depth + levels, Wanted::kCondition);
  }
  // The value as it is where only its truth matters, else such that it must be true or false.
  static ExpressionPtr AsBool(const Use& use, ExpressionPtr condition);
  static ExpressionPtr Operate(const Use& use, Operator op, std::vector<ExpressionPtr> operands);

  ExpressionPtr Name(const JsonValue& value);
  // The names that `missing` and `missing_some` list, each with `op`.
  std::vector<ExpressionPtr> Presence(const Use& use, std::span<const JsonValue> names,
                                      Operator op);
  ExpressionPtr Wrong(const JsonValue& value, std::string hint);
  ExpressionPtr NoCounterpart(const Use& use, std::string hint);
  // Null, with a finding for the first one, where the text has had all its copies.  `what` is
  // repeated.
  ExpressionPtr Copy(const Use& use, const Expression& expression, std::string_view what);
  ExpressionPtr WrongCount(const Use& use, std::string_view takes);

  const int max_depth_;
  CopyBudget copies_;
  bool copies_reported_ = false;
  DiagnosticSink* const sink_;
};

}  // namespace pql

#endif  // PQL_PARSER_JSONLOGIC_BUILDER_H_
