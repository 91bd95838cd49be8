#include "lint/domain.h"

#include <span>

#include "base/strings.h"
#include "eval/rule_cone.h"

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

namespace {

// Values of a billing metric that stand for all; none where that can't be.
std::vector<Value> TypicalValues(const Type& type, Timestamp now) {
  constexpr int64_t kDay = 86'400'000'000;
  std::vector<Value> values = {Value::Missing()};
  switch (type.kind()) {
    case Type::Kind::kBool:
      values.insert(values.end(), {Value::Bool(false), Value::Bool(true)});
      break;
    case Type::Kind::kOneOf:
      for (const std::string& option : type.options()) values.push_back(Value::String(option));
      break;
    case Type::Kind::kNumber:
      for (const double number : {0.0, 1.0, 1e3, 1e6, 1e12}) {
        values.push_back(Value::Number(number));
      }
      break;
    case Type::Kind::kString:
      for (const char* text : {"", "free", "pro", "enterprise"}) {
        values.push_back(Value::String(text));
      }
      break;
    case Type::Kind::kTimestamp:
      for (const int64_t days : {-10'000, -100, -1, 0, 1, 100, 10'000}) {
        values.push_back(Value::Time({now.micros + days * kDay}));
      }
      break;
    case Type::Kind::kDuration:
      for (const int64_t days : {0, 1, 100, 10'000}) values.push_back(Value::Span({days * kDay}));
      break;
    default:
      values.clear();
      break;
  }
  return values;
}

// Whether the rule's outcome is true for each combination of the metrics' typical values, which are
// added to the account one after the other.
bool HoldsForAll(const Condition& condition, const CheckedRuleSet& checked,
                 std::span<const uint32_t> metrics, Witness* account, int* evaluations_left,
                 ConditionSpace* space) {
  if (metrics.empty()) {
    return --*evaluations_left >= 0 && space->Evaluate(condition, *account).IsTrue();
  }
  const Metric& metric = checked.metrics[metrics.front()];
  const std::vector<Value> values = TypicalValues(metric.type, account->now);
  for (const Value& value : values) {
    account->values[metric.name] = value;
    if (value.IsMissing()) account->values.erase(metric.name);
    if (!HoldsForAll(condition, checked, metrics.subspan(1), account, evaluations_left, space)) {
      return false;
    }
  }
  account->values.erase(metric.name);
  return !values.empty();
}

}  // namespace

std::optional<Witness> FindAccountWhateverItPays(const CheckedRuleSet& checked, uint32_t rule,
                                                 ConditionSpace* space) {
  constexpr int kMaxEvaluations = 1000;
  const Condition whole = space->OfRule(0, rule);
  Condition unpaid = whole;
  for (const AxisId axis : space->diagrams().AxesOf(whole.diagram)) {
    const AxisMeaning& meaning = space->terms().MeaningOf(axis);
    if (meaning.subject != AxisMeaning::Subject::kMetric) continue;
    const uint32_t metric = *checked.FindMetric(meaning.name);
    if (checked.metrics[metric].kind != MetricKind::kBilling) continue;
    unpaid.diagram = space->diagrams().WhereMissing(unpaid.diagram, axis);
  }
  if (space->NeverTrue(unpaid)) return std::nullopt;
  std::optional<Witness> witness = space->FindTrue(unpaid);
  if (!witness) return std::nullopt;
  const RuleCone cone(checked, rule);
  std::vector<uint32_t> billing;
  for (const uint32_t metric : cone.metrics()) {
    if (checked.metrics[metric].kind != MetricKind::kBilling) continue;
    billing.push_back(metric);
    witness->values.erase(checked.metrics[metric].name);
  }
  int evaluations_left = kMaxEvaluations;
  if (!HoldsForAll(whole, checked, billing, &*witness, &evaluations_left, space)) {
    return std::nullopt;
  }
  return witness;
}

std::string DescribeAccount(const Witness& witness) {
  const std::string text = witness.ToText();
  return text.empty() ? "an account of which nothing is known" : StrCat("an account with ", text);
}

}  // namespace pql
