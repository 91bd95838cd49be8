#include "eval/rule_cone.h"

#include <algorithm>
#include <set>
#include <utility>

namespace pql {
namespace {

// How many expressions are nested at most between two landings, but for a single item that is more.
constexpr int kMaxHeight = 256;

uint64_t KeyOf(Item item) { return (static_cast<uint64_t>(item.kind) << 32) | item.index; }

template <typename T>
void SortOnce(std::vector<T>* values) {
  std::sort(values->begin(), values->end());
  values->erase(std::unique(values->begin(), values->end()), values->end());
}

int HeightOf(const TypedExpression& expression) {
  int height = 0;
  for (const TypedExpression& child : expression.children) {
    height = std::max(height, HeightOf(child));
  }
  return height + 1;
}

}  // namespace

RuleCone::RuleCone(const CheckedRuleSet& rule_set, uint32_t rule)
    : rule_set_(rule_set), rule_(rule) {
  CollectItems({Item::Kind::kRule, rule});
  LinkItems();
  MetricUnions unions(metrics_);
  for (size_t i = 0; i < items_.size(); ++i) {
    Names names;
    bool clock = false;
    ForEachCondition(rule_set_, items_[i], [&](const TypedExpression& root) {
      CollectNames(root, &names);
      clock = clock || SeesClock(root);
    });
    names.Sort();
    metrics_of_item_.push_back(MetricsOf(names, &unions));
    item_sees_clock_.push_back(clock && items_[i].kind != Item::Kind::kRule);
  }
  for (const Item item : items_) {
    ForEachCondition(rule_set_, item,
                     [&](const TypedExpression& root) { CollectAtoms(root, &unions); });
  }
  CollectLandings();
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
    if (!wanted.contains(KeyOf(item))) continue;
    item_index_[KeyOf(item)] = items_.size();
    items_.push_back(item);
  }
}

void RuleCone::LinkItems() {
  users_of_item_.resize(items_.size());
  std::vector<uint32_t> metrics;
  for (size_t i = 0; i < items_.size(); ++i) {
    Names names;
    ForEachCondition(rule_set_, items_[i],
                     [&](const TypedExpression& root) { CollectNames(root, &names); });
    names.Sort();
    for (const uint32_t metric : names.metrics) users_of_metric_[metric].items.push_back(i);
    for (const size_t item : names.items) users_of_item_[item].items.push_back(i);
    metrics.insert(metrics.end(), names.metrics.begin(), names.metrics.end());
    reads_clock_ = reads_clock_ || names.clock;
    items_in_.push_back(std::move(names.items));
  }
  SortOnce(&metrics);
  metrics_ = std::make_shared<const std::vector<uint32_t>>(std::move(metrics));
  reads_clock_ = reads_clock_ || !ActiveBounds().empty();
}

void RuleCone::Names::Sort() {
  SortOnce(&metrics);
  SortOnce(&items);
}

void RuleCone::CollectNames(const TypedExpression& expression, Names* names) const {
  WalkTyped(expression, [&](const TypedExpression& node) {
    if (node.kind == TypedExpression::Kind::kMetric) {
      names->metrics.push_back(node.index);
    } else if (const std::optional<Item> reference = ItemOf(node)) {
      names->items.push_back(IndexOf(*reference));
    }
    names->clock = names->clock || node.kind == TypedExpression::Kind::kNow ||
                   node.Is(Operator::kWithinLast) || node.Is(Operator::kWithinNext);
  });
}

MetricSet RuleCone::MetricsOf(const Names& names, MetricUnions* unions) const {
  std::vector<MetricSet> parts = {std::make_shared<const std::vector<uint32_t>>(names.metrics)};
  for (const size_t item : names.items) parts.push_back(metrics_of_item_[item]);
  return unions->Of(std::move(parts));
}

bool RuleCone::SeesClock(const TypedExpression& expression) const {
  return !IsAtom(expression) && SeesClockBelow(expression);
}

bool RuleCone::SeesClockBelow(const TypedExpression& expression) const {
  if (expression.kind == TypedExpression::Kind::kNow || expression.Is(Operator::kWithinLast) ||
      expression.Is(Operator::kWithinNext)) {
    return true;
  }
  const std::optional<Item> reference = ItemOf(expression);
  if (reference.has_value() && item_sees_clock_[IndexOf(*reference)]) return true;
  return std::any_of(expression.children.begin(), expression.children.end(),
                     [this](const TypedExpression& child) { return SeesClock(child); });
}

void RuleCone::CollectAtoms(const TypedExpression& expression, MetricUnions* unions) {
  WalkTyped(expression, [&](const TypedExpression& node) {
    calls_functions_ |= node.kind == TypedExpression::Kind::kCall;
    if (!IsAtom(node)) return;
    Names names;
    CollectNames(node, &names);
    names.Sort();
    const size_t index = atoms_.size();
    for (const uint32_t metric : names.metrics) users_of_metric_[metric].atoms.push_back(index);
    for (const size_t item : names.items) users_of_item_[item].atoms.push_back(index);
    atom_index_[&node] = index;
    MetricSet metrics = MetricsOf(names, unions);
    atoms_.push_back({&node, std::move(metrics), SeesClockBelow(node), std::move(names.items)});
  });
}

void RuleCone::CollectLandings() {
  std::vector<int> heights;  // of an item and what is below it, down to landings
  for (size_t i = 0; i < items_.size(); ++i) {
    int height = 0;
    ForEachCondition(rule_set_, items_[i], [&](const TypedExpression& root) {
      height = std::max(height, HeightOf(root));
    });
    int below = 0;
    for (const size_t item : items_in_[i]) below = std::max(below, heights[item]);
    height += below;
    if (height > kMaxHeight) {
      landings_.push_back(i);
      height = 0;
    }
    heights.push_back(height);
  }
}

const RuleCone::Users& RuleCone::UsersOf(uint32_t metric) const {
  const auto found = users_of_metric_.find(metric);
  return found == users_of_metric_.end() ? nobody_ : found->second;
}

bool RuleCone::IsCondition(size_t index) const {
  const Item item = items_[index];
  return item.kind == Item::Kind::kRule ||
         (item.kind == Item::Kind::kDefine && rule_set_.defines[item.index].value.type.IsBool());
}

std::vector<size_t> RuleCone::WithAllBelow(const std::vector<size_t>& indices) const {
  std::set<size_t> all(indices.begin(), indices.end());
  std::vector<size_t> pending = indices;
  while (!pending.empty()) {
    const size_t index = pending.back();
    pending.pop_back();
    for (const size_t item : items_in_[index]) {
      if (all.insert(item).second) pending.push_back(item);
    }
  }
  return {all.begin(), all.end()};
}

size_t RuleCone::IndexOf(Item item) const { return item_index_.at(KeyOf(item)); }

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
