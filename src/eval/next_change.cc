#include "eval/next_change.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <vector>

#include "base/time_text.h"
#include "eval/scorecard_points.h"
#include "eval/standing.h"

namespace pql {
namespace {

constexpr int kMidnights = 60 * 7;
// Of all scorecards together, the nearest ones.
constexpr size_t kMaxSteps = 420;
// Of an atom that changes more often between two samples, the first changes are found.
constexpr int kMaxChangesBetweenSamples = 100;

// Looks for the instants at which an atom's value changes, as candidates; which of them matter is
// for the caller to find out.
class Candidates {
 public:
  Candidates(const RuleCone& cone, const EvaluationInput& input)
      : cone_(cone), now_(input.now.micros), then_(input), has_calls_(cone.calls_functions()) {}

  std::vector<int64_t> Collect() {
    for (const Timestamp bound : cone_.ActiveBounds()) Add(bound.micros);
    const std::set<int64_t> steps = Steps();
    // Where time takes part in a scorecard line or another number, the atoms that compare it see
    // it through these expressions, so all of them are looked at.  What others see of it through
    // atoms changes only with these.
    for (const Atom& atom : cone_.atoms()) {
      if (atom.sees_clock) AddChangesOf(atom, steps);
    }
    return {found_.begin(), found_.end()};
  }

 private:
  void Add(int64_t micros) {
    if (micros > now_ && micros <= kMaxTimestampMicros) found_.insert(micros);
  }

  // Brings the items, which those after them may depend on, to another time.
  void GoTo(int64_t micros, const std::vector<Item>& items) {
    then_.now = Timestamp{micros};
    EvaluateItems(cone_.rule_set(), items, then_, &scratch_);
  }

  Value ValueThen(const TypedExpression& expression) const {
    return EvaluateExpression(cone_.rule_set(), expression, then_, scratch_).value;
  }

  std::vector<Item> WithAllBelow(const std::vector<size_t>& indices) const {
    std::vector<Item> items;
    for (const size_t index : cone_.WithAllBelow(indices)) items.push_back(cone_.items()[index]);
    return items;
  }

  void AddChangesOf(const Atom& atom, const std::set<int64_t>& steps) {
    const std::vector<Item> items = WithAllBelow(atom.items);
    std::set<int64_t> samples = {now_, kMaxTimestampMicros};
    for (int64_t step = 1; step < kMaxTimestampMicros - now_ && step > 0; step *= 2) {
      samples.insert(now_ + step);
    }
    for (const int64_t crossing : Crossings(*atom.expression, items)) {
      for (const int64_t offset :
           {-kMicrosPerSecond, int64_t{-1}, int64_t{0}, int64_t{1}, kMicrosPerSecond}) {
        int64_t sample = 0;
        if (__builtin_add_overflow(crossing, offset, &sample)) continue;
        if (sample > now_ && sample <= kMaxTimestampMicros) samples.insert(sample);
      }
    }
    const bool counts = std::any_of(items.begin(), items.end(),
                                    [](Item item) { return item.kind == Item::Kind::kScorecard; });
    if (counts) samples.insert(steps.begin(), steps.end());
    if (has_calls_) AddMidnights(&samples);
    const Standing standing(*atom.expression);
    const auto at = [&](int64_t micros) {
      GoTo(micros, items);
      return standing.Now([this](const TypedExpression& part) { return ValueThen(part); });
    };
    int64_t previous = *samples.begin();
    Value previous_value = at(previous);
    for (const int64_t sample : samples) {
      const Value value = at(sample);
      for (int i = 0; i < kMaxChangesBetweenSamples && value != previous_value; ++i) {
        previous = FirstChange(previous, sample,
                               [&](int64_t micros) { return at(micros) == previous_value; });
        previous_value = at(previous);
        Add(previous);
      }
      previous = sample;
      previous_value = value;
    }
  }

  // The first instant in (low, high] with another value than at `low`, by bisection: exact when
  // what changes only rises or only falls in between.
  template <typename IsSame>
  static int64_t FirstChange(int64_t low, int64_t high, const IsSame& is_same) {
    while (high - low > 1) {
      const int64_t middle = low + (high - low) / 2;
      (is_same(middle) ? low : high) = middle;
    }
    return high;
  }

  // A line of a scorecard that counts time.
  struct Clocked {
    const ScorecardLine* line = nullptr;
    std::optional<double> now;  // what it counts
    std::optional<double> tomorrow;
  };
  struct Step {
    int64_t time = 0;  // about
    const ScorecardLine* line = nullptr;
    friend bool operator<(const Step& a, const Step& b) { return a.time < b.time; }
  };

  // The instants at which lines of scorecards that count time come to other points, and those
  // before.
  std::set<int64_t> Steps() {
    std::vector<Step> steps;
    const auto keep_nearest = [&steps] {
      std::sort(steps.begin(), steps.end());
      if (steps.size() > kMaxSteps) steps.resize(kMaxSteps);
    };
    for (const Clocked& clocked : ClockedLines()) {
      AddStepsOf(clocked, &steps);
      if (steps.size() > 10 * kMaxSteps) keep_nearest();
    }
    keep_nearest();
    std::set<int64_t> samples;
    for (const Step& step : steps) {
      const std::optional<int64_t> exact = ExactStep(step);
      if (exact.has_value()) samples.insert({*exact - 1, *exact});
    }
    return samples;
  }

