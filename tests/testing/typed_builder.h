// Typed expressions by hand, for tests below the parser: `Op(Operator::kAdd, Num(1), Num(2))`.
// Ranges stay empty; types are given only where an engine looks at them.

#ifndef PQL_TESTS_TESTING_TYPED_BUILDER_H_
#define PQL_TESTS_TESTING_TYPED_BUILDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "ast/operator.h"
#include "base/time_text.h"
#include "language/function_registry.h"
#include "language/type.h"
#include "language/typed_expression.h"
#include "language/value.h"
#include "re2/re2.h"

namespace pql::typed {

inline TypedExpression OfKind(TypedExpression::Kind kind, uint32_t index = 0) {
  TypedExpression expression;
  expression.kind = kind;
  expression.index = index;
  return expression;
}

inline TypedExpression Constant(Value value) {
  TypedExpression expression = OfKind(TypedExpression::Kind::kConstant);
  expression.constant = std::move(value);
  return expression;
}
inline TypedExpression Num(double number) { return Constant(Value::Number(number)); }
inline TypedExpression Bool(bool boolean) { return Constant(Value::Bool(boolean)); }
inline TypedExpression Str(std::string text) { return Constant(Value::String(std::move(text))); }
inline TypedExpression Days(int64_t days) { return Constant(Value::Span({days * kMicrosPerDay})); }

inline TypedExpression Metric(uint32_t index) {
  return OfKind(TypedExpression::Kind::kMetric, index);
}
inline TypedExpression Define(uint32_t index) {
  return OfKind(TypedExpression::Kind::kDefine, index);
}
inline TypedExpression Scorecard(uint32_t index) {
  return OfKind(TypedExpression::Kind::kScorecard, index);
}
inline TypedExpression Rule(uint32_t index) { return OfKind(TypedExpression::Kind::kRule, index); }
inline TypedExpression Now() { return OfKind(TypedExpression::Kind::kNow); }
inline TypedExpression Stage() { return OfKind(TypedExpression::Kind::kStage); }

inline TypedExpression OpOf(Operator op, std::vector<TypedExpression> operands) {
  TypedExpression expression = OfKind(TypedExpression::Kind::kOperator);
  expression.op = op;
  expression.children = std::move(operands);
  return expression;
}
template <typename... Operands>
TypedExpression Op(Operator op, Operands... operands) {
  return OpOf(op, {std::move(operands)...});
}

inline TypedExpression AtLeastOf(int count, std::vector<TypedExpression> operands) {
  TypedExpression expression = OpOf(Operator::kAtLeast, std::move(operands));
  expression.count = count;
  return expression;
}
template <typename... Operands>
TypedExpression AtLeast(int count, Operands... operands) {
  return AtLeastOf(count, {std::move(operands)...});
}

inline TypedExpression Matches(TypedExpression text, std::string pattern) {
  TypedExpression expression = Op(Operator::kMatches, std::move(text), Str(pattern));
  expression.pattern = std::make_shared<const re2::RE2>(pattern);
  return expression;
}

// REQUIRES: `function` outlives the expression.
template <typename... Arguments>
TypedExpression CallTo(const FunctionDefinition& function, Type type, Arguments... arguments) {
  TypedExpression expression = OfKind(TypedExpression::Kind::kCall);
  expression.function = &function;
  expression.type = std::move(type);
  expression.children = {std::move(arguments)...};
  return expression;
}
// REQUIRES: a built-in function.
template <typename... Arguments>
TypedExpression Call(std::string_view name, Type type, Arguments... arguments) {
  return CallTo(*FunctionRegistry::Builtin()->Find(name), std::move(type), std::move(arguments)...);
}

// A division by zero: missing, and no metric can mend it.
inline TypedExpression Broken() { return Op(Operator::kDivide, Num(1), Num(0)); }
inline TypedExpression BrokenCondition() { return Op(Operator::kGreater, Broken(), Num(1)); }

}  // namespace pql::typed

#endif  // PQL_TESTS_TESTING_TYPED_BUILDER_H_
