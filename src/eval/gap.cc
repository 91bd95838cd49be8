#include "eval/gap.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "ast/rule_file.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "eval/gap_candidates.h"
#include "eval/gap_climb.h"
#include "eval/gap_wording.h"
#include "eval/metric_set.h"

namespace pql {
namespace {

// Metrics of which any solution changes at least one.  Empty: nothing that metrics say can help.
using Part = MetricSet;

class GapSearch {
 public:
  GapSearch(const RuleCone& cone, const EvaluationInput& input, const GapOptions& options)
      : cone_(cone),
        rule_set_(cone.rule_set()),
        options_(options),
        account_(cone, input),
        candidates_(cone, options.max_evaluations) {
    for (const uint32_t metric : cone.metrics()) {
      before_[metric] = account_.account().Metric(metric);
    }
  }

  Gap Run() {
    Gap gap;
    if (account_.Qualifies()) return gap;
    const int most = std::min<int>(options_.max_changes, static_cast<int>(cone_.metrics().size()));
    bool cut_short = most < static_cast<int>(cone_.metrics().size());
    const std::vector<Part> parts = FailingParts();
    if (std::any_of(parts.begin(), parts.end(), [](const Part& part) { return part->empty(); })) {
      return Impossible();
    }
    for (int depth = LowerBound(parts); depth <= most; ++depth) {
      visited_.clear();
      pruned_ = false;
      Deepen(depth, 0);
      if (!best_.empty() || exhausted_) break;
      if (!pruned_) {
        cut_short = false;
        break;  // no deeper search would see anything new
      }
    }
    if (best_.empty() && (exhausted_ || cut_short || !candidates_.complete())) {
      best_ = ClimbToQualify(&candidates_, &account_, most, options_.max_evaluations);
    }
    if (best_.empty()) return Without(cut_short);
    for (size_t size = 0; best_.size() != size;) {
      size = best_.size();
      Tighten();
      KeepSmallestSubset();
    }
    gap.status = Gap::Status::kFound;
    for (const auto& [metric, value] : best_) account_.Set(metric, value);
    for (const auto& [metric, value] : best_) {
      gap.changes.push_back(DescribeChange(metric, before_[metric], &candidates_, &account_));
    }
    return gap;
  }

 private:
  using Assignment = std::map<uint32_t, Value>;

  bool Spent() {
    // The other half is for the climb.
    exhausted_ = exhausted_ || account_.evaluations() > options_.max_evaluations / 2;
    return exhausted_;
  }

  Gap Impossible() const {
    Gap gap;
    gap.status = Gap::Status::kImpossible;
    const Timestamp now = account_.input().now;
    gap.reason =
        account_.IsActive(rule_set_.rules[cone_.rule()])
            ? "no change of metrics makes this rule qualify: its conditions contradict each "
              "other, or do not depend on metrics"
            : StrCat("the rule is not active at ", FormatTimestamp(now.micros),
                     ", whatever the metrics are");
    return gap;
  }

  Gap Without(bool cut_short) const {
    if (candidates_.complete() && !exhausted_ && !cut_short) return Impossible();
    Gap gap;
    gap.status = Gap::Status::kNotFound;
    gap.reason = "no change of metrics was found that makes this rule qualify";
    return gap;
  }

  // Depth-first over at most `remaining` more changes.
  void Deepen(int remaining, double distance) {
    if (account_.Qualifies()) {
      if (best_.empty() || distance < best_distance_) {
        best_ = changed_;
        best_distance_ = distance;
      }
      return;
    }
    const std::vector<Part> parts = FailingParts();
    if (LowerBound(parts) > remaining) {
      pruned_ = true;
      return;
    }
    const Part smallest = Smallest(parts);
    if (smallest == nullptr) return;
    struct Option {
      double distance;
      uint32_t metric;
      Value value;
    };
    std::vector<Option> options;
    for (const uint32_t metric : *smallest) {
      // A list can take several elements, one step each.
      const bool again = changed_.contains(metric);
      if (again && !rule_set_.metrics[metric].type.IsList()) continue;
      for (Value& value : candidates_.For(metric, &account_)) {
        const double way = RelativeDistance(before_[metric], value);
        options.push_back({way, metric, std::move(value)});
      }
      if (Spent()) return;
    }
    std::stable_sort(options.begin(), options.end(),
                     [](const Option& a, const Option& b) { return a.distance < b.distance; });
    for (const Option& option : options) {
      const double after = distance + option.distance;
      if (!best_.empty() && after >= best_distance_) break;
      Try(option.metric, option.value, remaining, after);
      if (Spent()) return;
    }
  }

