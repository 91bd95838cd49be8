#include "eval/gap_climb.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "language/operators.h"

namespace pql {
namespace {

// How far an account is from making a condition true or false: 0 when it does; below 1 for one
// comparison of known values, the less the nearer they are; 1 and one more for each metric that is
// missing.  `and` adds up, `or` takes the least.
class Distance {
 public:
  explicit Distance(WorkingAccount* account)
      : cone_(account->cone()), rule_set_(account->cone().rule_set()), account_(*account) {}

  // From qualifying for the rule.
  double Measure() {
    distance_of_item_.assign(2 * cone_.items().size(), kUnknown);
    // With these, what follows is not nested deeply.
    for (const size_t index : cone_.landings()) {
      if (!cone_.IsCondition(index)) continue;
      for (const bool want : {false, true}) OfItem(index, want);
    }
    return OfRule(cone_.rule(), true);
  }

 private:
  static constexpr double kUnknown = -1;

  double OfItem(size_t index, bool want) {
    const size_t known = 2 * index + (want ? 1 : 0);
    if (distance_of_item_[known] == kUnknown) {
      const Item item = cone_.items()[index];
      distance_of_item_[known] = item.kind == Item::Kind::kRule
                                     ? OfRule(item.index, want)
                                     : Of(rule_set_.defines[item.index].value, want);
    }
    return distance_of_item_[known];
  }

  double OfRule(uint32_t index, bool want) {
    const Rule& rule = rule_set_.rules[index];
    double enter = Of(rule.when, want);
    if (account_.IsKept(index)) {
      const double keep = Of(*rule.keep_while, want);
      enter = want ? std::min(enter, keep) : enter + keep;
    }
    if (!rule.unless.has_value()) return enter;
    const double leave = Of(*rule.unless, !want);
    return want ? enter + leave : std::min(enter, leave);
  }

  double Of(const TypedExpression& expression, bool want) {
    const Value value = account_.ValueOf(expression);
    if (value.IsBool() && value.boolean() == want) return 0;
    if (const std::optional<Item> item = ItemOf(expression)) {
      return OfItem(cone_.IndexOf(*item), want);
    }
    if (expression.kind == TypedExpression::Kind::kOperator) {
      return OfOperator(expression, value, want);
    }
    return OfAtom(*cone_.FindAtom(&expression), value, want);
  }

  double OfOperator(const TypedExpression& expression, const Value& value, bool want) {
    const std::vector<TypedExpression>& children = expression.children;
    switch (expression.op) {
      case Operator::kNot:
        return Of(children[0], !want);
      case Operator::kAnd:
        return OfSome(children, want ? children.size() : 1, want);
      case Operator::kOr:
        return OfSome(children, want ? 1 : children.size(), want);
      case Operator::kAtLeast: {
        const auto count = static_cast<size_t>(expression.count);
        return OfSome(children, want ? count : children.size() - count + 1, want);
      }
      case Operator::kIf: {
        const Value condition = account_.ValueOf(children[0]);
        if (!condition.IsMissing()) return Of(children[condition.IsTrue() ? 1 : 2], want);
        return std::min(Of(children[0], true) + Of(children[1], want),
                        Of(children[0], false) + Of(children[2], want));
      }
      default:
        return OfAtom(*cone_.FindAtom(&expression), value, want);
    }
  }

  // The sum over the nearest `count` of the conditions.
  double OfSome(const std::vector<TypedExpression>& conditions, size_t count, bool want) {
    std::vector<double> distances;
    distances.reserve(conditions.size());
    for (const TypedExpression& condition : conditions) distances.push_back(Of(condition, want));
    std::sort(distances.begin(), distances.end());
    double sum = 0;
    for (size_t i = 0; i < std::min(count, distances.size()); ++i) sum += distances[i];
    return sum;
  }

  // Of an atom that has another value than `want`.
  double OfAtom(const Atom& atom, const Value& value, bool want) {
    Known& known = known_[{atom.expression, want}];
    const uint32_t version = account_.VersionOf(atom);
    if (known.version != version) known = {version, MeasureAtom(atom, value, want)};
    return known.distance;
  }

  double MeasureAtom(const Atom& atom, const Value& value, bool want) {
    if (value.IsMissing()) {
      double missing = 1;
      for (const uint32_t metric : *atom.metrics) {
        missing += account_.account().Metric(metric).IsMissing() ? 1 : 0;
      }
      return missing;
    }
    const TypedExpression& expression = *atom.expression;
    if (expression.kind != TypedExpression::Kind::kOperator || expression.children.size() < 2) {
      return 1;
    }
    if (!expression.children[0].type.IsOrdered()) return 1;
    const Value subject = account_.PartOf(atom, expression.children[0]);
    if (expression.op == Operator::kBetween && want) {
      const Value low = account_.PartOf(atom, expression.children[1]);
      const bool is_below = !low.IsMissing() && CompareOrdered(subject, low) < 0;
      return Apart(subject, is_below ? low : account_.PartOf(atom, expression.children[2]));
    }
    double nearest = 1;
    for (size_t i = 1; i < expression.children.size(); ++i) {
      nearest = std::min(nearest, Apart(subject, account_.PartOf(atom, expression.children[i])));
    }
    return nearest;
  }

  // Of two values that should compare otherwise, above 0 and below 1; 1 where nearness has no
  // meaning.
  static double Apart(const Value& a, const Value& b) {
    const auto comparable = [](const Value& value) {
      return value.IsNumber() || value.IsDuration() || value.IsTimestamp();
    };
    if (!comparable(a) || !comparable(b)) return 1;
    const double apart = RelativeDistance(a, b) / 2;
    return 0.05 + 0.9 * apart / (0.1 + apart);
  }

