// Time: days hours minutes duration_days weekday date.  Calendars are UTC.

#include <cstdint>
#include <span>
#include <vector>

#include "base/time_text.h"
#include "language/function_registry.h"

namespace pql {
namespace {

using Kind = Type::Kind;

Value InUnitsOf(int64_t unit_micros, const Value& duration) {
  return Value::Number(static_cast<double>(duration.duration().micros) /
                       static_cast<double>(unit_micros));
}

Value Days(std::span<const Value> v) { return InUnitsOf(kMicrosPerDay, v[0]); }
Value Hours(std::span<const Value> v) { return InUnitsOf(kMicrosPerHour, v[0]); }
Value Minutes(std::span<const Value> v) { return InUnitsOf(kMicrosPerMinute, v[0]); }

Value DurationDays(std::span<const Value> v) {
  return Value::RoundedSpan(v[0].number() * static_cast<double>(kMicrosPerDay));
}

// Whole days since 1970-01-01, negative before it.
int64_t DayNumber(Timestamp time) {
  const int64_t days = time.micros / kMicrosPerDay;
  return time.micros % kMicrosPerDay < 0 ? days - 1 : days;
}

Value Weekday(std::span<const Value> v) {
  // 1970-01-01 was a Thursday.  The multiple of 7 keeps every year from 1 on above zero.
  constexpr int64_t kThursday = 3;  // from Monday as 0
  constexpr int64_t kManyWeeks = int64_t{7} * 200'000;
  return Value::Number(
      static_cast<double>((DayNumber(v[0].timestamp()) + kThursday + kManyWeeks) % 7 + 1));
}

Value Date(std::span<const Value> v) {
  return Value::Time({DayNumber(v[0].timestamp()) * kMicrosPerDay});
}

}  // namespace

std::vector<FunctionDefinition> TimeFunctions() {
  return {
      {
          .name = "days",
          .family = "time",
          .signatures = {{{Kind::kDuration}, Kind::kNumber}},
          .parameter_names = {"duration"},
          .doc = "A duration as a number of days of 24 hours, with decimals.",
          .example = "days(36h)",
          .example_result = "1.5",
          .body = Days,
      },
      {
          .name = "hours",
          .family = "time",
          .signatures = {{{Kind::kDuration}, Kind::kNumber}},
          .parameter_names = {"duration"},
          .doc = "A duration as a number of hours, with decimals.",
          .example = "hours(90m)",
          .example_result = "1.5",
          .body = Hours,
      },
      {
          .name = "minutes",
          .family = "time",
          .signatures = {{{Kind::kDuration}, Kind::kNumber}},
          .parameter_names = {"duration"},
          .doc = "A duration as a number of minutes, with decimals.",
          .example = "minutes(1h30s)",
          .example_result = "60.5",
          .body = Minutes,
      },
      {
          .name = "duration_days",
          .family = "time",
          .signatures = {{{Kind::kNumber}, Kind::kDuration}},
          .parameter_names = {"days"},
          .doc = "A number of days of 24 hours as a duration, rounded to the microsecond. Missing "
                 "when it is out of range.",
          .example = "duration_days(1.5)",
          .example_result = "1d12h",
          .body = DurationDays,
      },
      {
          .name = "weekday",
          .family = "time",
          .signatures = {{{Kind::kTimestamp}, Kind::kNumber}},
          .parameter_names = {"time"},
          .doc = "The day of the week in UTC: 1 is Monday, 7 is Sunday.",
          .example = "weekday(2026-03-01)",
          .example_result = "7",
          .body = Weekday,
      },
      {
          .name = "date",
          .family = "time",
          .signatures = {{{Kind::kTimestamp}, Kind::kTimestamp}},
          .parameter_names = {"time"},
          .doc = "Midnight in UTC at the beginning of the time's day.",
          .example = "date(2026-03-01T08:30:00Z)",
          .example_result = "2026-03-01",
          .body = Date,
      },
  };
}

}  // namespace pql