  std::vector<Clocked> ClockedLines() {
    std::vector<Clocked> clocked;
    for (const Item item : cone_.items()) {
      if (item.kind != Item::Kind::kScorecard) continue;
      for (const ScorecardLine& line : cone_.rule_set().scorecards[item.index].lines) {
        if (!line.per_value.has_value() || !cone_.SeesClock(*line.per_value)) continue;
        clocked.push_back({&line, std::nullopt, std::nullopt});
      }
    }
    if (clocked.empty() || now_ > kMaxTimestampMicros - kMicrosPerDay) return {};
    GoTo(now_, cone_.items());
    for (Clocked& one : clocked) one.now = AmountThen(*one.line);
    GoTo(now_ + kMicrosPerDay, cone_.items());
    for (Clocked& one : clocked) one.tomorrow = AmountThen(*one.line);
    return clocked;
  }

  // What the line counts, if it has a value.
  std::optional<double> AmountThen(const ScorecardLine& line) const {
    const Value amount = ValueThen(*line.per_value);
    if (amount.IsMissing()) return std::nullopt;
    return amount.IsDuration() ? static_cast<double>(amount.duration().micros) : amount.number();
  }

  // The next kMaxSteps, to about a second if what the line counts grows or shrinks evenly with
  // time, as in AddCrossing.
  void AddStepsOf(const Clocked& clocked, std::vector<Step>* steps) const {
    if (!clocked.now.has_value() || !clocked.tomorrow.has_value()) return;
    const ScorecardLine& line = *clocked.line;
    const long double now = *clocked.now;
    const long double a_day = *clocked.tomorrow - now;
    if (a_day == 0) return;
    // With more than so many times, `up to` bounds the points.
    const long double most = line.up_to.has_value() ? std::ceil(*line.up_to / std::abs(line.points))
                                                    : std::numeric_limits<long double>::infinity();
    const bool grows = a_day > 0;
    const long double times = std::floor(now / line.per);
    long double next = grows ? std::max(times, 0.0L) + 1 : std::min(times, most);
    for (size_t i = 0; i < kMaxSteps && next >= 1 && next <= most; ++i) {
      const long double time = now_ + (next * line.per - now) * kMicrosPerDay / a_day;
      if (!(time < static_cast<long double>(kMaxTimestampMicros))) return;
      steps->push_back({static_cast<int64_t>(std::llround(time)), &line});
      next += grows ? 1 : -1;
    }
  }

  // The first instant of other points; nothing where they are not near.
  std::optional<int64_t> ExactStep(const Step& step) {
    std::vector<size_t> names;
    WalkTyped(*step.line->per_value, [&](const TypedExpression& node) {
      const std::optional<Item> item = ItemOf(node);
      if (item.has_value()) names.push_back(cone_.IndexOf(*item));
    });
    const std::vector<Item> items = WithAllBelow(names);
    const auto points = [&](int64_t micros) {
      GoTo(micros, items);
      const std::optional<double> amount = AmountThen(*step.line);
      return amount.has_value() ? PointsPer(*step.line, *amount) : 0;
    };
    for (const int64_t radius : {int64_t{1}, kMicrosPerSecond}) {
      const int64_t low = std::max(now_, step.time - radius);
      const int64_t high = std::min(kMaxTimestampMicros, step.time + radius);
      const double before = points(low);
      if (points(high) == before) continue;
      return FirstChange(low, high, [&](int64_t micros) { return points(micros) == before; });
    }
    return std::nullopt;
  }

  void AddMidnights(std::set<int64_t>* samples) const {
    const int64_t since_midnight = ((now_ % kMicrosPerDay) + kMicrosPerDay) % kMicrosPerDay;
    for (int day = 1; day <= kMidnights; ++day) {
      const int64_t sample = now_ - since_midnight + day * kMicrosPerDay;
      if (sample <= kMaxTimestampMicros) samples->insert(sample);
    }
  }

  // Where the two sides of a comparison of times, durations or numbers meet if their difference
  // grows evenly with time, which it does for everything but rounding functions.
  std::vector<int64_t> Crossings(const TypedExpression& atom, const std::vector<Item>& items) {
    std::vector<int64_t> crossings;
    const std::vector<TypedExpression>& operands = atom.children;
    if (atom.kind != TypedExpression::Kind::kOperator || operands.size() < 2) return crossings;
    if (atom.Is(Operator::kWithinLast) || atom.Is(Operator::kWithinNext)) {
      GoTo(now_, items);
      const Value subject = ValueThen(operands[0]);
      const Value span = ValueThen(operands[1]);
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
    const int64_t tomorrow = now_ + kMicrosPerDay;
    if (tomorrow > kMaxTimestampMicros) return crossings;
    std::vector<std::optional<long double>> differences[2];
    for (const int day : {0, 1}) {
      GoTo(day == 0 ? now_ : tomorrow, items);
      const Value subject = ValueThen(operands[0]);
      for (size_t i = 1; i < operands.size(); ++i) {
        differences[day].push_back(Difference(subject, ValueThen(operands[i])));
      }
    }
    for (size_t i = 0; i < differences[0].size(); ++i) {
      AddCrossing(differences[0][i], differences[1][i], &crossings);
    }
    return crossings;
  }

  // Given two differences, now and a day later.
  void AddCrossing(std::optional<long double> now, std::optional<long double> tomorrow,
                   std::vector<int64_t>* crossings) const {
    if (!now.has_value() || !tomorrow.has_value() || *now == *tomorrow) return;
    const long double crossing =
        static_cast<long double>(now_) - *now * kMicrosPerDay / (*tomorrow - *now);
    if (crossing > static_cast<long double>(now_) - kMicrosPerDay &&
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
  const int64_t now_;
  EvaluationInput then_;  // at the time that was gone to
  Evaluation scratch_;    // likewise
  const bool has_calls_;
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