  // What was measured of an atom, at a version of it.
  struct Known {
    uint32_t version = 0;
    double distance = 0;
  };

  const RuleCone& cone_;
  const CheckedRuleSet& rule_set_;
  WorkingAccount& account_;
  std::vector<double> distance_of_item_;  // by item, then false and true, in the present state
  std::map<std::pair<const TypedExpression*, bool>, Known> known_;
};

// One way up, with what it changed.
class Climb {
 public:
  Climb(MetricCandidates* candidates, WorkingAccount* account, int max_changes, int max_evaluations)
      : candidates_(*candidates),
        account_(*account),
        distance_(account),
        max_changes_(static_cast<size_t>(max_changes)),
        max_evaluations_(max_evaluations) {}

  std::map<uint32_t, Value> Run() {
    std::map<uint32_t, Value> found;
    for (int i = 0; i < kStarts && found.empty() && !Spent(); ++i) {
      if (i > 0) Leap();
      double here = Measure();
      for (double next = 0; !account_.Qualifies() && (next = Step(here)) < here;) here = next;
      if (account_.Qualifies()) {
        LeaveOut();
        Settle();
        if (changed_.size() <= max_changes_) found = changed_;
      }
      Return();
    }
    return found;
  }

 private:
  // The account itself, then accounts with some of its metrics anywhere: of some of these the
  // nearest.
  static constexpr int kStarts = 25;
  static constexpr int kTries = 8;

  bool Spent() const { return account_.evaluations() > max_evaluations_; }

  void Leap() {
    std::map<uint32_t, Value> nearest;
    double distance = std::numeric_limits<double>::infinity();
    for (int i = 0; i < kTries && distance > 0; ++i) {
      Return();
      Scatter();
      const double here = Measure();
      if (here >= distance) continue;
      distance = here;
      nearest = changed_;
    }
    Return();
    for (const auto& [metric, value] : nearest) Change(metric, value);
  }

  void Scatter() {
    for (const uint32_t metric : account_.cone().metrics()) {
      if (random_() % 4 == 0) continue;
      const std::vector<Value> values = candidates_.For(metric, &account_);
      if (!values.empty()) Change(metric, values[random_() % values.size()]);
    }
  }

  // To the account itself.
  void Return() {
    for (const auto& [metric, value] : before_) account_.Set(metric, value);
    changed_.clear();
  }

  void Change(uint32_t metric, const Value& value) {
    before_.try_emplace(metric, account_.OwnValue(metric));
    account_.Set(metric, value);
    changed_[metric] = value;
  }

  // Of two lists that do as well, the shorter is easier to come by.
  static double Cost(const Value& from, const Value& to) {
    double length = 0;
    if (to.IsStringList()) length = static_cast<double>(to.strings().size());
    if (to.IsNumberList()) length = static_cast<double>(to.numbers().size());
    return RelativeDistance(from, to) + length / 1e4;
  }

  double Measure() { return distance_.Measure(); }

  // Makes the best change there is and returns the distance after it; changes nothing, and returns
  // `here`, where none leads nearer.
  double Step(double here) {
    double best = here - 1e-6;  // anything less is rounding
    double best_rank = 0;
    std::optional<std::pair<uint32_t, Value>> change;
    for (const uint32_t metric : account_.cone().metrics()) {
      if (changed_.size() >= max_changes_ && !changed_.contains(metric)) continue;
      const Value now = account_.OwnValue(metric);
      for (const Value& value : candidates_.For(metric, &account_)) {
        if (Spent()) break;
        account_.Set(metric, value);
        const double distance = Measure();
        account_.Set(metric, now);
        const double rank = Cost(now, value);
        if (distance > best || (distance == best && rank >= best_rank)) continue;
        best = distance;
        best_rank = rank;
        change.emplace(metric, value);
      }
    }
    if (!change.has_value()) return here;
    Change(change->first, change->second);
    return best;
  }

  // Drops each change that is not needed beside the others.
  void LeaveOut() {
    const std::map<uint32_t, Value> all = changed_;
    for (const auto& [metric, value] : all) {
      account_.Set(metric, before_.at(metric));
      if (account_.Qualifies()) {
        changed_.erase(metric);
      } else {
        account_.Set(metric, value);
      }
    }
  }

  // Takes the nearest value of each metric that is enough beside the others.
  void Settle() {
    for (auto& [metric, value] : changed_) {
      const Value before = before_.at(metric);
      const double cost = Cost(before, value);
      std::vector<Value> values = candidates_.For(metric, &account_);
      std::erase_if(values, [&](const Value& other) { return Cost(before, other) >= cost; });
      std::stable_sort(values.begin(), values.end(), [&](const Value& a, const Value& b) {
        return Cost(before, a) < Cost(before, b);
      });
      for (const Value& nearer : values) {
        if (!account_.QualifiesIf(metric, nearer)) continue;
        account_.Set(metric, nearer);
        value = nearer;
        break;
      }
    }
  }

  MetricCandidates& candidates_;
  WorkingAccount& account_;
  Distance distance_;
  const size_t max_changes_;
  const int max_evaluations_;
  std::minstd_rand random_;  // with its own seed: the same account gets the same gap
  std::map<uint32_t, Value> before_;
  std::map<uint32_t, Value> changed_;
};

}  // namespace

std::map<uint32_t, Value> ClimbToQualify(MetricCandidates* candidates, WorkingAccount* account,
                                         int max_changes, int max_evaluations) {
  return Climb(candidates, account, max_changes, max_evaluations).Run();
}

}  // namespace pql
