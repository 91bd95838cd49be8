#include "ruleset/witness.h"

#include <algorithm>
#include <functional>
#include <random>
#include <set>
#include <utility>

#include "base/time_text.h"
#include "eval/gap_candidates.h"
#include "eval/metric_axis.h"
#include "eval/pattern_example.h"
#include "eval/rule_cone.h"
#include "eval/working_account.h"

namespace pql {
namespace {

constexpr unsigned kSeed = 20'260'301;
// From so many situations the search goes on with two changes.
constexpr size_t kPairStarts = 6;
// So often the search looks at what would make a difference from a place that it came to at random.
constexpr int kMaxMoves = 24;
// Multiples of what a scorecard counts by that are tried.
constexpr int kMultiples = 4;
// Share of the evaluations kept for changing several values at random.
constexpr int kRandomShare = 3;

Value ObservedIn(const Evaluation& evaluation, Item target) {
  switch (target.kind) {
    case Item::Kind::kDefine:
      return evaluation.defines[target.index].value;
    case Item::Kind::kScorecard:
      return Value::Number(evaluation.scorecards[target.index].value);
    case Item::Kind::kRule:
      break;
  }
  return ConditionValue(evaluation.rules[target.index].outcome);
}

// A rule that depends on the define or scorecard, at the end of the rule set while this exists:
// the cones of eval/ are cones of rules.
class RuleOver {
 public:
  RuleOver(CheckedRuleSet* rule_set, Item target) : rule_set_(rule_set) {
    if (target.kind == Item::Kind::kRule) {
      rule_ = target.index;
      return;
    }
    TypedExpression name;
    name.kind = target.kind == Item::Kind::kDefine ? TypedExpression::Kind::kDefine
                                                   : TypedExpression::Kind::kScorecard;
    name.type = target.kind == Item::Kind::kDefine ? rule_set->defines[target.index].value.type
                                                   : Type::Number();
    name.index = target.index;
    Rule rule;
    rule.when.kind = TypedExpression::Kind::kOperator;
    rule.when.op = Operator::kIsPresent;
    rule.when.type = Type::Bool();
    rule.when.children.push_back(std::move(name));
    rule_ = static_cast<uint32_t>(rule_set->rules.size());
    rule_set->rules.push_back(std::move(rule));
    rule_set->evaluation_order.push_back({Item::Kind::kRule, rule_});
    added_ = true;
  }
  ~RuleOver() {
    if (!added_) return;
    rule_set_->rules.pop_back();
    rule_set_->evaluation_order.pop_back();
  }
  RuleOver(const RuleOver&) = delete;
  RuleOver& operator=(const RuleOver&) = delete;

  uint32_t rule() const { return rule_; }

 private:
  CheckedRuleSet* rule_set_;
  uint32_t rule_ = 0;
  bool added_ = false;
};

EvaluationInput InputOf(const Situation& situation) {
  EvaluationInput input;
  input.account = &situation.account;
  input.now = situation.now;
  input.held = situation.held;
  return input;
}

// One of the two versions, seen from the target.
class Version {
 public:
  Version(CheckedRuleSet* rule_set, Item target)
      : target_(target),
        rule_(rule_set, target),
        cone_(*rule_set, rule_.rule()),
        candidates_(cone_) {}

  const RuleCone& cone() const { return cone_; }
  MetricCandidates& candidates() { return candidates_; }

  Value Observe(const Situation& situation) {
    cone_.EvaluateRule(InputOf(situation), &evaluation_);
    return ObservedIn(evaluation_, target_);
  }

 private:
  const Item target_;
  const RuleOver rule_;
  const RuleCone cone_;
  MetricCandidates candidates_;
  Evaluation evaluation_;
};

// A value, clock or held rule that a situation could have instead.
using Change = std::function<void(Situation*)>;
// The changes of one metric, of the clock, of one held rule.
using Variable = std::vector<Change>;

class WitnessSearch {
 public:
  WitnessSearch(CheckedRuleSet* original, CheckedRuleSet* changed, Item target,
                const WitnessOptions& options)
      : rule_set_(*original),
        original_(original, target),
        changed_(changed, target),
        options_(options),
        random_(kSeed) {}

  std::optional<Situation> Run(std::span<const Situation> starts) {
    starts = starts.first(std::min(starts.size(), static_cast<size_t>(options_.max_starts)));
    for (const Situation& start : starts) {
      if (Differ(start)) return Stripped(start);
    }
    std::vector<std::vector<Variable>> variables;
    for (const Situation& start : starts) {
      if (IsExhausted()) break;
      variables.push_back(VariablesOf(start));
      if (auto found = ChangeOne(start, variables.back())) return Stripped(*found);
    }
    if (options_.only_simple) return {};
    if (undecided_.has_value()) return Stripped(*undecided_);
    const int reserve = options_.max_evaluations / kRandomShare;
    for (size_t i = 0; i < std::min(variables.size(), kPairStarts); ++i) {
      if (auto found = ChangeTwo(starts[i], variables[i], reserve)) return Stripped(*found);
    }
    if (auto found = ChangeSeveral(starts, variables)) return Stripped(*found);
    if (undecided_.has_value()) return Stripped(*undecided_);
    return {};
  }

