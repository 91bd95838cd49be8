// Timestamps and durations as text: the rules language's own forms, which JSON, CSV and the
// answers use too.  Both are int64 microseconds.  Thread-safe: no state.

#ifndef PQL_BASE_TIME_TEXT_H_
#define PQL_BASE_TIME_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pql {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerMinute = 60 * kMicrosPerSecond;
inline constexpr int64_t kMicrosPerHour = 60 * kMicrosPerMinute;
inline constexpr int64_t kMicrosPerDay = 24 * kMicrosPerHour;

// The first and last instant of the years 1 to 9999, in microseconds since 1970-01-01T00:00:00Z.
inline constexpr int64_t kMinTimestampMicros = -62'135'596'800 * kMicrosPerSecond;
inline constexpr int64_t kMaxTimestampMicros = 253'402'300'800 * kMicrosPerSecond - 1;

// `2026-03-01` (midnight UTC), `2026-03-01T08:30:00Z`, up to six decimals of a second, an offset
// `+01:00`; `t` and `z` may be lower case (RFC 3339).  No leap second.  Nothing for any other text
// and for instants outside of the years 1 to 9999.
std::optional<int64_t> ParseTimestamp(std::string_view text);

// RFC 3339 in UTC with as many decimals as needed: `2026-03-01T08:30:00Z`, `...:00.5Z`.
// REQUIRES: within the years 1 to 9999.
std::string FormatTimestamp(int64_t micros);
// As FormatTimestamp, but midnight is written as the date alone: what rules-language source uses.
std::string FormatTimestampLiteral(int64_t micros);

enum class DurationError { kMalformed, kLeadingZero, kUnitOrder, kOutOfRange };

struct ParsedDuration {
  int64_t micros = 0;
  std::optional<DurationError> error;
};

// Whole `w d h m s`, large to small, each unit once, no leading zero (`0d` is fine): `7d`, `1d12h`.
ParsedDuration ParseDurationLiteral(std::string_view text);

// What data may hold: a duration literal, or with a minus sign in front, or with decimals of a
// second (`0.5s`, `-1d12h`): everything that FormatDuration writes.
std::optional<int64_t> ParseDuration(std::string_view text);

// `1d12h`, `0s`, `0.5s`, `-1d12h`; never weeks.
std::string FormatDuration(int64_t micros);

}  // namespace pql

#endif  // PQL_BASE_TIME_TEXT_H_
