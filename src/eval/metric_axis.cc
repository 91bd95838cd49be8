#include "eval/metric_axis.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>
#include <string>

#include "base/time_text.h"

namespace pql {
namespace {

// Relative to a bound.
constexpr double kRoundingError = 1e-12;
// Of a function that changes more often between two samples, the first changes are found.
constexpr int kMaxCutsBetweenSamples = 3;
constexpr int64_t kSignBit = std::numeric_limits<int64_t>::min();

int64_t KeyOfDouble(double number) {
  const auto bits = std::bit_cast<int64_t>(number);
  return bits >= 0 ? bits : kSignBit - bits;  // -0.0 and 0 are one key
}

double DoubleOfKey(int64_t key) { return std::bit_cast<double>(key >= 0 ? key : kSignBit - key); }

// The multiple of 10^-decimals next to `bound` from below or above, inside of [low, high].
std::optional<double> RoundInside(double bound, bool up, int decimals, double low, double high) {
  const double scale = std::pow(10.0, decimals);
  const double scaled = bound * scale;
  if (!std::isfinite(scaled) || std::abs(scaled) > 9e15) return std::nullopt;
  for (const double step : {0.0, up ? 1.0 : -1.0}) {
    const double rounded = ((up ? std::ceil(scaled) : std::floor(scaled)) + step) / scale;
    if (rounded >= low && rounded <= high) return rounded + 0.0;
  }
  return std::nullopt;
}

int DecimalsOf(double number) {
  for (int decimals = 0; decimals < 15; ++decimals) {
    const double scaled = number * std::pow(10.0, decimals);
    if (!std::isfinite(scaled) || scaled == std::round(scaled)) return decimals;
  }
  return 15;
}

double NearestNumber(double low, double high, const Value& current) {
  const double from = current.IsNumber() ? current.number() : 0;
  if (from >= low && from <= high) return from;
  const bool up = from < low;
  const double bound = up ? low : high;
  // `> 2` begins at the double after 2: the bound that a person wrote is next to it.
  const double outside = std::nextafter(bound, up ? -std::numeric_limits<double>::infinity()
                                                  : std::numeric_limits<double>::infinity());
  const int least = std::min(DecimalsOf(bound), DecimalsOf(outside));
  // Where rounding errors moved the bound a little, a person would name the number beside it.
  for (int decimals = 0; decimals < least; ++decimals) {
    const std::optional<double> nice = RoundInside(bound, up, decimals, low, high);
    if (nice.has_value() && std::abs(*nice - bound) <= kRoundingError * std::abs(bound)) {
      return *nice;
    }
  }
  for (int decimals = std::max(least, current.IsNumber() ? DecimalsOf(from) : 0); decimals <= 15;
       ++decimals) {
    const std::optional<double> nice = RoundInside(bound, up, decimals, low, high);
    if (nice.has_value()) return *nice;
  }
  return bound;
}

int64_t NearestMicros(int64_t low, int64_t high, int64_t from) {
  if (from >= low && from <= high) return from;
  const bool up = from < low;
  for (const int64_t step : {kMicrosPerSecond, int64_t{1'000}}) {
    const int64_t bound = up ? low : high;
    const int64_t remainder = ((bound % step) + step) % step;
    int64_t rounded = 0;
    const bool overflow =
        up ? __builtin_add_overflow(bound, remainder == 0 ? 0 : step - remainder, &rounded)
           : __builtin_sub_overflow(bound, remainder, &rounded);
    if (!overflow && rounded >= low && rounded <= high) return rounded;
  }
  return up ? low : high;
}

}  // namespace

int64_t OrderedKey(const Value& value) {
  if (value.IsNumber()) return KeyOfDouble(value.number());
  if (value.IsTimestamp()) return value.timestamp().micros;
  return value.duration().micros;
}

Value FromOrderedKey(int64_t key, Type::Kind kind) {
  if (kind == Type::Kind::kNumber) return Value::Number(DoubleOfKey(key));
  if (kind == Type::Kind::kTimestamp) return Value::Time(Timestamp{key});
  return Value::Span(Duration{key});
}

KeyRange FullRange(Type::Kind kind) {
  if (kind == Type::Kind::kNumber) {
    return {KeyOfDouble(std::numeric_limits<double>::lowest()),
            KeyOfDouble(std::numeric_limits<double>::max())};
  }
  if (kind == Type::Kind::kTimestamp) return {kMinTimestampMicros, kMaxTimestampMicros};
  return {std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max()};
}

std::vector<int64_t> FindCuts(Type::Kind kind, int64_t origin, const std::vector<int64_t>& hints,
                              const std::function<Value(int64_t key)>& value_at) {
  const KeyRange full = FullRange(kind);
  std::set<int64_t> samples = {full.low, full.high};
  const auto add = [&](int64_t key) {
    if (full.Contains(key)) samples.insert(key);
  };
  for (const int64_t hint : hints) {
    add(hint);
    if (hint > full.low) add(hint - 1);
    if (hint < full.high) add(hint + 1);
  }
  if (kind == Type::Kind::kNumber) {
    const double from = DoubleOfKey(origin);
    for (const double center : {0.0, from}) {
      add(KeyOfDouble(center + 0.0));
      for (int power = -12; power <= 52; power += 4) {
        for (const double sign : {-1.0, 1.0}) {
          const double sample = center + sign * std::ldexp(1.0, power);
          add(KeyOfDouble(sample == 0 ? 0.0 : sample));
        }
      }
    }
  } else {
    for (const int64_t center : {int64_t{0}, origin}) {
      add(center);
      for (int power = 0; power < 62; power += 4) {
        int64_t sample = 0;
        if (!__builtin_add_overflow(center, int64_t{1} << power, &sample)) add(sample);
        if (!__builtin_sub_overflow(center, int64_t{1} << power, &sample)) add(sample);
      }
    }
  }
  std::vector<int64_t> cuts;
  int64_t low = *samples.begin();
  Value low_value = value_at(low);
  for (const int64_t sample : samples) {
    const Value sample_value = value_at(sample);
    for (int i = 0; i < kMaxCutsBetweenSamples && low_value != sample_value; ++i) {
      int64_t same = low;
      int64_t changed = sample;
      while (static_cast<uint64_t>(changed) - static_cast<uint64_t>(same) > 1) {
        const int64_t middle =
            same + static_cast<int64_t>(
                       (static_cast<uint64_t>(changed) - static_cast<uint64_t>(same)) / 2);
        (value_at(middle) == low_value ? same : changed) = middle;
      }
      cuts.push_back(changed);
      low = changed;
      low_value = changed == sample ? sample_value : value_at(changed);
    }
    low = sample;
    low_value = sample_value;
  }
  return cuts;
}

Value NearestValue(const KeyRange& range, const Metric& metric, const Value& current,
                   Timestamp now) {
  const Type::Kind kind = metric.type.kind();
  if (kind == Type::Kind::kNumber) {
    return Value::Number(NearestNumber(DoubleOfKey(range.low), DoubleOfKey(range.high), current));
  }
  int64_t from = kind == Type::Kind::kTimestamp ? now.micros : 0;
  if (!current.IsMissing()) from = OrderedKey(current);
  return FromOrderedKey(NearestMicros(range.low, range.high, from), kind);
}

double RelativeDistance(const Value& from, const Value& to) {
  if (to.IsMissing()) return 2;
  if (from.IsNumber() && to.IsNumber()) {
    const double size = std::max(std::abs(from.number()), std::abs(to.number()));
    return size == 0 ? 0 : std::min(2.0, std::abs(to.number() / size - from.number() / size));
  }
  if (from.IsDuration() && to.IsDuration()) {
    return RelativeDistance(Value::Number(static_cast<double>(from.duration().micros)),
                            Value::Number(static_cast<double>(to.duration().micros)));
  }
  if (from.IsTimestamp() && to.IsTimestamp()) {
    // Relative to a year, the span that most rules look back over.
    const double years = std::abs(static_cast<double>(to.timestamp().micros) -
                                  static_cast<double>(from.timestamp().micros)) /
                         (365.0 * kMicrosPerDay);
    return std::min(2.0, years);
  }
  if (from.IsStringList() && to.IsStringList()) {
    const auto differ = [](const Value::StringList& a, const Value::StringList& b) {
      return std::count_if(a.begin(), a.end(), [&b](const std::string& text) {
        return std::find(b.begin(), b.end(), text) == b.end();
      });
    };
    const double changed = static_cast<double>(differ(from.strings(), to.strings()) +
                                               differ(to.strings(), from.strings()));
    return changed / std::max<double>(1, static_cast<double>(
                                             std::max(from.strings().size(), to.strings().size())));
  }
  return 1;
}

}  // namespace pql
