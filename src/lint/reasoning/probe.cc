#include "lint/reasoning/probe.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "ast/rule_file.h"
#include "base/strings.h"

namespace pql {

std::string Witness::ToText() const {
  std::string text;
  for (const auto& [name, value] : values) {
    StrAppend(&text, text.empty() ? "" : ", ", QuoteName(name), " = ", value.ToSource());
  }
  if (reads_clock) {
    StrAppend(&text, text.empty() ? "" : ", ", "now = ", Value::Time(now).ToSource());
  }
  if (held_by_itself) StrAppend(&text, text.empty() ? "" : ", ", "held already");
  for (const std::string& rule : held) {
    StrAppend(&text, text.empty() ? "" : ", ", "held already by ", QuoteName(rule));
  }
  return text;
}

Probe::Probe(std::span<const CheckedRuleSet* const> rule_sets) {
  for (const CheckedRuleSet* rule_set : rule_sets) {
    Side& side = sides_.emplace_back();
    side.rule_set = rule_set;
    side.positions[0].resize(rule_set->defines.size());
    side.positions[1].resize(rule_set->scorecards.size());
    side.positions[2].resize(rule_set->rules.size());
    for (uint32_t i = 0; i < rule_set->evaluation_order.size(); ++i) {
      const Item item = rule_set->evaluation_order[i];
      side.positions[static_cast<size_t>(item.kind)][item.index] = i;
    }
  }
}

void Probe::AddUses(const TypedExpression& expression, const Side& side,
                    std::vector<uint32_t>* uses) {
  WalkTyped(expression, [&](const TypedExpression& node) {
    if (const std::optional<Item> item = ItemOf(node)) {
      uses->push_back(side.positions[static_cast<size_t>(item->kind)][item->index]);
    }
  });
}

std::vector<Item> Probe::ItemsOf(const Subject& subject) const {
  const Side& side = sides_[subject.rule_set];
  const CheckedRuleSet& rule_set = *side.rule_set;
  std::vector<uint32_t> pending;
  if (subject.expression != nullptr) {
    AddUses(*subject.expression, side, &pending);
  } else {
    pending.push_back(side.positions[2][subject.rule]);
  }
  std::set<uint32_t> needed;
  while (!pending.empty()) {
    const uint32_t position = pending.back();
    pending.pop_back();
    if (!needed.insert(position).second) continue;
    ForEachExpression(
        rule_set, rule_set.evaluation_order[position],
        [&](const TypedExpression& expression) { AddUses(expression, side, &pending); });
  }
  std::vector<Item> items;
  for (const uint32_t position : needed) items.push_back(rule_set.evaluation_order[position]);
  return items;
}

Value Probe::Evaluate(const Subject& subject, const Witness& witness) {
  Side& side = sides_[subject.rule_set];
  const CheckedRuleSet& rule_set = *side.rule_set;
  Account account(rule_set);
  for (const auto& [name, value] : witness.values) {
    const std::optional<uint32_t> metric = rule_set.FindMetric(name);
    if (!metric.has_value() || !value.Fits(rule_set.metrics[*metric].type)) continue;
    account.Set(*metric, value);
  }
  EvaluationInput input = {.account = &account, .now = witness.now};
  if (!witness.held.empty() || witness.held_by_itself) {
    input.held.resize(rule_set.rules.size());
    for (const std::string& name : witness.held) {
      if (const auto rule = rule_set.FindRule(name)) input.held[*rule] = true;
    }
    if (subject.expression == nullptr) input.held[subject.rule] = witness.held_by_itself;
  }
  EvaluateItems(rule_set, ItemsOf(subject), input, &side.done);
  if (subject.expression != nullptr) {
    return EvaluateExpression(rule_set, *subject.expression, input, side.done).value;
  }
  return ConditionValue(side.done.rules[subject.rule].outcome);
}

}  // namespace pql
