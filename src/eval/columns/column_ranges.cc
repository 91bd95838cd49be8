#include "eval/columns/column_ranges.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/time_text.h"

namespace pql {
namespace {

constexpr int64_t kLeast = std::numeric_limits<int64_t>::min();
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

MicrosRange FromTo(int64_t first, int64_t last) {
  return {static_cast<uint64_t>(first), static_cast<uint64_t>(last) - static_cast<uint64_t>(first)};
}

// From `first` to `last`, as far as there are such times; an empty range is left out.
void AddRange(__int128 first, __int128 last, std::vector<MicrosRange>* ranges) {
  first = std::max<__int128>(first, kLeast);
  last = std::min<__int128>(last, kMost);
  if (first > last) return;
  ranges->push_back(FromTo(static_cast<int64_t>(first), static_cast<int64_t>(last)));
}

TimesAtClock WithinAt(Timestamp now, const ClockTest& test) {
  const bool last = test.op == Operator::kWithinLast;
  const __int128 start = now.micros;
  const __int128 end = last ? start - test.span : start + test.span;
  TimesAtClock times;
  times.end_is_missing = end < kMinTimestampMicros || end > kMaxTimestampMicros;
  if (last) {
    AddRange(times.end_is_missing ? kLeast : end + 1, start, &times.ranges);
  } else {
    AddRange(start + 1, times.end_is_missing ? kMost : end, &times.ranges);
  }
  return times;
}

// The whole numbers of the range from 0 to `most`.
template <typename Range, typename Whole>
std::optional<Range> WholeNumbersIn(const NumberRange& range, double most) {
  const double low = std::max(0.0, std::ceil(range.low));
  const double high = std::min(most, std::floor(range.high));
  if (!(low <= high)) return std::nullopt;
  return Range{static_cast<Whole>(low), static_cast<Whole>(high - low)};
}

}  // namespace

NumberRange NumberRangeOf(const MetricKeyRange& range) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  // The key that -0.0 would have, had it not that of 0.
  constexpr MetricKey kNegativeZero = internal::kSignBit - 1;
  NumberRange numbers;
  if (range.first > KeyOfNumber(kLargest)) {
    numbers.low = std::numeric_limits<double>::infinity();
  } else if (range.first > KeyOfNumber(-kLargest)) {
    numbers.low = NumberOfKey(range.first);
  }
  if (range.last < KeyOfNumber(-kLargest)) {
    numbers.high = -std::numeric_limits<double>::infinity();
  } else if (range.last < KeyOfNumber(kLargest)) {
    numbers.high = NumberOfKey(range.last == kNegativeZero ? range.last - 1 : range.last);
  }
  return numbers;
}

std::optional<SmallRange> SmallRangeOf(const NumberRange& range) {
  return WholeNumbersIn<SmallRange, uint16_t>(range, std::numeric_limits<uint16_t>::max());
}

std::optional<CodeRange> WholeRangeOf(const NumberRange& range) {
  return WholeNumbersIn<CodeRange, uint32_t>(range, std::numeric_limits<int32_t>::max());
}

// The lowest key is that of the two shortest durations.
MicrosRange MicrosRangeOf(const MetricKeyRange& range) {
  return FromTo(IsExactMicrosKey(range.first) ? MicrosOfKey(range.first) : kLeast,
                MicrosOfKey(range.last));
}

bool TimesAtClock::Holds(int64_t micros) const {
  return std::any_of(ranges.begin(), ranges.end(),
                     [micros](const MicrosRange& range) { return range.Holds(micros); });
}

TimesAtClock TimesAt(Timestamp now, const ClockTest& test) {
  if (test.op == Operator::kWithinLast || test.op == Operator::kWithinNext) {
    return WithinAt(now, test);
  }
  const __int128 bound = __int128{now.micros} + test.span;
  TimesAtClock times;
  switch (test.op) {
    case Operator::kEqual:
      AddRange(bound, bound, &times.ranges);
      break;
    case Operator::kNotEqual:
      AddRange(kLeast, bound - 1, &times.ranges);
      AddRange(bound + 1, kMost, &times.ranges);
      break;
    case Operator::kLess:
      AddRange(kLeast, bound - 1, &times.ranges);
      break;
    case Operator::kLessOrEqual:
      AddRange(kLeast, bound, &times.ranges);
      break;
    case Operator::kGreater:
      AddRange(bound + 1, kMost, &times.ranges);
      break;
    default:
      AddRange(bound, kMost, &times.ranges);
      break;
  }
  return times;
}

}  // namespace pql
