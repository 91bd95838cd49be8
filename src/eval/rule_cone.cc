#include "eval/rule_cone.h"

#include <algorithm>
#include <set>

namespace pql {
namespace {

uint64_t KeyOf(Item item) { return (static_cast<uint64_t>(item.kind) << 32) | item.index; }

template <typename T>
void MergeSorted(const std::vector<T>& from, std::vector<T>* into) {
  std::vector<T> merged;
  std::set_union(into->begin(), into->end(), from.begin(), from.end(), std::back_inserter(merged));
  *into = std::move(merged);
}

}  // namespace

RuleCone::RuleCone(const CheckedRuleSet& rule_set, uint32_t rule)
    : rule_set_(rule_set),
      rule_(rule),
      atoms_of_(rule_set.metrics.size()),
      items_of_(rule_set.metrics.size()) {
  CollectItems({Item::Kind::kRule, rule});
  Dependencies all;
  for (const Item item : items_) {
    Dependencies own;
    ForEachCondition(rule_set_, item,
                     [&](const TypedExpression& root) { Merge(DependenciesOf(root), &own); });
    Merge(own, &all);
    for (const uint32_t metric : own.metrics) {
      items_of_[metric].push_back(item_dependencies_.size());
    }
    item_index_[KeyOf(item)] = item_dependencies_.size();
    item_dependencies_.push_back(std::move(own));
  }
  metrics_ = std::move(all.metrics);
  reads_clock_ = all.reads_clock || !ActiveBounds().empty();
  for (const Item item : items_) {
    ForEachCondition(rule_set_, item, [this](const TypedExpression& root) { CollectAtoms(root); });
  }
}

void RuleCone::CollectItems(Item root) {
  std::set<uint64_t> wanted = {KeyOf(root)};
  std::vector<Item> pending = {root};
  while (!pending.empty()) {
    const Item item = pending.back();
    pending.pop_back();
    // A score decides nothing, but is part of the result.
    ForEachExpression(rule_set_, item, [&](const TypedExpression& expression) {
      WalkTyped(expression, [&](const TypedExpression& node) {
        const std::optional<Item> reference = ItemOf(node);
        if (!reference.has_value()) return;
        if (wanted.insert(KeyOf(*reference)).second) pending.push_back(*reference);
      });
    });
  }
  for (const Item item : rule_set_.evaluation_order) {
    if (wanted.contains(KeyOf(item))) items_.push_back(item);
  }
}

void RuleCone::Merge(const Dependencies& from, Dependencies* into) {
  MergeSorted(from.metrics, &into->metrics);
  MergeSorted(from.items, &into->items);
  into->reads_clock |= from.reads_clock;
}

RuleCone::Dependencies RuleCone::DependenciesOf(const TypedExpression& expression) const {
  Dependencies own;
  WalkTyped(expression, [&](const TypedExpression& node) {
    if (node.kind == TypedExpression::Kind::kMetric) {
      Merge({.metrics = {node.index}}, &own);
    } else if (const std::optional<Item> reference = ItemOf(node)) {
      const size_t item = item_index_.at(KeyOf(*reference));
      Merge(item_dependencies_[item], &own);
      Merge({.items = {item}}, &own);
    }
    own.reads_clock |= node.kind == TypedExpression::Kind::kNow || node.Is(Operator::kWithinLast) ||
                       node.Is(Operator::kWithinNext);
  });
  return own;
}

void RuleCone::CollectAtoms(const TypedExpression& expression) {
  WalkTyped(expression, [this](const TypedExpression& node) {
    calls_functions_ |= node.kind == TypedExpression::Kind::kCall;
    if (!node.type.IsBool() || IsConnective(node) || ItemOf(node).has_value()) return;
    Dependencies own = DependenciesOf(node);
    for (const uint32_t metric : own.metrics) atoms_of_[metric].push_back(atoms_.size());
    atom_index_[&node] = atoms_.size();
    atoms_.push_back({&node, std::move(own.metrics), own.reads_clock, std::move(own.items)});
  });
}

const Atom* RuleCone::FindAtom(const TypedExpression* expression) const {
  const auto found = atom_index_.find(expression);
  return found == atom_index_.end() ? nullptr : &atoms_[found->second];
}

std::vector<Timestamp> RuleCone::ActiveBounds() const {
  std::set<Timestamp> bounds;
  for (const Item item : items_) {
    if (item.kind != Item::Kind::kRule) continue;
    const Rule& rule = rule_set_.rules[item.index];
    if (rule.active_from.has_value()) bounds.insert(*rule.active_from);
    if (rule.active_until.has_value()) bounds.insert(*rule.active_until);
  }
  return {bounds.begin(), bounds.end()};
}

const RuleResult& RuleCone::EvaluateRule(const EvaluationInput& input, Evaluation* done) const {
  EvaluateItems(rule_set_, items_, input, done);
  return done->rules[rule_];
}

}  // namespace pql
