// An account as the reasoning's axes see it, and random accounts that keep to the bounds which rule
// sets mention.  Not thread-safe.

#ifndef PQL_TESTS_LINT_REASONING_SITUATIONS_H_
#define PQL_TESTS_LINT_REASONING_SITUATIONS_H_

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/time_text.h"
#include "eval/interpreter.h"
#include "eval/metric_axis.h"
#include "lint/reasoning/condition_space.h"
#include "tests/testing/random_rule_set.h"

namespace pql::testing {

struct Situation {
  Account account;
  Timestamp now;
  std::vector<bool> held;

  EvaluationInput Input() const { return {.account = &account, .now = now, .held = held}; }
};

// What the account sent of each metric, and the clock, as values of axes; what is computed from
// them is left open.
inline DiagramStore::ValueOf AxisValues(const ConditionSpace& space, const CheckedRuleSet& rule_set,
                                        const Situation& situation,
                                        std::optional<bool> held_itself = std::nullopt) {
  return [&space, &rule_set, &situation, held_itself](AxisId axis) -> std::optional<AxisValue> {
    using About = AxisMeaning::Subject;
    const AxisMeaning& meaning = space.terms().MeaningOf(axis);
    const auto micros_of = [&](AxisId time) -> std::optional<int64_t> {
      const AxisMeaning& about = space.terms().MeaningOf(time);
      if (about.subject == About::kClock) return situation.now.micros;
      if (about.subject != About::kMetric) return std::nullopt;
      const uint32_t metric = *rule_set.FindMetric(about.name);
      if (!situation.account.WasSet(metric)) return std::nullopt;
      return situation.account.Metric(metric).timestamp().micros;
    };
    switch (meaning.subject) {
      case About::kClock:
        return AxisValue{.key = situation.now.micros};
      case About::kHeldRule: {
        if (meaning.name.empty()) {
          return held_itself ? std::optional(AxisValue{.key = *held_itself}) : std::nullopt;
        }
        const uint32_t rule = *rule_set.FindRule(meaning.name);
        return AxisValue{.key = rule < situation.held.size() && situation.held[rule]};
      }
      case About::kDifference: {
        const std::optional<int64_t> a = micros_of(meaning.minuend);
        const std::optional<int64_t> b = micros_of(meaning.subtrahend);
        if (!a.has_value() || !b.has_value()) return std::nullopt;
        return AxisValue{.key = *a - *b};
      }
      case About::kComputed:
        return std::nullopt;
      case About::kMetric:
        break;
    }
    const uint32_t metric = *rule_set.FindMetric(meaning.name);
    if (!situation.account.WasSet(metric)) return AxisValue{.missing = true};
    const Value& value = situation.account.Metric(metric);
    if (value.IsBool()) return AxisValue{.key = value.boolean()};
    if (value.IsNumberList() || value.IsStringList()) return AxisValue{};
    if (!value.IsString()) return AxisValue{.key = OrderedKey(value)};
    if (meaning.kind == Type::Kind::kOneOf) {
      const auto& options = meaning.options;
      return AxisValue{.key = std::find(options.begin(), options.end(), value.string()) -
                              options.begin()};
    }
    const auto& texts = space.terms().texts();
    const auto text = std::find(texts.begin(), texts.end(), value.string());
    return AxisValue{.key = text == texts.end() ? kTextRange.high : text - texts.begin()};
  };
}

// Values on, next to and between all constants of the rule set, beside those of RandomValue.
class BoundaryAccounts {
 public:
  explicit BoundaryAccounts(const CheckedRuleSet& rule_set) : rule_set_(rule_set) {
    const auto collect = [this](const TypedExpression& root) {
      WalkTyped(root, [this](const TypedExpression& node) {
        const Value& value = node.constant;
        if (node.kind != TypedExpression::Kind::kConstant) return;
        if (value.IsNumber()) numbers_.push_back(value.number());
        if (value.IsString()) texts_.push_back(value.string());
        if (value.IsDuration()) spans_.push_back(value.duration().micros);
        if (value.IsTimestamp()) times_.push_back(value.timestamp().micros);
      });
    };
    for (const Define& define : rule_set.defines) collect(define.value);
    for (const Scorecard& scorecard : rule_set.scorecards) {
      for (const ScorecardLine& line : scorecard.lines) {
        collect(line.condition ? *line.condition : *line.per_value);
      }
    }
    for (const Rule& rule : rule_set.rules) {
      collect(rule.when);
      if (rule.unless) collect(*rule.unless);
      if (rule.keep_while) collect(*rule.keep_while);
      if (rule.active_from) times_.push_back(rule.active_from->micros);
      if (rule.active_until) times_.push_back(rule.active_until->micros);
    }
  }

  Situation Next(Random* random) const {
    Situation situation = {Account(rule_set_), RandomNow(random), RandomHeld(random, rule_set_)};
    if (!times_.empty() && random->OneIn(4)) {
      situation.now.micros = random->Of(times_) + random->Of({-1, 0, 1});
    }
    const int missing_percent = random->Of({0, 10, 40});
    for (uint32_t i = 0; i < rule_set_.metrics.size(); ++i) {
      if (random->Between(1, 100) <= missing_percent) continue;
      situation.account.Set(i, Near(random, rule_set_.metrics[i], situation.now));
    }
    return situation;
  }

 private:
  Value Near(Random* random, const Metric& metric, Timestamp now) const {
    const Type::Kind kind = metric.type.kind();
    if (random->OneIn(2)) return RandomValue(random, metric);
    if (kind == Type::Kind::kNumber && !numbers_.empty()) {
      const double base = random->Of(numbers_);
      switch (random->Below(6)) {
        case 0:
          return Value::Number(base);
        case 1:
          return Value::Number(std::nextafter(base, 1e300));
        case 2:
          return Value::Number(std::nextafter(base, -1e300));
        case 3:
          return Value::Number(-base);
        case 4:
          return Value::Number(base + random->Between(-3, 3));
        default:
          return Value::Number(base * random->Of({0.5, 2.0, 0.1, 3.0}));
      }
    }
    if (kind == Type::Kind::kString && !texts_.empty()) return Value::String(random->Of(texts_));
    if (kind == Type::Kind::kDuration && !spans_.empty()) {
      return Value::Span({random->Of(spans_) + random->Of({-1, 0, 1})});
    }
    if (kind == Type::Kind::kTimestamp) {
      if (!spans_.empty() && random->OneIn(2)) {
        const int64_t span = random->Of(spans_) * random->Of({-1, 1});
        return Value::Time({now.micros + span + random->Of({-1, 0, 1})});
      }
      if (!times_.empty()) return Value::Time({random->Of(times_) + random->Of({-1, 0, 1})});
      return Value::Time({now.micros + random->Of({-1, 0, 1})});
    }
    return RandomValue(random, metric);
  }

  const CheckedRuleSet& rule_set_;
  std::vector<double> numbers_;
  std::vector<std::string> texts_;
  std::vector<int64_t> spans_;
  std::vector<int64_t> times_;
};

}  // namespace pql::testing

#endif  // PQL_TESTS_LINT_REASONING_SITUATIONS_H_
