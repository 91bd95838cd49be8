#include "eval/next_change.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "base/time_text.h"

namespace pql {
namespace {

constexpr int kMidnights = 60 * 7;

// Looks for the instants at which an atom's value changes, as candidates; which of them matter is
// for the caller to find out.
class Candidates {
 public:
  Candidates(const RuleCone& cone, const EvaluationInput& input)
      : cone_(cone), input_(input), has_calls_(cone.calls_functions()) {}

  std::vector<int64_t> Collect() {
    for (const Timestamp bound : cone_.ActiveBounds()) Add(bound.micros);
    // Where time takes part in a scorecard line or another number, the atoms that compare it see
    // it through these expressions, so all of them are looked at.
    for (const Atom& atom : cone_.atoms()) {
      if (atom.sees_clock) AddChangesOf(*atom.expression);
    }
    return {found_.begin(), found_.end()};
  }

 private:
  void Add(int64_t micros) {
    if (micros > input_.now.micros && micros <= kMaxTimestampMicros) found_.insert(micros);
  }

  Value At(const TypedExpression& expression, int64_t micros) const {
    EvaluationInput then = input_;
    then.now = Timestamp{micros};
    cone_.EvaluateRule(then, &scratch_);
    return EvaluateExpression(cone_.rule_set(), expression, then, scratch_).value;
  }

  void AddChangesOf(const TypedExpression& atom) {
    std::set<int64_t> samples = {input_.now.micros, kMaxTimestampMicros};
    for (int64_t step = 1; step < kMaxTimestampMicros - input_.now.micros && step > 0; step *= 2) {
      samples.insert(input_.now.micros + step);
    }
    for (const int64_t crossing : Crossings(atom)) {
      for (const int64_t offset :
           {-kMicrosPerSecond, int64_t{-1}, int64_t{0}, int64_t{1}, kMicrosPerSecond}) {
        const int64_t sample = crossing + offset;
        if (sample > input_.now.micros && sample <= kMaxTimestampMicros) samples.insert(sample);
      }
    }
    if (has_calls_) AddMidnights(&samples);
    int64_t previous = *samples.begin();
    Value previous_value = At(atom, previous);
    for (const int64_t sample : samples) {
      const Value value = At(atom, sample);
      if (value != previous_value) Add(FirstChange(atom, previous, previous_value, sample));
      previous = sample;
      previous_value = value;
    }
  }

  void AddMidnights(std::set<int64_t>* samples) const {
    const int64_t since_midnight =
        ((input_.now.micros % kMicrosPerDay) + kMicrosPerDay) % kMicrosPerDay;
    for (int day = 1; day <= kMidnights; ++day) {
      const int64_t sample = input_.now.micros - since_midnight + day * kMicrosPerDay;
      if (sample <= kMaxTimestampMicros) samples->insert(sample);
    }
  }

  // The first instant in (low, high] with another value than at `low`, by bisection: exact when the
  // atom changes once in between.
  int64_t FirstChange(const TypedExpression& atom, int64_t low, const Value& low_value,
                      int64_t high) const {
    while (high - low > 1) {
      const int64_t middle = low + (high - low) / 2;
      (At(atom, middle) == low_value ? low : high) = middle;
    }
    return high;
  }

  // Where the two sides of a comparison of times, durations or numbers meet if their difference
  // grows evenly with time, which it does for everything but rounding functions.
  std::vector<int64_t> Crossings(const TypedExpression& atom) const {
    std::vector<int64_t> crossings;
    const std::vector<TypedExpression>& operands = atom.children;
    if (atom.kind != TypedExpression::Kind::kOperator || operands.size() < 2) return crossings;
    if (atom.Is(Operator::kWithinLast) || atom.Is(Operator::kWithinNext)) {
      const Value subject = At(operands[0], input_.now.micros);
      const Value span = At(operands[1], input_.now.micros);
      if (subject.IsMissing() || span.IsMissing()) return crossings;
      const int64_t time = subject.timestamp().micros;
      int64_t edge = 0;
      const bool overflow = atom.Is(Operator::kWithinLast)
                                ? __builtin_add_overflow(time, span.duration().micros, &edge)
                                : __builtin_sub_overflow(time, span.duration().micros, &edge);
      crossings.push_back(time);
      if (!overflow) crossings.push_back(edge);
      return crossings;
    }
    for (size_t i = 1; i < operands.size(); ++i) {
      AddCrossing(operands[0], operands[i], &crossings);
    }
    return crossings;
  }

  void AddCrossing(const TypedExpression& a, const TypedExpression& b,
                   std::vector<int64_t>* crossings) const {
    const int64_t t0 = input_.now.micros;
    const int64_t t1 = t0 + kMicrosPerDay;
    if (t1 > kMaxTimestampMicros) return;
    const std::optional<long double> d0 = Difference(At(a, t0), At(b, t0));
    const std::optional<long double> d1 = Difference(At(a, t1), At(b, t1));
    if (!d0.has_value() || !d1.has_value() || *d0 == *d1) return;
    const long double crossing = static_cast<long double>(t0) - *d0 * kMicrosPerDay / (*d1 - *d0);
    if (crossing > static_cast<long double>(input_.now.micros) - kMicrosPerDay &&
        crossing < static_cast<long double>(kMaxTimestampMicros)) {
      crossings->push_back(static_cast<int64_t>(std::llround(crossing)));
    }
  }

  static std::optional<long double> Difference(const Value& a, const Value& b) {
    if (a.IsNumber() && b.IsNumber()) return static_cast<long double>(a.number()) - b.number();
    if (a.IsTimestamp() && b.IsTimestamp()) {
      return static_cast<long double>(a.timestamp().micros) - b.timestamp().micros;
    }
    if (a.IsDuration() && b.IsDuration()) {
      return static_cast<long double>(a.duration().micros) - b.duration().micros;
    }
    return std::nullopt;
  }

  const RuleCone& cone_;
  const EvaluationInput& input_;
  const bool has_calls_;
  mutable Evaluation scratch_;
  std::set<int64_t> found_;
};

}  // namespace

std::optional<NextChange> FindNextChange(const RuleCone& cone, const EvaluationInput& input) {
  if (!cone.reads_clock()) return std::nullopt;
  Evaluation scratch;
  const Outcome now = cone.EvaluateRule(input, &scratch).outcome;
  const auto outcome_at = [&](int64_t micros) {
    EvaluationInput then = input;
    then.now = Timestamp{micros};
    return cone.EvaluateRule(then, &scratch).outcome;
  };
  int64_t same = input.now.micros;
  for (const int64_t candidate : Candidates(cone, input).Collect()) {
    if (outcome_at(candidate) == now) {
      same = candidate;
      continue;
    }
    int64_t changed = candidate;
    while (changed - same > 1) {
      const int64_t middle = same + (changed - same) / 2;
      (outcome_at(middle) == now ? same : changed) = middle;
    }
    return NextChange{Timestamp{changed}, outcome_at(changed)};
  }
  return std::nullopt;
}

}  // namespace pql