  void Try(uint32_t metric, const Value& value, int remaining, double distance) {
    const auto earlier = changed_.find(metric);
    const bool again = earlier != changed_.end();
    const Value restored = again ? earlier->second : Value::Missing();
    changed_[metric] = value;
    if (visited_.insert(Signature()).second) {
      account_.Set(metric, value);
      Deepen(again ? remaining : remaining - 1, distance);
      account_.Set(metric, again ? restored : Original(metric));
    }
    if (again) {
      changed_[metric] = restored;
    } else {
      changed_.erase(metric);
    }
  }

  // What to set to bring the account's own value, or its default, back.
  Value Original(uint32_t metric) const { return before_.at(metric); }

  std::string Signature() const {
    std::string signature;
    for (const auto& [metric, value] : changed_) {
      StrAppend(&signature, metric, "=", value.ToSource(), ";");
    }
    return signature;
  }

  // A solution without some of its changes may be one as well.
  void KeepSmallestSubset() {
    constexpr size_t kMaxSubsets = 12;
    const std::vector<std::pair<uint32_t, Value>> all(best_.begin(), best_.end());
    if (all.size() > kMaxSubsets) return;
    for (size_t size = 1; size < all.size(); ++size) {
      for (uint32_t mask = 1; mask + 1 < (1u << all.size()); ++mask) {
        if (static_cast<size_t>(__builtin_popcount(mask)) != size) continue;
        Assignment subset;
        for (size_t i = 0; i < all.size(); ++i) {
          if ((mask >> i) & 1) subset.insert(all[i]);
        }
        for (const auto& [metric, value] : subset) account_.Set(metric, value);
        const bool enough = account_.Qualifies();
        for (const auto& [metric, value] : subset) account_.Set(metric, Original(metric));
        if (enough) {
          best_ = std::move(subset);
          return;
        }
      }
    }
  }

  // Brings each change as near to the metric's own value as the others let it be.
  void Tighten() {
    for (const auto& [metric, value] : best_) account_.Set(metric, value);
    for (auto& [metric, value] : best_) {
      const Value& own = before_.at(metric);
      if (value.IsStringList()) {
        Shorten(metric, own.IsMissing() ? Value::StringList() : own.strings(), value.strings(),
                &value);
      } else if (value.IsNumberList()) {
        Shorten(metric, own.IsMissing() ? Value::NumberList() : own.numbers(), value.numbers(),
                &value);
      } else if (rule_set_.metrics[metric].type.IsOrdered() && !value.IsMissing()) {
        const Value nearest = NearestValue(candidates_.QualifyingRange(metric, &account_),
                                           rule_set_.metrics[metric], own, account_.input().now);
        if (!account_.QualifiesIf(metric, nearest)) continue;
        value = nearest;
        account_.Set(metric, value);
      }
    }
    for (const auto& [metric, value] : best_) account_.Set(metric, Original(metric));
  }

  // Leaves out what a list does not need beyond `own`: halves of it first, single elements last (as
  // in Zeller's ddmin, 2002).
  template <typename List>
  void Shorten(uint32_t metric, const List& own, List list, Value* value) {
    const size_t kept = static_cast<size_t>(
        std::mismatch(list.begin(), list.end(), own.begin(), own.end()).first - list.begin());
    for (size_t chunk = (list.size() - kept + 1) / 2; chunk > 0; chunk /= 2) {
      for (size_t begin = list.size(); begin > kept;) {
        const size_t width = std::min(chunk, begin - kept);
        begin -= width;
        List shorter = list;
        const auto first = shorter.begin() + static_cast<ptrdiff_t>(begin);
        shorter.erase(first, first + static_cast<ptrdiff_t>(width));
        if (account_.QualifiesIf(metric, Value::List(shorter))) list = std::move(shorter);
      }
    }
    *value = Value::List(std::move(list));
    account_.Set(metric, *value);
  }

  // How many metrics any solution changes at the least: parts that share none need one each.
  static int LowerBound(const std::vector<Part>& parts) {
    std::vector<const Part*> by_size;
    for (const Part& part : parts) by_size.push_back(&part);
    std::sort(by_size.begin(), by_size.end(),
              [](const Part* a, const Part* b) { return (*a)->size() < (*b)->size(); });
    std::set<uint32_t> taken;
    int count = 0;
    for (const Part* part : by_size) {
      const bool disjoint = std::none_of((*part)->begin(), (*part)->end(),
                                         [&](uint32_t metric) { return taken.contains(metric); });
      if (!disjoint) continue;
      taken.insert((*part)->begin(), (*part)->end());
      ++count;
    }
    return count;
  }

