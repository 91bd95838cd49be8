#include "base/time_text.h"

#include <cassert>
#include <cstddef>
#include <cstdio>
#include <iterator>
#include <limits>

#include "base/strings.h"

namespace pql {
namespace {

__extension__ using int128_t = __int128;

constexpr int kFractionDigits = 6;

// Consumes exactly `count` digits from the front of `text`.
std::optional<int> TakeDigits(size_t count, std::string_view* text) {
  if (text->size() < count) return std::nullopt;
  int value = 0;
  for (size_t i = 0; i < count; ++i) {
    if (!IsDigit((*text)[i])) return std::nullopt;
    value = value * 10 + ((*text)[i] - '0');
  }
  text->remove_prefix(count);
  return value;
}

bool Take(char c, std::string_view* text) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// One to six decimals of a second, as microseconds.
std::optional<int64_t> TakeFraction(std::string_view* text) {
  int64_t micros = 0;
  int digits = 0;
  for (; !text->empty() && IsDigit(text->front()); text->remove_prefix(1)) {
    if (++digits > kFractionDigits) return std::nullopt;
    micros = micros * 10 + (text->front() - '0');
  }
  if (digits == 0) return std::nullopt;
  for (; digits < kFractionDigits; ++digits) micros *= 10;
  return micros;
}

bool IsLeapYear(int year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int DaysOfMonth(int year, int month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeapYear(year) ? 29 : kDays[month - 1];
}

struct CivilDay {
  int year;
  int month;
  int day;
};

// Days since 1970-01-01 in the proleptic Gregorian calendar and back, by the usual trick of years
// that begin in March, in eras of 400 years (146,097 days).  REQUIRES: years 0 to 9999.
int64_t DaysFromCivil(CivilDay civil) {
  const int64_t year = civil.month <= 2 ? civil.year - 1 : civil.year;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t march_month = (civil.month + 9) % 12;
  const int64_t day_of_year = (153 * march_month + 2) / 5 + civil.day - 1;
  const int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + day_of_era - 719'468;
}

CivilDay CivilFromDays(int64_t days) {
  days += 719'468;
  const int64_t era = (days >= 0 ? days : days - 146'096) / 146'097;
  const int64_t day_of_era = days - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t march_month = (5 * day_of_year + 2) / 153;
  const int month = static_cast<int>(march_month < 10 ? march_month + 3 : march_month - 9);
  return {static_cast<int>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)), month,
          static_cast<int>(day_of_year - (153 * march_month + 2) / 5 + 1)};
}

std::optional<int64_t> TakeDate(std::string_view* text) {
  const auto year = TakeDigits(4, text);
  if (!year || *year < 1 || !Take('-', text)) return std::nullopt;
  const auto month = TakeDigits(2, text);
  if (!month || *month < 1 || *month > 12 || !Take('-', text)) return std::nullopt;
  const auto day = TakeDigits(2, text);
  if (!day || *day < 1 || *day > DaysOfMonth(*year, *month)) return std::nullopt;
  return DaysFromCivil({*year, *month, *day}) * kMicrosPerDay;
}

// `08:30`, as microseconds.
std::optional<int64_t> TakeHoursMinutes(std::string_view* text) {
  const auto hours = TakeDigits(2, text);
  if (!hours || *hours > 23 || !Take(':', text)) return std::nullopt;
  const auto minutes = TakeDigits(2, text);
  if (!minutes || *minutes > 59) return std::nullopt;
  return *hours * kMicrosPerHour + *minutes * kMicrosPerMinute;
}

// `08:30:00.5`, as microseconds.
std::optional<int64_t> TakeTimeOfDay(std::string_view* text) {
  const auto hours_minutes = TakeHoursMinutes(text);
  if (!hours_minutes || !Take(':', text)) return std::nullopt;
  const auto seconds = TakeDigits(2, text);
  if (!seconds || *seconds > 59) return std::nullopt;
  int64_t fraction = 0;
  if (Take('.', text)) {
    const auto micros = TakeFraction(text);
    if (!micros) return std::nullopt;
    fraction = *micros;
  }
  return *hours_minutes + *seconds * kMicrosPerSecond + fraction;
}

// `Z`, `+01:00`: how far local time is ahead of UTC, in microseconds.
std::optional<int64_t> TakeOffset(std::string_view* text) {
  if (Take('Z', text) || Take('z', text)) return 0;
  if (Take('+', text)) return TakeHoursMinutes(text);
  if (!Take('-', text)) return std::nullopt;
  const auto west = TakeHoursMinutes(text);
  if (!west) return std::nullopt;
  return -*west;
}

// `.5` for half a second; nothing for none.
void AppendFraction(int64_t micros, std::string* out) {
  if (micros == 0) return;
  char digits[kFractionDigits + 2];
  std::snprintf(digits, sizeof(digits), ".%06d", static_cast<int>(micros));
  out->append(digits);
  out->erase(out->find_last_not_of('0') + 1);
}

struct Unit {
  char letter;
  int64_t micros;
};
constexpr Unit kUnits[] = {{'w', 7 * kMicrosPerDay},
                           {'d', kMicrosPerDay},
                           {'h', kMicrosPerHour},
                           {'m', kMicrosPerMinute},
                           {'s', kMicrosPerSecond}};

// The index in kUnits, or -1.
int UnitIndex(char letter) {
  for (size_t i = 0; i < std::size(kUnits); ++i) {
    if (kUnits[i].letter == letter) return static_cast<int>(i);
  }
  return -1;
}

struct Magnitude {
  int128_t micros = 0;
  std::optional<DurationError> error;
};

// A duration without sign.  What is wrong with the form comes before what is wrong with the
// value, so that `07x` is malformed and `99999999999w07d` has a leading zero.
Magnitude ParseMagnitude(std::string_view text, bool allow_fraction) {
  constexpr int128_t kTooLarge = int128_t{1} << 64;
  Magnitude result;
  std::optional<DurationError> form_error;
  int last_unit = -1;
  if (text.empty()) return {0, DurationError::kMalformed};
  while (!text.empty()) {
    size_t digits = 0;
    int128_t count = 0;
    const bool zero_first = text.front() == '0';
    for (; digits < text.size() && IsDigit(text[digits]); ++digits) {
      if (count < kTooLarge) count = count * 10 + (text[digits] - '0');
    }
    text.remove_prefix(digits);
    int64_t fraction = 0;
    const bool has_fraction = allow_fraction && Take('.', &text);
    if (has_fraction) {
      const auto micros = TakeFraction(&text);
      if (!micros) return {0, DurationError::kMalformed};
      fraction = *micros;
    }
    const int unit = text.empty() ? -1 : UnitIndex(text.front());
    if (digits == 0 || unit < 0 || (has_fraction && text.front() != 's')) {
      return {0, DurationError::kMalformed};
    }
    text.remove_prefix(1);
    if (!form_error && zero_first && digits > 1) form_error = DurationError::kLeadingZero;
    if (!form_error && unit <= last_unit) form_error = DurationError::kUnitOrder;
    last_unit = unit;
    result.micros += count * kUnits[unit].micros + fraction;
    if (result.micros > kTooLarge) result.micros = kTooLarge;
  }
  result.error = form_error;
  return result;
}

}  // namespace

std::optional<int64_t> ParseTimestamp(std::string_view text) {
  const auto date = TakeDate(&text);
  if (!date || text.empty()) return date;
  if (!Take('T', &text) && !Take('t', &text)) return std::nullopt;
  const auto time = TakeTimeOfDay(&text);
  if (!time) return std::nullopt;
  const auto offset = TakeOffset(&text);
  if (!offset || !text.empty()) return std::nullopt;
  const int64_t micros = *date + *time - *offset;
  if (micros < kMinTimestampMicros || micros > kMaxTimestampMicros) return std::nullopt;
  return micros;
}

std::string FormatTimestamp(int64_t micros) {
  assert(kMinTimestampMicros <= micros && micros <= kMaxTimestampMicros);
  int64_t time = micros % kMicrosPerDay;
  if (time < 0) time += kMicrosPerDay;
  const CivilDay day = CivilFromDays((micros - time) / kMicrosPerDay);
  const auto hour = static_cast<int>(time / kMicrosPerHour);
  const auto minute = static_cast<int>(time / kMicrosPerMinute % 60);
  const auto second = static_cast<int>(time / kMicrosPerSecond % 60);
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), "%04d-%02d-%02dT%02d:%02d:%02d", day.year, day.month,
                day.day, hour, minute, second);
  std::string out(buffer);
  AppendFraction(time % kMicrosPerSecond, &out);
  return out += 'Z';
}

