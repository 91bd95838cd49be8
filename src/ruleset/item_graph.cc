#include "ruleset/item_graph.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "ast/rule_file.h"
#include "base/strings.h"

namespace pql {

ItemGraph::ItemGraph(const CheckedRuleSet& rule_set)
    : rule_set_(rule_set),
      define_positions_(rule_set.defines.size()),
      scorecard_positions_(rule_set.scorecards.size()),
      rule_positions_(rule_set.rules.size()),
      uses_(rule_set.evaluation_order.size()),
      used_by_(rule_set.evaluation_order.size()) {
  for (uint32_t i = 0; i < rule_set.evaluation_order.size(); ++i) {
    const Item item = rule_set.evaluation_order[i];
    auto& positions = item.kind == Item::Kind::kDefine      ? define_positions_
                      : item.kind == Item::Kind::kScorecard ? scorecard_positions_
                                                            : rule_positions_;
    positions[item.index] = i;
  }
  for (uint32_t i = 0; i < uses_.size(); ++i) {
    ForEachExpression(rule_set, rule_set.evaluation_order[i],
                      [&](const TypedExpression& root) { AddUses(root, &uses_[i]); });
    for (const uint32_t used : uses_[i]) used_by_[used].push_back(i);
  }
}

uint32_t ItemGraph::PositionOf(Item item) const {
  switch (item.kind) {
    case Item::Kind::kDefine:
      return define_positions_[item.index];
    case Item::Kind::kScorecard:
      return scorecard_positions_[item.index];
    case Item::Kind::kRule:
      break;
  }
  return rule_positions_[item.index];
}

void ItemGraph::AddUses(const TypedExpression& expression, std::vector<uint32_t>* uses) const {
  WalkTyped(expression, [&](const TypedExpression& node) {
    switch (node.kind) {
      case TypedExpression::Kind::kDefine:
        uses->push_back(define_positions_[node.index]);
        break;
      case TypedExpression::Kind::kScorecard:
        uses->push_back(scorecard_positions_[node.index]);
        break;
      case TypedExpression::Kind::kRule:
        uses->push_back(rule_positions_[node.index]);
        break;
      case TypedExpression::Kind::kStage:
        for (uint32_t i = 0; i < rule_set_.rules.size(); ++i) {
          const Rule& rule = rule_set_.rules[i];
          if (rule.stage.has_value() && rule.mode == RuleMode::kActive) {
            uses->push_back(rule_positions_[i]);
          }
        }
        break;
      default:
        break;
    }
  });
}

std::vector<Item> ItemGraph::Closure(std::vector<uint32_t> pending,
                                     const std::vector<std::vector<uint32_t>>& edges) const {
  std::vector<bool> reached(rule_set_.evaluation_order.size());
  std::vector<uint32_t> positions;
  while (!pending.empty()) {
    const uint32_t position = pending.back();
    pending.pop_back();
    if (reached[position]) continue;
    reached[position] = true;
    positions.push_back(position);
    pending.insert(pending.end(), edges[position].begin(), edges[position].end());
  }
  std::sort(positions.begin(), positions.end());
  std::vector<Item> items;
  items.reserve(positions.size());
  for (const uint32_t position : positions) items.push_back(rule_set_.evaluation_order[position]);
  return items;
}

std::vector<Item> ItemGraph::NeededBy(const Test& test) const {
  std::vector<uint32_t> uses;
  for (const TypedExpression& expect : test.expects) AddUses(expect, &uses);
  return Closure(std::move(uses), uses_);
}

std::vector<Item> ItemGraph::DependentsOf(Item item) const {
  return Closure({PositionOf(item)}, used_by_);
}

const std::string& NameOfItem(const CheckedRuleSet& rule_set, Item item) {
  switch (item.kind) {
    case Item::Kind::kDefine:
      return rule_set.defines[item.index].name;
    case Item::Kind::kScorecard:
      return rule_set.scorecards[item.index].name;
    case Item::Kind::kRule:
      break;
  }
  return rule_set.rules[item.index].name;
}

SourceRange RangeOfItem(const CheckedRuleSet& rule_set, Item item) {
  switch (item.kind) {
    case Item::Kind::kDefine:
      return rule_set.defines[item.index].range;
    case Item::Kind::kScorecard:
      return rule_set.scorecards[item.index].range;
    case Item::Kind::kRule:
      break;
  }
  return rule_set.rules[item.index].range;
}

std::string DescribeItem(const CheckedRuleSet& rule_set, Item item) {
  const std::string_view kind = item.kind == Item::Kind::kRule           ? "rule "
                                : item.kind == Item::Kind::kScorecard    ? "scorecard "
                                : rule_set.defines[item.index].is_output ? "output "
                                                                         : "define ";
  return StrCat(kind, QuoteName(NameOfItem(rule_set, item)));
}

bool IsDraft(const CheckedRuleSet& rule_set, Item item) {
  return item.kind == Item::Kind::kRule && rule_set.rules[item.index].mode == RuleMode::kDraft;
}

std::vector<Item> ItemsInSourceOrder(const CheckedRuleSet& rule_set) {
  std::vector<Item> items;
  for (const Item item : rule_set.evaluation_order) {
    if (!IsDraft(rule_set, item)) items.push_back(item);
  }
  std::sort(items.begin(), items.end(), [&rule_set](Item a, Item b) {
    return RangeOfItem(rule_set, a) < RangeOfItem(rule_set, b);
  });
  return items;
}

}  // namespace pql
