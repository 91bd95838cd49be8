// Expressions of a compiled plan: flat, folded, their predicates over one metric made key sets.
// Part of the plan; plain data, immutable once built, then thread-safe.

#ifndef PQL_EVAL_PLAN_PLAN_NODE_H_
#define PQL_EVAL_PLAN_PLAN_NODE_H_

#include <cstdint>
#include <deque>
#include <limits>
#include <span>
#include <vector>

#include "ast/operator.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/cell.h"
#include "eval/plan/key_set.h"
#include "language/typed_expression.h"
#include "language/value.h"

namespace pql {

using NodeIndex = uint32_t;
inline constexpr NodeIndex kNoNode = std::numeric_limits<NodeIndex>::max();

struct PlanNode {
  enum class Kind : uint8_t {
    kConstant,   // constants[index]
    kMetric,     // metric index
    kTest,       // a strict predicate over metric index: ranges[first, first + count)
    kDefine,     // define index
    kScorecard,  // scorecard index
    kRule,       // rule index: its outcome as a condition
    kNow,
    kInWindow,      // constants[index] <= now < constants[index + 1], where they are present
    kHeld,          // rule index holds the account
    kFirstPresent,  // coalesce
    kCall,          // source->function
    kOperator,      // op
  };

  Kind kind = Kind::kConstant;
  Operator op = Operator::kAnd;
  bool may_be_missing = true;
  // How many instructions the branch program needs for it; what is too heavy is walked instead.
  uint16_t weight = 1;
  uint32_t index = 0;  // of `at least`: how many
  uint32_t first = 0;  // its children are nodes[first, first + count)
  uint32_t count = 0;
  const TypedExpression* source = nullptr;  // of calls and patterns; owned by the rule set

  bool Is(Operator which) const { return kind == Kind::kOperator && op == which; }
};

struct PlanNodes {
  std::vector<PlanNode> nodes;
  std::vector<MetricKeyRange> ranges;
  std::vector<Cell> constants;
  std::deque<Value> folded;  // what constants that no rule wrote point to

  const PlanNode& operator[](NodeIndex index) const { return nodes[index]; }
  std::span<const PlanNode> ChildrenOf(const PlanNode& node) const {
    return {nodes.data() + node.first, node.count};
  }
  std::span<const MetricKeyRange> RangesOf(const PlanNode& test) const {
    return {ranges.data() + test.first, test.count};
  }
};

}  // namespace pql

#endif  // PQL_EVAL_PLAN_PLAN_NODE_H_