std::string FormatTimestampLiteral(int64_t micros) {
  std::string text = FormatTimestamp(micros);
  if (micros % kMicrosPerDay == 0) text.resize(text.find('T'));
  return text;
}

ParsedDuration ParseDurationLiteral(std::string_view text) {
  const Magnitude magnitude = ParseMagnitude(text, /*allow_fraction=*/false);
  if (magnitude.error) return {0, magnitude.error};
  if (magnitude.micros > std::numeric_limits<int64_t>::max()) {
    return {0, DurationError::kOutOfRange};
  }
  return {static_cast<int64_t>(magnitude.micros), std::nullopt};
}

std::optional<int64_t> ParseDuration(std::string_view text) {
  const bool negative = Take('-', &text);
  const Magnitude magnitude = ParseMagnitude(text, /*allow_fraction=*/true);
  if (magnitude.error) return std::nullopt;
  const int128_t micros = negative ? -magnitude.micros : magnitude.micros;
  if (micros < std::numeric_limits<int64_t>::min() ||
      micros > std::numeric_limits<int64_t>::max()) {
    return std::nullopt;
  }
  return static_cast<int64_t>(micros);
}

std::string FormatDuration(int64_t micros) {
  if (micros == 0) return "0s";
  std::string out;
  uint64_t rest = static_cast<uint64_t>(micros);
  if (micros < 0) {
    out = "-";
    rest = 0 - rest;  // right for the smallest value too
  }
  for (const Unit& unit : kUnits) {
    if (unit.letter == 'w') continue;
    const uint64_t count = rest / static_cast<uint64_t>(unit.micros);
    rest %= static_cast<uint64_t>(unit.micros);
    const bool has_fraction = unit.letter == 's' && rest > 0;
    if (count == 0 && !has_fraction) continue;
    out += std::to_string(count);
    if (has_fraction) AppendFraction(static_cast<int64_t>(rest), &out);
    out += unit.letter;
  }
  return out;
}

}  // namespace pql
