#include "ruleset/coverage.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "eval/interpreter.h"
#include "ruleset/item_graph.h"
#include "ruleset/test_runner.h"

namespace pql {
namespace {

// An atom that can be seen both true and false.
bool IsAtom(const TypedExpression& node) {
  switch (node.kind) {
    case TypedExpression::Kind::kMetric:
    case TypedExpression::Kind::kCall:
    case TypedExpression::Kind::kOperator:
      return node.type.IsBool() && !IsConnective(node);
    default:
      return false;
  }
}

class CoverageMeter {
 public:
  explicit CoverageMeter(const CheckedRuleSet& rule_set) : rule_set_(rule_set) {
    for (const Item item : ItemsInSourceOrder(rule_set)) AddItem(item);
  }

  // What the test's account showed about the conditions of `items`.
  void See(const std::vector<Item>& items, const EvaluationInput& input,
           const Evaluation& evaluation) {
    for (const Item item : items) {
      const auto [begin, end] = by_item_.equal_range(KeyOf(item));
      for (auto entry = begin; entry != end; ++entry) {
        Condition& condition = conditions_[entry->second];
        if (condition.only_when_held && !IsHeld(item, input)) continue;
        const Value value =
            EvaluateExpression(rule_set_, *condition.expression, input, evaluation).value;
        condition.coverage.seen_true |= value.IsTrue();
        condition.coverage.seen_false |= value.IsFalse();
      }
    }
  }

  Coverage Take() {
    Coverage coverage;
    for (const Condition& condition : conditions_) {
      coverage.conditions.push_back(condition.coverage);
    }
    std::stable_sort(coverage.conditions.begin(), coverage.conditions.end(),
                     [](const ConditionCoverage& a, const ConditionCoverage& b) {
                       return std::pair(a.range.file, a.range.begin) <
                              std::pair(b.range.file, b.range.begin);
                     });
    return coverage;
  }

 private:
  struct Condition {
    ConditionCoverage coverage;
    const TypedExpression* expression = nullptr;
    bool only_when_held = false;
  };

  static std::pair<int, uint32_t> KeyOf(Item item) {
    return {static_cast<int>(item.kind), item.index};
  }
  static bool IsHeld(Item item, const EvaluationInput& input) {
    return item.index < input.held.size() && input.held[item.index];
  }

  void AddItem(Item item) {
    switch (item.kind) {
      case Item::Kind::kDefine:
        AddRoot(item, rule_set_.defines[item.index].value);
        break;
      case Item::Kind::kScorecard:
        for (const ScorecardLine& line : rule_set_.scorecards[item.index].lines) {
          AddRoot(item, line.condition);
          AddRoot(item, line.per_value);
        }
        break;
      case Item::Kind::kRule: {
        const Rule& rule = rule_set_.rules[item.index];
        AddRoot(item, rule.when);
        AddRoot(item, rule.unless);
        AddRoot(item, rule.keep_while, /*only_when_held=*/true);
        AddRoot(item, rule.score);
        break;
      }
    }
  }

  void AddRoot(Item item, const TypedExpression& root, bool only_when_held = false) {
    WalkTyped(root, [&](const TypedExpression& node) {
      const bool is_whole =
          &node == &root && node.type.IsBool() && node.kind != TypedExpression::Kind::kConstant;
      if (is_whole || IsAtom(node)) Add(item, node, only_when_held);
    });
  }
  void AddRoot(Item item, const std::optional<TypedExpression>& root, bool only_when_held = false) {
    if (root.has_value()) AddRoot(item, *root, only_when_held);
  }
  void Add(Item item, const TypedExpression& node, bool only_when_held) {
    by_item_.emplace(KeyOf(item), conditions_.size());
    conditions_.push_back({{.item = item, .range = node.range}, &node, only_when_held});
  }

  const CheckedRuleSet& rule_set_;
  std::vector<Condition> conditions_;
  std::multimap<std::pair<int, uint32_t>, size_t> by_item_;  // into conditions_
};

}  // namespace

size_t Coverage::seen() const {
  size_t seen = 0;
  for (const ConditionCoverage& condition : conditions) {
    seen += static_cast<size_t>(condition.seen());
  }
  return seen;
}

double Coverage::percent() const {
  if (conditions.empty()) return 100;
  return 100.0 * static_cast<double>(seen()) / static_cast<double>(outcomes());
}

Coverage MeasureCoverage(const CheckedRuleSet& rule_set, std::span<const uint32_t> tests) {
  CoverageMeter meter(rule_set);
  const ItemGraph graph(rule_set);
  Evaluation evaluation;
  for (const uint32_t index : tests) {
    const Test& test = rule_set.tests[index];
    if (!CanRun(test)) continue;
    const TestInput given(rule_set, test);
    const std::vector<Item> needed = graph.NeededBy(test);
    EvaluateItems(rule_set, needed, given.input, &evaluation);
    meter.See(needed, given.input, evaluation);
  }
  return meter.Take();
}

}  // namespace pql