 private:
  bool IsExhausted() const { return evaluations_ >= options_.max_evaluations; }

  // A difference in which one of both is undecided is kept for the case that there is no other: a
  // test that says yes or no is a better one.
  bool Differ(const Situation& situation) {
    ++evaluations_;
    const Value in_original = original_.Observe(situation);
    const Value in_changed = changed_.Observe(situation);
    if (in_original == in_changed) return false;
    if (!in_original.IsMissing() && !in_changed.IsMissing()) return true;
    if (!undecided_.has_value()) undecided_ = situation;
    return false;
  }

  std::vector<Variable> VariablesOf(const Situation& start) {
    std::vector<Variable> variables;
    for (const uint32_t metric : original_.cone().metrics()) {
      Variable variable;
      for (Value& value : ValuesFor(metric, start)) {
        variable.push_back([metric, value = std::move(value)](Situation* situation) {
          situation->account.Set(metric, value);
        });
      }
      if (!variable.empty()) variables.push_back(std::move(variable));
    }
    if (original_.cone().reads_clock()) variables.push_back(Clocks(start.now));
    for (const Item item : original_.cone().items()) {
      if (item.kind != Item::Kind::kRule || !rule_set_.rules[item.index].keep_while) continue;
      variables.push_back({[rule = item.index, rules = rule_set_.rules.size()](Situation* s) {
        s->held.resize(rules);
        s->held[rule] = !s->held[rule];
      }});
    }
    return variables;
  }

  // Of each piece of the metric's axis that either version tells apart, the value nearest to the
  // present one and those at its ends; of other types what either version's conditions mention.
  std::vector<Value> ValuesFor(uint32_t metric, const Situation& start) {
    const Metric& declared = rule_set_.metrics[metric];
    const Value current = start.account.Metric(metric);
    std::vector<Value> values;
    std::set<std::string> seen = {current.ToSource()};
    const auto add = [&](Value value) {
      if (seen.insert(value.ToSource()).second) values.push_back(std::move(value));
    };
    std::set<int64_t> lows;
    for (Version* version : {&original_, &changed_}) {
      if (!Uses(*version, metric)) continue;
      const EvaluationInput input = InputOf(start);
      WorkingAccount account(version->cone(), input);
      for (Value& value : version->candidates().For(metric, &account)) add(std::move(value));
      if (!declared.type.IsOrdered()) continue;
      for (const KeyRange& range : version->candidates().Ranges(metric, &account)) {
        lows.insert(range.low);
      }
    }
    const Type::Kind kind = declared.type.kind();
    for (auto low = lows.begin(); low != lows.end(); ++low) {
      const auto next = std::next(low);
      const bool is_last = next == lows.end();
      const KeyRange range = {*low, is_last ? FullRange(kind).high : *next - 1};
      add(NearestValue(range, declared, current, start.now));
      // Seen from outside, the end of a piece is what a person would write.
      if (low != lows.begin()) {
        add(NearestValue(range, declared, FromOrderedKey(range.low - 1, kind), start.now));
      }
      if (!is_last) {
        add(NearestValue(range, declared, FromOrderedKey(range.high + 1, kind), start.now));
      }
    }
    for (const Value& value : LandmarksFor(declared, start.now)) add(value);
    if (start.account.WasSet(metric)) add(Value::Missing());
    return values;
  }

  // What the boundaries of conditions don't show: texts that match a pattern, amounts that a
  // scorecard counts.
  std::vector<Value> LandmarksFor(const Metric& metric, Timestamp now) const {
    std::vector<Value> values;
    if (metric.type.kind() == Type::Kind::kString) {
      for (const Atom& atom : original_.cone().atoms()) {
        if (atom.expression->pattern == nullptr) continue;
        const std::optional<std::string> text = ExampleOf(*atom.expression->pattern);
        if (text.has_value()) values.push_back(Value::String(*text));
      }
    }
    if (!metric.type.IsOrdered()) return values;
    for (const Item item : original_.cone().items()) {
      if (item.kind != Item::Kind::kScorecard) continue;
      for (const ScorecardLine& line : rule_set_.scorecards[item.index].lines) {
        if (!line.per_value.has_value()) continue;
        for (int i = 1; i <= kMultiples; ++i) {
          values.push_back(AmountOf(metric.type.kind(), i * line.per, now));
        }
      }
    }
    return values;
  }

  // So many microseconds of a duration, or before now.
  static Value AmountOf(Type::Kind kind, double amount, Timestamp now) {
    if (kind == Type::Kind::kNumber) return Value::Number(amount);
    const Value span = Value::RoundedSpan(amount);
    if (kind == Type::Kind::kDuration || span.IsMissing()) return span;
    int64_t instant = 0;
    if (__builtin_sub_overflow(now.micros, span.duration().micros, &instant)) return {};
    return Value::Time(Timestamp{instant});
  }

