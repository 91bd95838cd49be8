// From checked expressions to the nodes of a plan: folds constants, makes predicates over one
// metric key sets, gives the texts they name their keys.  Part of the plan.
//
// Keeps references to the rule set and to what it builds into; not thread-safe.

#ifndef PQL_EVAL_PLAN_PLAN_BUILDER_H_
#define PQL_EVAL_PLAN_PLAN_BUILDER_H_

#include <cstdint>
#include <optional>

#include "eval/plan/bound_account.h"
#include "eval/plan/plan_node.h"
#include "language/checked_rule_set.h"

namespace pql {

class PlanBuilder {
 public:
  PlanBuilder(const CheckedRuleSet& rule_set, MetricLayout* layout, PlanNodes* nodes)
      : rule_set_(rule_set), layout_(*layout), nodes_(*nodes) {}

  // The expression as nodes; returns the root.
  NodeIndex Build(const TypedExpression& expression);
  // A rule's `when`, `unless`, `keep while` and `active` as one condition.
  NodeIndex BuildCondition(uint32_t rule);

 private:
  PlanNode& At(NodeIndex index) { return nodes_.nodes[index]; }
  // The children of the node: `count` of them, next to each other, still to be filled.
  NodeIndex AddChildren(NodeIndex parent, size_t count);
  void SetOperator(NodeIndex at, Operator op);
  void Fill(NodeIndex at, const TypedExpression& expression);
  void FillMetric(NodeIndex at, const TypedExpression& expression);
  void FillReference(NodeIndex at, PlanNode::Kind kind, uint32_t index);
  void FillConstant(NodeIndex at, Cell constant);
  void FillOperator(NodeIndex at, const TypedExpression& expression);
  void FillCall(NodeIndex at, const TypedExpression& expression);
  // Rule index's `when`; for a rule that has a `keep while`, `when or held and keep`.
  void FillEntry(NodeIndex at, uint32_t rule);

  // Once the children are there.
  void FinishLogic(NodeIndex at);
  bool AllChildrenAreConstant(NodeIndex at, size_t from);
  // The key set of the operator at `at`, if it is a strict predicate over one metric.
  std::optional<KeySet> PredicateOf(NodeIndex at);
  std::optional<KeySet> ComparisonSet(Operator op, uint32_t metric, const Cell& constant);
  std::optional<KeySet> MembershipSet(uint32_t metric, std::span<const PlanNode> members);
  std::optional<KeySet> SetOfTests(NodeIndex at);
  std::optional<MetricKey> KeyOf(uint32_t metric, const Cell& constant);
  // Replaces the node, whose children were built last, by something without children.
  void DropChildren(NodeIndex at, size_t constants_before);
  void BecomeTest(NodeIndex at, uint32_t metric, const KeySet& set);
  void BecomeConstant(NodeIndex at, const Value& value);
  void SetWeight(NodeIndex at);

  const CheckedRuleSet& rule_set_;
  MetricLayout& layout_;
  PlanNodes& nodes_;
};

}  // namespace pql

#endif  // PQL_EVAL_PLAN_PLAN_BUILDER_H_
