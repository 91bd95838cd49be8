// Arithmetic on one metric, run backwards: where is `messages * 2 > 10`?
//
// A step is a function of one ordered value (number, duration or timestamp, as keys) that rises or
// falls over each of a few pieces of its domain: `x * 2`, `3 - x`, `abs(x)`, `t + 7d`.  Where it
// crosses a bound is found by bisection over the keys with the language's own operator, so the
// answer has its rounding and its overflow to the last bit; nothing is solved on paper.
//
// Thread-compatible.

#ifndef PQL_LINT_REASONING_STEP_H_
#define PQL_LINT_REASONING_STEP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "eval/metric_axis.h"
#include "language/typed_expression.h"
#include "lint/reasoning/diagram.h"

namespace pql {

// Whether values of the kind are ordered.
inline bool IsOrderedKind(Type::Kind kind) {
  return kind == Type::Kind::kNumber || kind == Type::Kind::kDuration ||
         kind == Type::Kind::kTimestamp;
}

// Over a piece the function rises or falls (or stays), and the keys at which it is present are an
// interval, to which `anchor` belongs unless it is empty.
struct MonotonePiece {
  KeyRange range;
  int64_t anchor = 0;
};

struct Step {
  std::string id;  // equal for steps that are the same function
  Type::Kind from = Type::Kind::kNumber;
  Type::Kind to = Type::Kind::kNumber;
  std::vector<MonotonePiece> pieces;  // ascending, apart; between them the function is missing
  std::function<std::optional<int64_t>(int64_t key)> apply;  // nothing: missing
  // Of `t + 7d` and `t - 7d`: the key of the result is that of the argument and this.
  std::optional<int64_t> shift;
};
using StepPtr = std::shared_ptr<const Step>;

// The strict operator or function `node` as a function of its operand `variable`, the other
// operands being constants (the one at `variable` is not looked at).  Null when it is none of those
// that are known to rise or fall.  REQUIRES: the constants are present.
StepPtr StepOf(const TypedExpression& node, size_t variable, Type::Kind variable_kind,
               std::span<const Value> operands);

// Whole numbers, whose keys are themselves, as numbers.  `universe`: of the whole numbers.
StepPtr WholeToNumber(KeyRange universe);

// The difference of two timestamps in microseconds, turned round and shifted, as a duration.
StepPtr DifferenceToDuration(bool negated, int64_t shift, KeyRange universe);

// What `after` says of the step's result, said of its argument.
Partition PullBack(const Partition& after, const Step& step, KeyRange universe);

// The partition of all values of an ordered type by a comparison with a constant.
// REQUIRES: IsComparison(comparison).
Partition CompareKeys(Operator comparison, int64_t constant, KeyRange universe);

}  // namespace pql

#endif  // PQL_LINT_REASONING_STEP_H_
