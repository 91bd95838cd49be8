// Rules compared with each other: duplicates by their diagrams, which are equal for equal
// conditions, and those that others take in by an index.

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "base/number_text.h"
#include "base/strings.h"
#include "lint/logic.h"
#include "lint/reasoning/subsumption_index.h"

namespace pql {
namespace {

std::vector<uint32_t> InSourceOrder(const CheckedRuleSet& checked) {
  std::vector<uint32_t> order(checked.rules.size());
  std::iota(order.begin(), order.end(), 0u);
  std::stable_sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return checked.rules[a].name_range < checked.rules[b].name_range;
  });
  return order;
}

// Whether the outcome of the rule depends on the other one by name, directly or through others.
bool Names(const CheckedRuleSet& checked, uint32_t rule, uint32_t other) {
  std::set<std::pair<TypedExpression::Kind, uint32_t>> seen;
  std::vector<const TypedExpression*> pending;
  const auto add_rule = [&](const Rule& added) {
    pending.push_back(&added.when);
    if (added.unless) pending.push_back(&*added.unless);
    if (added.keep_while) pending.push_back(&*added.keep_while);
  };
  add_rule(checked.rules[rule]);
  bool found = false;
  while (!pending.empty() && !found) {
    const TypedExpression& expression = *pending.back();
    pending.pop_back();
    WalkTyped(expression, [&](const TypedExpression& node) {
      if (!IsName(node) || !seen.insert({node.kind, node.index}).second) return;
      if (node.kind == TypedExpression::Kind::kDefine) {
        pending.push_back(&checked.defines[node.index].value);
      } else {
        found |= node.index == other;
        add_rule(checked.rules[node.index]);
      }
    });
  }
  return found;
}

// Found by always-true and always-false, and no yardstick for others.
bool SaysNothing(const ConditionSpace& space, DiagramId condition) {
  return space.NeverTrue(condition) || space.NeverFalse(condition);
}

}  // namespace

std::vector<RulePair> FindDuplicateRules(const CheckedRuleSet& checked, ConditionSpace* space) {
  std::vector<RulePair> pairs;
  std::map<std::tuple<DiagramId, std::optional<uint32_t>, RuleMode>, uint32_t> first;
  for (const uint32_t index : InSourceOrder(checked)) {
    const Rule& rule = checked.rules[index];
    const DiagramId condition = space->OfRule(0, index).diagram;
    if (rule.mode == RuleMode::kDraft || SaysNothing(*space, condition)) continue;
    const auto [known, inserted] = first.try_emplace({condition, rule.stage, rule.mode}, index);
    if (!inserted) pairs.push_back({index, known->second});
  }
  return pairs;
}

std::vector<RulePair> FindSubsumedRules(const CheckedRuleSet& checked, ConditionSpace* space) {
  std::map<uint32_t, std::vector<uint32_t>> by_stage;
  for (const uint32_t index : InSourceOrder(checked)) {
    const Rule& rule = checked.rules[index];
    if (rule.mode != RuleMode::kActive || !rule.stage.has_value()) continue;
    if (SaysNothing(*space, space->OfRule(0, index).diagram)) continue;
    by_stage[*rule.stage].push_back(index);
  }
  std::vector<RulePair> pairs;
  for (const auto& entry : by_stage) {
    const auto& rules = entry.second;  // no structured binding: clang 14 lets no lambda use one
    if (rules.size() < 2) continue;
    std::vector<DiagramId> conditions;
    for (const uint32_t rule : rules) conditions.push_back(space->OfRule(0, rule).diagram);
    SubsumptionIndex index(&space->diagrams(), conditions);
    for (size_t i = 0; i < rules.size(); ++i) {
      const auto around = index.FindAround(conditions[i], [&](size_t j) {
        // Of two that qualify the same accounts, the later could go.
        if (conditions[i] == conditions[j]) return false;
        if (j > i && space->Implies(conditions[j], conditions[i])) return false;
        return !Names(checked, rules[j], rules[i]);
      });
      if (around.has_value()) pairs.push_back({rules[i], rules[*around]});
    }
  }
  return pairs;
}

std::string DescribeScorecardRange(const CheckedRuleSet& checked, const TypedExpression& part,
                                   ConditionSpace* space) {
  for (const TypedExpression& child : part.children) {
    if (child.kind != TypedExpression::Kind::kScorecard) continue;
    const auto [least, most] = space->RangeOfScorecard(0, child.index);
    return StrCat("`", checked.scorecards[child.index].name, "` is between ",
                  FormatGroupedNumber(least), " and ", FormatGroupedNumber(most));
  }
  return "";
}

}  // namespace pql
