#include "engine/rule_diff.h"

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "engine/rule_source.h"
#include "eval/plan/rule_changes.h"
#include "format/formatter.h"

namespace pql {
namespace {

std::string CanonicalText(const RuleSet& rule_set, SourceRange range) {
  const Declaration* declaration = FindDeclaration(rule_set, range);
  return declaration == nullptr ? std::string(rule_set.sources.Text(range))
                                : FormatDeclaration(*declaration);
}

// For every item a text that two versions of it share exactly when they mean the same: a digest of
// its own canonical text and of those of all that it depends on.
class MeaningFinder {
 public:
  explicit MeaningFinder(const RuleSet& rule_set)
      : rule_set_(rule_set), checked_(rule_set.checked) {}

  // By rule; of those that are not `wanted` perhaps nothing.
  std::vector<std::string> Find(std::vector<bool> wanted) {
    for (const Metric& metric : checked_.metrics) {
      metrics_.push_back(CanonicalText(rule_set_, metric.range));
    }
    defines_.resize(checked_.defines.size());
    scorecards_.resize(checked_.scorecards.size());
    rules_.resize(checked_.rules.size());
    for (const Item& item : Needed(std::move(wanted))) AddItem(item);
    return std::move(rules_);
  }

 private:
  using Parts = std::map<std::string, std::string>;

  // The items that the wanted rules depend on, and they themselves, in order of evaluation.  All
  // defines and scorecards are among them, being few.
  std::vector<Item> Needed(std::vector<bool> wanted) const {
    std::vector<Item> items;
    const auto want_rules = [&wanted](const TypedExpression& node) {
      if (node.kind == TypedExpression::Kind::kRule) wanted[node.index] = true;
    };
    const std::vector<Item>& order = checked_.evaluation_order;
    for (auto item = order.rbegin(); item != order.rend(); ++item) {
      if (item->kind == Item::Kind::kRule && !wanted[item->index]) continue;
      ForEachExpression(checked_, *item,
                        [&](const TypedExpression& root) { WalkTyped(root, want_rules); });
      items.push_back(*item);
    }
    std::reverse(items.begin(), items.end());
    return items;
  }

  void AddItem(const Item& item) {
    Parts parts;
    ForEachExpression(checked_, item, [&](const TypedExpression& root) { Add(root, &parts); });
    switch (item.kind) {
      case Item::Kind::kDefine:
        defines_[item.index] = Meaning(checked_.defines[item.index].range, parts);
        break;
      case Item::Kind::kScorecard:
        scorecards_[item.index] = Meaning(checked_.scorecards[item.index].range, parts);
        break;
      case Item::Kind::kRule:
        rules_[item.index] = Meaning(checked_.rules[item.index].range, parts);
        break;
    }
  }

  std::string Meaning(SourceRange range, const Parts& parts) const {
    std::vector<SourceText> all = {{"", CanonicalText(rule_set_, range)}};
    for (const auto& [name, text] : parts) all.push_back({name, text});
    return DigestOf(all);
  }

  void Add(const TypedExpression& expression, Parts* parts) const {
    WalkTyped(expression, [this, parts](const TypedExpression& node) {
      switch (node.kind) {
        case TypedExpression::Kind::kMetric:
          parts->emplace(StrCat("metric ", checked_.metrics[node.index].name),
                         metrics_[node.index]);
          break;
        case TypedExpression::Kind::kDefine:
          parts->emplace(StrCat("define ", checked_.defines[node.index].name),
                         defines_[node.index]);
          break;
        case TypedExpression::Kind::kScorecard:
          parts->emplace(StrCat("scorecard ", checked_.scorecards[node.index].name),
                         scorecards_[node.index]);
          break;
        case TypedExpression::Kind::kRule:
          parts->emplace(StrCat("rule ", checked_.rules[node.index].name), rules_[node.index]);
          break;
        default:
          break;
      }
    });
  }