  // The first of the smallest, or null.
  static Part Smallest(const std::vector<Part>& parts) {
    Part smallest;
    for (const Part& part : parts) {
      if (part == nullptr) continue;
      if (smallest == nullptr || part->size() < smallest->size()) smallest = part;
    }
    return smallest;
  }

  // Of one of which it is enough that one is met.
  Part Together(std::vector<Part> parts) {
    std::erase(parts, nullptr);
    return unions_->Of(std::move(parts));
  }

  // An expression, or a rule where it is null, that should come out as `want`.
  struct Wanted {
    const TypedExpression* expression = nullptr;
    uint32_t rule = 0;
    bool want = true;
  };

  // The parts of the rule that keep it from qualifying.  REQUIRES: it does not.
  std::vector<Part> FailingParts() {
    parts_of_items_.assign(2 * cone_.items().size(), {});
    unions_.emplace(cone_.metric_set());
    // With these, what follows is not nested deeply.
    for (const size_t index : cone_.landings()) {
      if (!cone_.IsCondition(index)) continue;
      for (const bool want : {false, true}) PartOfItem(index, want);
    }
    std::vector<Part> parts;
    std::set<std::pair<size_t, bool>> seen;  // what several conditions name fails once
    std::vector<Wanted> pending = {{.rule = cone_.rule()}};
    while (!pending.empty()) {
      const Wanted next = pending.back();
      pending.pop_back();
      std::vector<Wanted> needed;
      if (next.expression == nullptr) {
        needed = NeededOfRule(next.rule, next.want, &parts);
      } else if (!IsMet(*next.expression, next.want)) {
        const std::optional<Item> item = ItemOf(*next.expression);
        if (item.has_value() && !seen.insert({cone_.IndexOf(*item), next.want}).second) continue;
        needed = Needed(*next.expression, next.want, &parts);
      }
      std::reverse(needed.begin(), needed.end());
      pending.insert(pending.end(), needed.begin(), needed.end());
    }
    return parts;
  }

  bool IsMet(const TypedExpression& expression, bool want) {
    const Value value = account_.ValueOf(expression);
    return value.IsBool() && value.boolean() == want;
  }

  // What all has to come out as wanted for an expression that does not; where one of several would
  // do, its part is added to `parts` instead.
  std::vector<Wanted> Needed(const TypedExpression& expression, bool want,
                             std::vector<Part>* parts) {
    switch (expression.kind) {
      case TypedExpression::Kind::kDefine:
        return {{.expression = &rule_set_.defines[expression.index].value, .want = want}};
      case TypedExpression::Kind::kRule:
        return {{.rule = expression.index, .want = want}};
      case TypedExpression::Kind::kOperator:
        break;
      default:
        parts->push_back(MetricsOf(expression));
        return {};
    }
    switch (expression.op) {
      case Operator::kNot:
        return {{.expression = &expression.children[0], .want = !want}};
      case Operator::kAnd:
      case Operator::kOr: {
        if ((expression.op == Operator::kOr) == want) break;
        std::vector<Wanted> needed;
        for (const TypedExpression& child : expression.children) {
          needed.push_back({.expression = &child, .want = want});
        }
        return needed;
      }
      case Operator::kAtLeast:
        break;
      case Operator::kIf: {
        std::vector<Part> part = {MetricsOf(expression.children[0])};
        const Value condition = account_.ValueOf(expression.children[0]);
        if (!condition.IsMissing()) {
          part.push_back(PartOf(expression.children[condition.IsTrue() ? 1 : 2], want));
        }
        parts->push_back(Together(std::move(part)));
        return {};
      }
      default:
        parts->push_back(MetricsOf(expression));
        return {};
    }
    // One of the operands: of each, the part with the fewest metrics.
    std::vector<Part> together;
    for (const TypedExpression& child : expression.children) {
      together.push_back(PartOf(child, want));
    }
    parts->push_back(Together(std::move(together)));
    return {};
  }

