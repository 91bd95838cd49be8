#include "lint/expressions.h"

namespace pql {

NameUses::NameUses(const RuleSet& rule_set)
    : metrics_(rule_set.checked.metrics.size()),
      defines_(rule_set.checked.defines.size()),
      defines_in_tests_(rule_set.checked.defines.size()) {
  ForEachExpression(rule_set.checked, [this](const TypedExpression& root) {
    WalkTyped(root, [this](const TypedExpression& node) {
      if (node.kind == TypedExpression::Kind::kMetric) ++metrics_[node.index];
      if (node.kind == TypedExpression::Kind::kDefine) ++defines_[node.index];
    });
  });
  ForEachExpectation(rule_set.checked, [this](const TypedExpression& root) {
    WalkTyped(root, [this](const TypedExpression& node) {
      if (node.kind == TypedExpression::Kind::kDefine) ++defines_in_tests_[node.index];
    });
  });
}

}  // namespace pql
