#include "eval/gap.h"

#include <algorithm>
#include <set>
#include <utility>

#include "ast/rule_file.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "eval/gap_candidates.h"
#include "eval/gap_climb.h"
#include "eval/gap_wording.h"

namespace pql {
namespace {

// Metrics of which any solution changes at least one.  Empty: nothing that metrics say can help.
using Part = std::set<uint32_t>;

class GapSearch {
 public:
  GapSearch(const RuleCone& cone, const EvaluationInput& input, const GapOptions& options)
      : cone_(cone),
        rule_set_(cone.rule_set()),
        options_(options),
        account_(cone, input),
        candidates_(cone) {
    for (const uint32_t metric : cone.metrics()) {
      before_[metric] = account_.account().Metric(metric);
    }
  }

  Gap Run() {
    Gap gap;
    if (account_.Qualifies()) return gap;
    const int most = std::min<int>(options_.max_changes, static_cast<int>(cone_.metrics().size()));
    bool cut_short = most < static_cast<int>(cone_.metrics().size());
    const std::vector<Part> parts = RuleParts(cone_.rule(), true);
    if (std::any_of(parts.begin(), parts.end(), [](const Part& part) { return part.empty(); })) {
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
    const std::vector<Part> parts = RuleParts(cone_.rule(), true);
    if (LowerBound(parts) > remaining) {
      pruned_ = true;
      return;
    }
    const auto smallest =
        std::min_element(parts.begin(), parts.end(),
                         [](const Part& a, const Part& b) { return a.size() < b.size(); });
    if (smallest == parts.end()) return;
    struct Option {
      double distance;
      uint32_t metric;
      Value value;
    };
    std::vector<Option> options;
    for (const uint32_t metric : Part(*smallest)) {
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
              [](const Part* a, const Part* b) { return a->size() < b->size(); });
    Part taken;
    int count = 0;
    for (const Part* part : by_size) {
      const bool disjoint = std::none_of(part->begin(), part->end(),
                                         [&](uint32_t metric) { return taken.contains(metric); });
      if (!disjoint) continue;
      taken.insert(part->begin(), part->end());
      ++count;
    }
    return count;
  }

  static std::vector<Part> OnePart(Part part) { return {std::move(part)}; }

  static void Append(std::vector<Part> from, std::vector<Part>* to) {
    for (Part& part : from) to->push_back(std::move(part));
  }

  // One of the operands must come out as wanted: of each, the part with the fewest metrics.
  using Operands = std::vector<const TypedExpression*>;  // identity matters: no copies

  static Operands PointersTo(const std::vector<TypedExpression>& operands) {
    Operands pointers;
    for (const TypedExpression& operand : operands) pointers.push_back(&operand);
    return pointers;
  }

  std::vector<Part> AnyOf(const Operands& operands, bool want) {
    Part together;
    for (const TypedExpression* operand : operands) {
      const Part part = Smallest(Parts(*operand, want));
      together.insert(part.begin(), part.end());
    }
    return OnePart(std::move(together));
  }

  static Part Smallest(const std::vector<Part>& parts) {
    const auto smallest =
        std::min_element(parts.begin(), parts.end(),
                         [](const Part& a, const Part& b) { return a.size() < b.size(); });
    return smallest == parts.end() ? Part() : *smallest;
  }

  // The parts of an expression that keep it from being `want`; none when it is.
  std::vector<Part> Parts(const TypedExpression& expression, bool want) {
    const Value value = account_.ValueOf(expression);
    if (value.IsBool() && value.boolean() == want) return {};
    switch (expression.kind) {
      case TypedExpression::Kind::kDefine:
        return Parts(rule_set_.defines[expression.index].value, want);
      case TypedExpression::Kind::kRule:
        return RuleParts(expression.index, want);
      case TypedExpression::Kind::kOperator:
        break;
      default:
        return OnePart(MetricsOf(expression));
    }
    switch (expression.op) {
      case Operator::kNot:
        return Parts(expression.children[0], !want);
      case Operator::kAnd:
      case Operator::kOr: {
        if ((expression.op == Operator::kOr) == want) {
          return AnyOf(PointersTo(expression.children), want);
        }
        std::vector<Part> parts;
        for (const TypedExpression& child : expression.children) Append(Parts(child, want), &parts);
        return parts;
      }
      case Operator::kAtLeast:
        return AnyOf(PointersTo(expression.children), want);
      case Operator::kIf: {
        Part part = MetricsOf(expression.children[0]);
        const Value condition = account_.ValueOf(expression.children[0]);
        if (!condition.IsMissing()) {
          const Part branch =
              Smallest(Parts(expression.children[condition.IsTrue() ? 1 : 2], want));
          part.insert(branch.begin(), branch.end());
        }
        return OnePart(std::move(part));
      }
      default:
        return OnePart(MetricsOf(expression));
    }
  }

  std::vector<Part> RuleParts(uint32_t index, bool want) {
    const Rule& rule = rule_set_.rules[index];
    if (!account_.IsActive(rule)) return want ? OnePart({}) : std::vector<Part>{};
    const bool kept = account_.IsKept(index);
    Operands enter = {&rule.when};
    if (kept) enter.push_back(&*rule.keep_while);
    if (!want) {
      // Any of: neither way in, or the way out.
      Part together;
      if (rule.unless.has_value()) together = Smallest(Parts(*rule.unless, true));
      for (const TypedExpression* condition : enter) {
        together.merge(Smallest(Parts(*condition, false)));
      }
      return OnePart(std::move(together));
    }
    std::vector<Part> parts;
    const bool entered = std::any_of(
        enter.begin(), enter.end(),
        [this](const TypedExpression* condition) { return account_.ValueOf(*condition).IsTrue(); });
    if (!entered) parts = kept ? AnyOf(enter, true) : Parts(rule.when, true);
    if (rule.unless.has_value()) Append(Parts(*rule.unless, false), &parts);
    return parts;
  }

  Part MetricsOf(const TypedExpression& expression) const {
    Part part;
    WalkTyped(expression, [&](const TypedExpression& node) {
      if (const Atom* atom = cone_.FindAtom(&node)) {
        part.insert(atom->metrics.begin(), atom->metrics.end());
      } else if (node.kind == TypedExpression::Kind::kDefine) {
        const Part own = MetricsOf(rule_set_.defines[node.index].value);
        part.insert(own.begin(), own.end());
      } else if (node.kind == TypedExpression::Kind::kRule) {
        const Rule& rule = rule_set_.rules[node.index];
        for (const auto* root : {&rule.unless, &rule.keep_while}) {
          if (!root->has_value()) continue;
          const Part own = MetricsOf(**root);
          part.insert(own.begin(), own.end());
        }
        const Part own = MetricsOf(rule.when);
        part.insert(own.begin(), own.end());
      }
    });
    return part;
  }

  const RuleCone& cone_;
  const CheckedRuleSet& rule_set_;
  const GapOptions options_;
  WorkingAccount account_;
  MetricCandidates candidates_;
  std::map<uint32_t, Value> before_;
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