  std::vector<Wanted> NeededOfRule(uint32_t index, bool want, std::vector<Part>* parts) {
    const Rule& rule = rule_set_.rules[index];
    if (!account_.IsActive(rule)) {
      if (want) parts->push_back(Together({}));
      return {};
    }
    std::vector<const TypedExpression*> enter = {&rule.when};
    if (account_.IsKept(index)) enter.push_back(&*rule.keep_while);
    std::vector<Part> together;
    if (!want) {
      // Any of: neither way in, or the way out.
      if (rule.unless.has_value()) together.push_back(PartOf(*rule.unless, true));
      for (const TypedExpression* condition : enter) together.push_back(PartOf(*condition, false));
      parts->push_back(Together(std::move(together)));
      return {};
    }
    std::vector<Wanted> needed;
    const bool entered = std::any_of(
        enter.begin(), enter.end(),
        [this](const TypedExpression* condition) { return account_.ValueOf(*condition).IsTrue(); });
    if (!entered && enter.size() == 1) needed.push_back({.expression = &rule.when});
    if (!entered && enter.size() > 1) {
      for (const TypedExpression* condition : enter) together.push_back(PartOf(*condition, true));
      parts->push_back(Together(std::move(together)));
    }
    if (rule.unless.has_value()) needed.push_back({.expression = &*rule.unless, .want = false});
    return needed;
  }

  // Of the parts that keep an expression from being `want`, the one with the fewest metrics; null
  // when it is.
  Part PartOf(const TypedExpression& expression, bool want) {
    if (IsMet(expression, want)) return nullptr;
    const std::optional<Item> item = ItemOf(expression);
    if (item.has_value()) return PartOfItem(cone_.IndexOf(*item), want);
    std::vector<Part> parts;
    const std::vector<Wanted> needed = Needed(expression, want, &parts);
    return SmallestOf(needed, std::move(parts));
  }

  Part SmallestOf(const std::vector<Wanted>& needed, std::vector<Part> parts) {
    for (const Wanted& part : needed) parts.push_back(PartOf(*part.expression, part.want));
    return Smallest(parts);
  }

  Part PartOfItem(size_t index, bool want) {
    std::optional<Part>& known = parts_of_items_[2 * index + (want ? 1 : 0)];
    if (known.has_value()) return *known;
    const Item item = cone_.items()[index];
    Part part;
    if (item.kind == Item::Kind::kDefine) {
      part = PartOf(rule_set_.defines[item.index].value, want);
    } else {
      std::vector<Part> parts;
      const std::vector<Wanted> needed = NeededOfRule(item.index, want, &parts);
      part = SmallestOf(needed, std::move(parts));
    }
    known = part;
    return part;
  }

  // The metrics that a condition depends on.
  Part MetricsOf(const TypedExpression& condition) {
    std::vector<Part> parts;
    CollectMetrics(condition, &parts);
    return unions_->Of(std::move(parts));
  }

  void CollectMetrics(const TypedExpression& condition, std::vector<Part>* parts) const {
    if (const Atom* atom = cone_.FindAtom(&condition)) {
      parts->push_back(atom->metrics);
    } else if (const std::optional<Item> item = ItemOf(condition)) {
      parts->push_back(cone_.MetricsOf(cone_.IndexOf(*item)));
    } else {
      for (const TypedExpression& child : condition.children) CollectMetrics(child, parts);
    }
  }

  const RuleCone& cone_;
  const CheckedRuleSet& rule_set_;
  const GapOptions options_;
  WorkingAccount account_;
  MetricCandidates candidates_;
  std::map<uint32_t, Value> before_;
  // By item, not and wanted; null: it is met.  Of what was not asked for yet, nothing.
  std::vector<std::optional<Part>> parts_of_items_;
  std::optional<MetricUnions> unions_;
  Assignment changed_;
  Assignment best_;
  double best_distance_ = 0;
  std::set<std::string> visited_;
  bool pruned_ = false;
  bool exhausted_ = false;
};

}  // namespace

Gap FindGap(const RuleCone& cone, const EvaluationInput& input, const GapOptions& options) {
  return GapSearch(cone, input, options).Run();
}

Account ApplyGap(const CheckedRuleSet& rule_set, const AccountView& account, const Gap& gap) {
  Account changed(rule_set);
  for (uint32_t i = 0; i < rule_set.metrics.size(); ++i) {
    if (account.WasSet(i)) changed.Set(i, account.Metric(i));
  }
  for (const GapChange& change : gap.changes) changed.Set(change.metric, change.proposed);
  return changed;
}

}  // namespace pql
