#include "base/time_text.h"

#include <limits>
#include <random>
#include <string>
#include <utility>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

constexpr int64_t kMarch1 = 1'772'323'200 * kMicrosPerSecond;  // 2026-03-01

TEST(TimeTextTest, ReadsTimestamps) {
  const std::pair<std::string, int64_t> kCases[] = {
      {"1970-01-01", 0},
      {"1970-01-01T00:00:00Z", 0},
      {"2026-03-01", kMarch1},
      {"2026-03-01T08:30:00Z", kMarch1 + 8 * kMicrosPerHour + 30 * kMicrosPerMinute},
      {"2026-03-01t08:30:00z", kMarch1 + 8 * kMicrosPerHour + 30 * kMicrosPerMinute},
      {"2026-03-01T00:00:00.5Z", kMarch1 + 500'000},
      {"2026-03-01T00:00:00.000001Z", kMarch1 + 1},
      {"2026-03-01T01:00:00+01:00", kMarch1},
      {"2026-02-28T19:00:00-05:00", kMarch1},
      {"2026-03-01T00:00:00-00:00", kMarch1},
      {"2026-02-28T00:01:00-23:59", kMarch1},
      {"2024-02-29", 1'709'164'800 * kMicrosPerSecond},
      {"2000-02-29", 951'782'400 * kMicrosPerSecond},
      {"1969-12-31T23:59:59.999999Z", -1},
      {"0001-01-01", kMinTimestampMicros},
      {"9999-12-31T23:59:59.999999Z", kMaxTimestampMicros},
  };
  for (const auto& [text, micros] : kCases) EXPECT_EQ(ParseTimestamp(text), micros) << text;
}

TEST(TimeTextTest, RejectsOtherTimestamps) {
  for (const std::string_view text : {"",
                                      "2026",
                                      "2026-03",
                                      "2026-3-1",
                                      "26-03-01",
                                      "2026-00-01",
                                      "2026-13-01",
                                      "2026-02-29",
                                      "2025-02-30",
                                      "1900-02-29",
                                      "2100-02-29",
                                      "2026-04-31",
                                      "2026-03-00",
                                      "2026-03-32",
                                      "0000-01-01",
                                      "10000-01-01",
                                      "99999-01-01",
                                      "-2026-03-01",
                                      "+2026-03-01",
                                      "2026/03/01",
                                      "2026-03-01T",
                                      "2026-03-01T08:30Z",
                                      "2026-03-01T08:30:00",
                                      "2026-03-01 08:30:00Z",
                                      "2026-03-01T24:00:00Z",
                                      "2026-03-01T23:60:00Z",
                                      "2026-03-01T23:59:60Z",
                                      "2026-03-01T08:30:00.Z",
                                      "2026-03-01T08:30:00.1234567Z",
                                      "2026-03-01T08:30:00+1:00",
                                      "2026-03-01T08:30:00+01",
                                      "2026-03-01T08:30:00+0100",
                                      "2026-03-01T08:30:00+24:00",
                                      "2026-03-01T08:30:00+01:60",
                                      "2026-03-01T08:30:00ZZ",
                                      "2026-03-01Z",
                                      "2026-03-01 ",
                                      " 2026-03-01",
                                      "0001-01-01T00:00:00+00:01",
                                      "9999-12-31T23:59:59-00:01",
                                      "٢٠٢٦-٠٣-٠١"}) {
    EXPECT_FALSE(ParseTimestamp(text).has_value()) << text;
  }
}

TEST(TimeTextTest, WritesTimestamps) {
  EXPECT_EQ(FormatTimestamp(kMarch1), "2026-03-01T00:00:00Z");
  EXPECT_EQ(FormatTimestampLiteral(kMarch1), "2026-03-01");
  EXPECT_EQ(FormatTimestampLiteral(kMarch1 + 1), "2026-03-01T00:00:00.000001Z");
  EXPECT_EQ(FormatTimestamp(kMarch1 + 500'000), "2026-03-01T00:00:00.5Z");
  EXPECT_EQ(FormatTimestamp(kMarch1 + 123'450), "2026-03-01T00:00:00.12345Z");
  EXPECT_EQ(FormatTimestamp(-1), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(FormatTimestampLiteral(-kMicrosPerDay), "1969-12-31");
  EXPECT_EQ(FormatTimestampLiteral(kMinTimestampMicros), "0001-01-01");
  EXPECT_EQ(FormatTimestamp(kMaxTimestampMicros), "9999-12-31T23:59:59.999999Z");
}

TEST(TimeTextTest, EveryDayAgreesWithAbseilAndReadsBack) {
  absl::CivilDay day(1, 1, 1);
  for (int64_t micros = kMinTimestampMicros; micros <= kMaxTimestampMicros;
       micros += kMicrosPerDay, ++day) {
    // All days of two centuries and a leap year rule at each end, and a sample of the rest.
    const bool is_sampled =
        (1899 <= day.year() && day.year() < 2101) || (micros / kMicrosPerDay) % 31 == 0;
    if (!is_sampled) continue;
    const std::string text = FormatTimestampLiteral(micros);
    char expected[16];
    std::snprintf(expected, sizeof(expected), "%04d-%02d-%02d", static_cast<int>(day.year()),
                  day.month(), day.day());
    ASSERT_EQ(text, expected);
    ASSERT_EQ(ParseTimestamp(text), micros) << text;
  }
  EXPECT_EQ(day, absl::CivilDay(10000, 1, 1));
}

TEST(TimeTextTest, EveryTimestampReadsBack) {
  std::mt19937_64 random(3);
  std::uniform_int_distribution<int64_t> any(kMinTimestampMicros, kMaxTimestampMicros);
  for (int i = 0; i < 50'000; ++i) {
    const int64_t micros = any(random);
    const std::string text = FormatTimestamp(micros);
    ASSERT_EQ(ParseTimestamp(text), micros) << text;
    absl::Time time;
    ASSERT_TRUE(absl::ParseTime(absl::RFC3339_full, text, &time, nullptr)) << text;
    ASSERT_EQ(absl::ToUnixMicros(time), micros) << text;
  }
}

TEST(TimeTextTest, ReadsDurationLiterals) {
  const std::pair<std::string, int64_t> kCases[] = {
      {"0s", 0},
      {"0d", 0},
      {"7d", 7 * kMicrosPerDay},
      {"2w", 14 * kMicrosPerDay},
      {"1d12h", 36 * kMicrosPerHour},
      {"90m", 90 * kMicrosPerMinute},
      {"1w2d3h4m5s",
       9 * kMicrosPerDay + 3 * kMicrosPerHour + 4 * kMicrosPerMinute + 5 * kMicrosPerSecond},
      {"106751991d", 106'751'991 * kMicrosPerDay},
      {"9223372036854s", 9'223'372'036'854 * kMicrosPerSecond},
  };
  for (const auto& [text, micros] : kCases) {
    const ParsedDuration parsed = ParseDurationLiteral(text);
    EXPECT_FALSE(parsed.error.has_value()) << text;
    EXPECT_EQ(parsed.micros, micros) << text;
  }
}

TEST(TimeTextTest, SaysWhatIsWrongWithADurationLiteral) {
  using enum DurationError;
  const std::pair<std::string, DurationError> kCases[] = {
      {"", kMalformed},
      {"d", kMalformed},
      {"7", kMalformed},
      {"7 d", kMalformed},
      {"7x", kMalformed},
      {"7D", kMalformed},
      {"7mo", kMalformed},
      {"1d12", kMalformed},
      {"-7d", kMalformed},
      {"0.5s", kMalformed},
      {"07x", kMalformed},
      {"07d", kLeadingZero},
      {"00d", kLeadingZero},
      {"1d012h", kLeadingZero},
      {"12h1d", kUnitOrder},
      {"1d1d", kUnitOrder},
      {"99999999999w", kOutOfRange},
      {"106751992d", kOutOfRange},
      {"9223372036855s", kOutOfRange},
      {std::string(400, '9') + "s", kOutOfRange},
      {"9223372036854s9223372036854s", kUnitOrder},
      {"15250284w106751991d", kOutOfRange},
  };
  for (const auto& [text, error] : kCases) {
    const ParsedDuration parsed = ParseDurationLiteral(text);
    ASSERT_TRUE(parsed.error.has_value()) << text;
    EXPECT_EQ(*parsed.error, error) << text;
  }
}

TEST(TimeTextTest, ReadsDurationsOfData) {
  EXPECT_EQ(ParseDuration("0.5s"), 500'000);
  EXPECT_EQ(ParseDuration("0.50s"), 500'000);
  EXPECT_EQ(ParseDuration("1d0.000001s"), kMicrosPerDay + 1);
  EXPECT_EQ(ParseDuration("-1d12h"), -36 * kMicrosPerHour);
  EXPECT_EQ(ParseDuration("36h"), 36 * kMicrosPerHour);
  EXPECT_EQ(ParseDuration("-0s"), 0);
  for (const std::string_view text :
       {"", "-", "--1s", "+1s", "0.5d", "1.5d12h", "0.s", ".5s", "0.1234567s", "1.5", "00.5s", "5",
        "1s1m", "-9223372036855s"}) {
    EXPECT_FALSE(ParseDuration(text).has_value()) << text;
  }
}

TEST(TimeTextTest, WritesDurations) {
  EXPECT_EQ(FormatDuration(0), "0s");
  EXPECT_EQ(FormatDuration(36 * kMicrosPerHour), "1d12h");
  EXPECT_EQ(FormatDuration(14 * kMicrosPerDay), "14d") << "never weeks";
  EXPECT_EQ(FormatDuration(500'000), "0.5s");
  EXPECT_EQ(FormatDuration(kMicrosPerMinute + 1), "1m0.000001s");
  EXPECT_EQ(FormatDuration(-36 * kMicrosPerHour), "-1d12h");
  EXPECT_EQ(FormatDuration(-1), "-0.000001s");
}

TEST(TimeTextTest, EveryDurationReadsBack) {
  using Limits = std::numeric_limits<int64_t>;
  for (const int64_t micros : {Limits::min(), Limits::min() + 1, Limits::max()}) {
    EXPECT_EQ(ParseDuration(FormatDuration(micros)), micros) << FormatDuration(micros);
  }
  std::mt19937_64 random(5);
  for (int i = 0; i < 50'000; ++i) {
    // All magnitudes are equally likely.
    const int64_t micros = static_cast<int64_t>(random()) >> (random() % 63);
    const std::string text = FormatDuration(micros);
    ASSERT_EQ(ParseDuration(text), micros) << text;
    if (micros >= 0 && micros % kMicrosPerSecond == 0) {
      ASSERT_EQ(ParseDurationLiteral(text).micros, micros) << text;
    }
  }
}

}  // namespace
}  // namespace pql
