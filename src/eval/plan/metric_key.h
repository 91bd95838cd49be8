// Values as 64-bit keys that are ordered as the values are: what a compiled plan compares.
//
// Every predicate over one metric is a set of keys, mostly one range, which is a single test:
// `key - first <= last - first` in unsigned arithmetic.  A missing value is the key 0, which no
// present value has, so that it lies outside of every range.  Pure functions; thread-safe.

#ifndef PQL_EVAL_PLAN_METRIC_KEY_H_
#define PQL_EVAL_PLAN_METRIC_KEY_H_

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>

namespace pql {

using MetricKey = uint64_t;

inline constexpr MetricKey kMissingKey = 0;
inline constexpr MetricKey kLowestKey = 1;  // of a present value
inline constexpr MetricKey kHighestKey = std::numeric_limits<MetricKey>::max();

inline constexpr MetricKey kFalseKey = 1;
inline constexpr MetricKey kTrueKey = 2;
// A list is present; what is in it is no matter for keys.
inline constexpr MetricKey kListKey = 1;
// A text that no predicate names.  Those that are named have keys from 2 on, by metric and in their
// order: TextKeys.
inline constexpr MetricKey kUnnamedTextKey = 1;
inline constexpr MetricKey kFirstNamedTextKey = 2;

namespace internal {
inline constexpr uint64_t kSignBit = uint64_t{1} << 63;
}  // namespace internal

// -0.0 has the key of 0.  REQUIRES: finite.
inline MetricKey KeyOfNumber(double number) {
  const uint64_t bits = std::bit_cast<uint64_t>(number + 0.0);
  const uint64_t flipped = (bits & internal::kSignBit) != 0 ? ~uint64_t{0} : internal::kSignBit;
  return bits ^ flipped;
}
// REQUIRES: a key of a number.
inline double NumberOfKey(MetricKey key) {
  const uint64_t flipped = (key & internal::kSignBit) != 0 ? internal::kSignBit : ~uint64_t{0};
  return std::bit_cast<double>(key ^ flipped);
}

inline MetricKey KeyOfBool(bool boolean) { return boolean ? kTrueKey : kFalseKey; }

// Timestamps and durations.  The shortest duration, -2^63 us, shares the key of the next one, so
// that neither can be told from the other by key.
inline MetricKey KeyOfMicros(int64_t micros) {
  return std::max(static_cast<uint64_t>(micros) ^ internal::kSignBit, kLowestKey);
}
inline bool IsExactMicrosKey(MetricKey key) { return key > kLowestKey; }
// REQUIRES: an exact key of a timestamp or duration.
inline int64_t MicrosOfKey(MetricKey key) { return static_cast<int64_t>(key ^ internal::kSignBit); }

}  // namespace pql

#endif  // PQL_EVAL_PLAN_METRIC_KEY_H_
