#include "engine/dependencies.h"

#include <optional>

namespace pql {
namespace {

class Collector {
 public:
  explicit Collector(const CheckedRuleSet& rule_set) : rule_set_(rule_set) {
    result_.defines.resize(rule_set.defines.size());
    result_.scorecards.resize(rule_set.scorecards.size());
    result_.rules.resize(rule_set.rules.size());
  }

  // In evaluation order everything that an item depends on is complete before it.
  MetricDependencies Collect() {
    for (const Item& item : rule_set_.evaluation_order) {
      switch (item.kind) {
        case Item::Kind::kDefine:
          Add(rule_set_.defines[item.index].value, &result_.defines[item.index]);
          break;
        case Item::Kind::kScorecard:
          for (const ScorecardLine& line : rule_set_.scorecards[item.index].lines) {
            Add(line.condition, &result_.scorecards[item.index]);
            Add(line.per_value, &result_.scorecards[item.index]);
          }
          break;
        case Item::Kind::kRule: {
          const Rule& rule = rule_set_.rules[item.index];
          std::set<uint32_t>* out = &result_.rules[item.index];
          Add(rule.when, out);
          Add(rule.unless, out);
          Add(rule.keep_while, out);
          Add(rule.score, out);
          break;
        }
      }
    }
    return std::move(result_);
  }

 private:
  void Add(const std::optional<TypedExpression>& expression, std::set<uint32_t>* out) const {
    if (expression.has_value()) Add(*expression, out);
  }
  void Add(const TypedExpression& expression, std::set<uint32_t>* out) const {
    WalkTyped(expression, [this, out](const TypedExpression& node) {
      const auto merge = [out](const std::set<uint32_t>& other) {
        out->insert(other.begin(), other.end());
      };
      switch (node.kind) {
        case TypedExpression::Kind::kMetric:
          out->insert(node.index);
          break;
        case TypedExpression::Kind::kDefine:
          merge(result_.defines[node.index]);
          break;
        case TypedExpression::Kind::kScorecard:
          merge(result_.scorecards[node.index]);
          break;
        case TypedExpression::Kind::kRule:
          merge(result_.rules[node.index]);
          break;
        default:
          break;
      }
    });
  }

  const CheckedRuleSet& rule_set_;
  MetricDependencies result_;
};

}  // namespace

MetricDependencies FindMetricDependencies(const CheckedRuleSet& rule_set) {
  return Collector(rule_set).Collect();
}

}  // namespace pql
