// Expressions after checking: names resolved, types known, constants made values.  What engines,
// lint and the explanations work on.  Value semantics; thread-safe when const.

#ifndef PQL_LANGUAGE_TYPED_EXPRESSION_H_
#define PQL_LANGUAGE_TYPED_EXPRESSION_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "ast/operator.h"
#include "diagnostics/source.h"
#include "language/type.h"
#include "language/value.h"

namespace re2 {
class RE2;
}

namespace pql {

struct FunctionDefinition;

struct TypedExpression {
  enum class Kind : uint8_t {
    kError,      // an expression with a finding; a rule set that has one is never evaluated
    kConstant,   // constant
    kMetric,     // index into CheckedRuleSet::metrics
    kDefine,     // index into defines (outputs are defines)
    kScorecard,  // index into scorecards
    kRule,       // index into rules: its outcome as a condition
    kNow,        // the evaluation time
    kStage,      // the account's stage, in tests only
    kCall,       // function, children
    kOperator,   // op, children
  };

  Kind kind = Kind::kError;
  Operator op = Operator::kAnd;
  Type type;
  uint32_t index = 0;
  int count = 0;  // of `at least`
  SourceRange range;
  Value constant;
  const FunctionDefinition* function = nullptr;  // owned by the registry
  std::shared_ptr<const re2::RE2> pattern;       // of `matches`; children[1] is its text
  std::vector<TypedExpression> children;

  bool Is(Operator which) const { return kind == Kind::kOperator && op == which; }
};

inline bool IsMetric(const TypedExpression& node, uint32_t metric) {
  return node.kind == TypedExpression::Kind::kMetric && node.index == metric;
}

// One whose value is that of some of its operands: `and`, `or`, `not`, `at least N of`, `if`.
inline bool IsConnective(const TypedExpression& node) {
  return node.Is(Operator::kAnd) || node.Is(Operator::kOr) || node.Is(Operator::kNot) ||
         node.Is(Operator::kAtLeast) || node.Is(Operator::kIf);
}

// Calls `visit(node)` for the node and everything below it, parents first.
template <typename Visit>
void WalkTyped(const TypedExpression& root, const Visit& visit) {
  visit(root);
  for (const TypedExpression& child : root.children) WalkTyped(child, visit);
}

}  // namespace pql

#endif  // PQL_LANGUAGE_TYPED_EXPRESSION_H_
