#include "lint/domain.h"

#include "base/strings.h"

namespace pql {

DomainFacts::DomainFacts(const RuleSet& rule_set)
    : checked_(rule_set.checked),
      defines_(checked_.defines.size()),
      scorecards_(checked_.scorecards.size()),
      rules_(checked_.rules.size()) {
  for (const Item item : checked_.evaluation_order) {
    switch (item.kind) {
      case Item::Kind::kDefine:
        defines_[item.index] = Of(checked_.defines[item.index].value);
        break;
      case Item::Kind::kScorecard:
        for (const ScorecardLine& line : checked_.scorecards[item.index].lines) {
          if (line.condition) scorecards_[item.index].Add(Of(*line.condition));
          if (line.per_value) scorecards_[item.index].Add(Of(*line.per_value));
        }
        break;
      case Item::Kind::kRule: {
        const Rule& rule = checked_.rules[item.index];
        rules_[item.index] = Of(rule.when);
        if (rule.unless) rules_[item.index].Add(Of(*rule.unless));
        break;
      }
    }
  }
  for (uint32_t i = 0; i < checked_.rules.size(); ++i) {
    const Rule& rule = checked_.rules[i];
    if (!rule.stage || rule.mode == RuleMode::kDraft) continue;
    const std::string& stage = checked_.stages[*rule.stage];
    if (stage == "pql") pql_rules_.push_back(i);
    if (stage == "customer" && rule.mode == RuleMode::kActive) customer_rules_.push_back(i);
  }
  for (uint32_t i = 0; i < checked_.metrics.size() && !billing_metric_; ++i) {
    if (checked_.metrics[i].kind == MetricKind::kBilling) billing_metric_ = i;
  }
}

KindSet DomainFacts::Of(const TypedExpression& expression) const {
  KindSet kinds;
  WalkTyped(expression, [&](const TypedExpression& node) {
    switch (node.kind) {
      case TypedExpression::Kind::kMetric:
        return kinds.Add(checked_.metrics[node.index].kind);
      case TypedExpression::Kind::kDefine:
        return kinds.Add(defines_[node.index]);
      case TypedExpression::Kind::kScorecard:
        return kinds.Add(scorecards_[node.index]);
      case TypedExpression::Kind::kRule:
        return kinds.Add(rules_[node.index]);
      default:
        return;
    }
  });
  return kinds;
}

std::optional<Witness> FindInactiveAccount(const CheckedRuleSet& checked, uint32_t rule,
                                           ConditionSpace* space) {
  Condition condition = space->OfRule(0, rule);
  if (condition.diagram == kTooLarge) return std::nullopt;
  for (const AxisId axis : space->diagrams().AxesOf(condition.diagram)) {
    const AxisMeaning& meaning = space->terms().MeaningOf(axis);
    if (meaning.subject != AxisMeaning::Subject::kMetric) continue;
    const MetricKind kind = checked.metrics[*checked.FindMetric(meaning.name)].kind;
    if (kind == MetricKind::kProfile || kind == MetricKind::kBilling) continue;
    condition.diagram = space->diagrams().WhereMissing(condition.diagram, axis);
  }
  if (space->NeverTrue(condition)) return std::nullopt;
  std::optional<Witness> witness = space->FindTrue(condition);
  // What is computed from several metrics is outside of their axes; the account says the last word.
  if (!witness || witness->held_by_itself || !witness->held.empty()) return std::nullopt;
  for (const auto& [name, value] : witness->values) {
    const std::optional<uint32_t> metric = checked.FindMetric(name);
    if (!metric) return std::nullopt;
    const MetricKind kind = checked.metrics[*metric].kind;
    if (kind != MetricKind::kProfile && kind != MetricKind::kBilling) return std::nullopt;
  }
  return witness;
}

std::string DescribeAccount(const Witness& witness) {
  const std::string text = witness.ToText();
  return text.empty() ? "an account of which nothing is known" : StrCat("an account with ", text);
}

}  // namespace pql