  const RuleSet& rule_set_;
  const CheckedRuleSet& checked_;
  std::vector<std::string> metrics_;
  std::vector<std::string> defines_;
  std::vector<std::string> scorecards_;
  std::vector<std::string> rules_;
};

bool SameCode(const ExpressionPtr& a, const ExpressionPtr& b) {
  if (a == nullptr || b == nullptr) return a == b;
  return SameExpression(*a, *b);
}

// The fields of v1.Rule that differ, in its order.
std::vector<std::string> ChangedFields(const RuleSet& before, uint32_t old_index,
                                       const RuleSet& after, uint32_t new_index) {
  const Rule& a = before.checked.rules[old_index];
  const Rule& b = after.checked.rules[new_index];
  const RuleSyntax& x = *before.rule_syntax[old_index];
  const RuleSyntax& y = *after.rule_syntax[new_index];
  const auto stage = [](const RuleSyntax& rule) { return rule.stage ? rule.stage->text : ""; };
  const std::pair<const char*, bool> fields[] = {
      {"title", a.title == b.title},
      {"description", a.description == b.description},
      {"owner", a.owner == b.owner},
      {"tags", a.tags == b.tags},
      {"stage", stage(x) == stage(y)},
      {"mode", a.mode == b.mode},
      {"when", SameCode(x.when, y.when)},
      {"unless", SameCode(x.unless, y.unless)},
      {"keep_while", SameCode(x.keep_while, y.keep_while)},
      {"score", SameCode(x.score, y.score)},
      {"active_from", a.active_from == b.active_from},
      {"active_until", a.active_until == b.active_until},
  };
  std::vector<std::string> changed;
  for (const auto& [field, same] : fields) {
    if (!same) changed.emplace_back(field);
  }
  return changed;
}

StoredRuleChange Compare(const RuleSet& before, uint32_t old_index, const RuleSet& after,
                         uint32_t new_index) {
  StoredRuleChange change;
  change.rule = after.checked.rules[new_index].name;
  change.old_source = DeclarationSource(before, before.checked.rules[old_index].range);
  change.new_source = DeclarationSource(after, after.checked.rules[new_index].range);
  if (change.old_source == change.new_source) {
    change.kind = RuleChangeKind::kDependencyModified;
  } else {
    change.kind = RuleChangeKind::kModified;
    change.changed_fields = ChangedFields(before, old_index, after, new_index);
  }
  return change;
}

}  // namespace

std::vector<StoredRuleChange> DiffRules(const RuleSet* before, const RuleSet& after) {
  static const RuleSet& nothing = *new RuleSet;
  if (before == nullptr) before = &nothing;
  const SharedList<Rule>& old_rules = before->checked.rules;
  const SharedList<Rule>& new_rules = after.checked.rules;
  // A rule that both versions share is the same, and depends on no other rule; where they share
  // all else too, it means the same.
  const bool only_rules_differ = before->checked.metrics.IsSameAs(after.checked.metrics) &&
                                 before->checked.defines.IsSameAs(after.checked.defines) &&
                                 before->checked.scorecards.IsSameAs(after.checked.scorecards);
  const RuleChanges shared = RuleChanges::Between(old_rules, new_rules);
  const auto unless_shared = [only_rules_differ](const std::vector<uint32_t>& other) {
    std::vector<bool> wanted(other.size());
    for (size_t i = 0; i < other.size(); ++i) {
      wanted[i] = !only_rules_differ || other[i] == RuleChanges::kNone;
    }
    return wanted;
  };
  const std::vector<std::string> old_meanings =
      MeaningFinder(*before).Find(unless_shared(shared.now));
  const std::vector<std::string> new_meanings =
      MeaningFinder(after).Find(unless_shared(shared.before));
  std::vector<StoredRuleChange> changes;
  uint32_t i = 0;
  uint32_t j = 0;
  while (i < old_rules.size() || j < new_rules.size()) {
    if (only_rules_differ && i < old_rules.size() && shared.now[i] == j) {
      ++i;
      ++j;
      continue;
    }
    const bool removed =
        j == new_rules.size() || (i < old_rules.size() && old_rules[i].name < new_rules[j].name);
    const bool added = !removed && (i == old_rules.size() || new_rules[j].name < old_rules[i].name);
    if (removed) {
      changes.push_back({.rule = old_rules[i].name,
                         .kind = RuleChangeKind::kRemoved,
                         .old_source = DeclarationSource(*before, old_rules[i].range)});
    } else if (added) {
      changes.push_back({.rule = new_rules[j].name,
                         .kind = RuleChangeKind::kAdded,
                         .new_source = DeclarationSource(after, new_rules[j].range)});
    } else {
      StoredRuleChange change = Compare(*before, i, after, j);
      if (change.old_source != change.new_source || old_meanings[i] != new_meanings[j]) {
        changes.push_back(std::move(change));
      }
    }
    if (!added) ++i;
    if (!removed) ++j;
  }
  return changes;
}

}  // namespace pql