  static bool Uses(const Version& version, uint32_t metric) {
    const std::vector<uint32_t>& metrics = version.cone().metrics();
    return std::binary_search(metrics.begin(), metrics.end(), metric);
  }

  // Days of a week ahead, and the instants around which a rule begins or ends to be active.
  Variable Clocks(Timestamp now) const {
    std::set<int64_t> instants;
    for (int day = 1; day <= 7; ++day) instants.insert(now.micros + day * kMicrosPerDay);
    instants.insert(now.micros + kMicrosPerDay / 2);
    for (const Version* version : {&original_, &changed_}) {
      for (const Timestamp bound : version->cone().ActiveBounds()) {
        instants.insert(bound.micros);
        instants.insert(bound.micros - kMicrosPerSecond);
      }
    }
    Variable clocks;
    for (const int64_t instant : instants) {
      if (instant < kMinTimestampMicros || instant > kMaxTimestampMicros) continue;
      clocks.push_back([instant](Situation* s) { s->now = Timestamp{instant}; });
    }
    return clocks;
  }

  std::optional<Situation> ChangeOne(const Situation& start,
                                     const std::vector<Variable>& variables) {
    for (const Variable& variable : variables) {
      for (const Change& change : variable) {
        Situation situation = start;
        change(&situation);
        if (Differ(situation)) return situation;
        if (IsExhausted()) return {};
      }
    }
    return {};
  }

  std::optional<Situation> ChangeTwo(const Situation& start, const std::vector<Variable>& variables,
                                     int reserve) {
    for (size_t i = 0; i < variables.size(); ++i) {
      for (size_t j = i + 1; j < variables.size(); ++j) {
        for (const Change& first : variables[i]) {
          for (const Change& second : variables[j]) {
            if (evaluations_ + reserve >= options_.max_evaluations) return {};
            Situation situation = start;
            first(&situation);
            second(&situation);
            if (Differ(situation)) return situation;
          }
        }
      }
    }
    return {};
  }

  std::optional<Situation> ChangeSeveral(std::span<const Situation> starts,
                                         const std::vector<std::vector<Variable>>& variables) {
    if (variables.empty()) return {};
    for (int move = 0; !IsExhausted(); ++move) {
      const size_t start = random_() % variables.size();
      Situation situation = starts[start];
      for (const Variable& variable : variables[start]) {
        if (variable.empty() || random_() % 2 == 0) continue;
        variable[random_() % variable.size()](&situation);
      }
      if (Differ(situation)) return situation;
      if (move >= kMaxMoves) continue;
      // Where conditions look at the same sum, what matters of one metric depends on the others.
      if (auto found = ChangeOne(situation, VariablesOf(situation))) return found;
    }
    return {};
  }

  // Without the values, and held rules, that both versions come out the same without.
  Situation Stripped(Situation situation) {
    const Value in_original = original_.Observe(situation);
    const Value in_changed = changed_.Observe(situation);
    const auto same = [&] {
      return original_.Observe(situation) == in_original &&
             changed_.Observe(situation) == in_changed;
    };
    for (uint32_t metric = 0; metric < rule_set_.metrics.size(); ++metric) {
      if (!situation.account.WasSet(metric)) continue;
      const Value kept = situation.account.Metric(metric);
      situation.account.Set(metric, Value::Missing());
      if (same()) continue;
      situation.account.Set(metric, kept);
      ShortenList(metric, same, &situation.account);
    }
    for (size_t rule = 0; rule < situation.held.size(); ++rule) {
      if (!situation.held[rule]) continue;
      situation.held[rule] = false;
      if (!same()) situation.held[rule] = true;
    }
    return situation;
  }

  // Takes elements from the end for as long as nothing changes.
  static void ShortenList(uint32_t metric, const std::function<bool()>& same, Account* account) {
    const auto shorten = [&](auto list) {
      while (!list.empty()) {
        const Value kept = account->Metric(metric);
        list.pop_back();
        account->Set(metric, Value::List(list));
        if (same()) continue;
        account->Set(metric, kept);
        return;
      }
    };
    const Value value = account->Metric(metric);
    if (value.IsStringList()) shorten(value.strings());
    if (value.IsNumberList()) shorten(value.numbers());
  }

  const CheckedRuleSet& rule_set_;
  Version original_;
  Version changed_;
  const WitnessOptions options_;
  std::minstd_rand random_;
  std::optional<Situation> undecided_;
  int evaluations_ = 0;
};

}  // namespace

std::optional<Situation> FindWitness(CheckedRuleSet* original, CheckedRuleSet* changed, Item target,
                                     std::span<const Situation> starts,
                                     const WitnessOptions& options) {
  return WitnessSearch(original, changed, target, options).Run(starts);
}

Value ObserveItem(const CheckedRuleSet& rule_set, Item target, const Situation& situation) {
  return ObservedIn(Evaluate(rule_set, InputOf(situation)), target);
}

}  // namespace pql
