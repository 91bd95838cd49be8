#include "ruleset/metric_dependencies.h"

#include <optional>
#include <utility>

namespace pql {
namespace {

template <typename Visit>
void ForEachNode(const CheckedRuleSet& rule_set, Item item, const Visit& visit) {
  ForEachExpression(rule_set, item,
                    [&visit](const TypedExpression& root) { WalkTyped(root, visit); });
}

std::set<uint32_t>& SetOf(Item item, MetricDependencies* dependencies) {
  switch (item.kind) {
    case Item::Kind::kDefine:
      return dependencies->defines[item.index];
    case Item::Kind::kScorecard:
      return dependencies->scorecards[item.index];
    default:
      return dependencies->rules[item.index];
  }
}

}  // namespace

// In evaluation order everything that an item depends on is complete before it.
MetricDependencies FindMetricDependencies(const CheckedRuleSet& rule_set) {
  MetricDependencies result;
  result.defines.resize(rule_set.defines.size());
  result.scorecards.resize(rule_set.scorecards.size());
  result.rules.resize(rule_set.rules.size());
  for (const Item item : rule_set.evaluation_order) {
    std::set<uint32_t>& metrics = SetOf(item, &result);
    ForEachNode(rule_set, item, [&](const TypedExpression& node) {
      if (node.kind == TypedExpression::Kind::kMetric) metrics.insert(node.index);
      const std::optional<Item> other = ItemOf(node);
      if (!other.has_value()) return;
      const std::set<uint32_t>& more = SetOf(*other, &result);
      metrics.insert(more.begin(), more.end());
    });
  }
  return result;
}

std::set<uint32_t> MetricsOfRule(const CheckedRuleSet& rule_set, uint32_t rule) {
  std::set<uint32_t> metrics;
  std::vector<Item> items = {{Item::Kind::kRule, rule}};  // grows while it is gone through
  std::set<std::pair<Item::Kind, uint32_t>> seen = {{Item::Kind::kRule, rule}};
  for (size_t i = 0; i < items.size(); ++i) {
    ForEachNode(rule_set, items[i], [&](const TypedExpression& node) {
      if (node.kind == TypedExpression::Kind::kMetric) metrics.insert(node.index);
      const std::optional<Item> other = ItemOf(node);
      if (other.has_value() && seen.emplace(other->kind, other->index).second) {
        items.push_back(*other);
      }
    });
  }
  return metrics;
}

}  // namespace pql
