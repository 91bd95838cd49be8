#include "ruleset/literal_step.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Texts(std::string_view spelling, const Value& value) {
  std::vector<std::string> texts;
  for (const SteppedLiteral& step : StepLiteral(spelling, value)) texts.push_back(step.text);
  return texts;
}

std::vector<Value> Values(std::string_view spelling, const Value& value) {
  std::vector<Value> values;
  for (const SteppedLiteral& step : StepLiteral(spelling, value)) values.push_back(step.value);
  return values;
}

constexpr int64_t kOneDay = 86'400'000'000;

TEST(LiteralStepTest, NumbersByTheirLastPlace) {
  EXPECT_THAT(Texts("2_000", Value::Number(2000)), ElementsAre("1999", "2001"));
  EXPECT_THAT(Values("2_000", Value::Number(2000)),
              ElementsAre(Value::Number(1999), Value::Number(2001)));
  EXPECT_THAT(Texts("2.5", Value::Number(2.5)), ElementsAre("2.4", "2.6"));
  EXPECT_THAT(Values("0.10", Value::Number(0.1)),
              ElementsAre(Value::Number(0.09), Value::Number(0.11)));
  EXPECT_THAT(Texts("0", Value::Number(0)), ElementsAre("-1", "1"));
  EXPECT_THAT(Texts("19_999", Value::Number(19'999)), ElementsAre("19_998", "20_000"));
}

TEST(LiteralStepTest, KeepsTheUnitOfPercentagesAndSizes) {
  EXPECT_THAT(Texts("20%", Value::Number(0.2)), ElementsAre("19%", "21%"));
  EXPECT_THAT(Values("20%", Value::Number(0.2)),
              ElementsAre(Value::Number(0.19), Value::Number(0.21)));
  EXPECT_THAT(Texts("10MB", Value::Number(10e6)), ElementsAre("9MB", "11MB"));
  EXPECT_THAT(Values("1.5KiB", Value::Number(1536)),
              ElementsAre(Value::Number(1.4 * 1024), Value::Number(1.6 * 1024)));
}

TEST(LiteralStepTest, DurationsByTheirSmallestUnit) {
  EXPECT_THAT(Texts("14d", Value::Span({14 * kOneDay})), ElementsAre("13d", "15d"));
  EXPECT_THAT(Texts("2w", Value::Span({14 * kOneDay})), ElementsAre("1w", "3w"));
  EXPECT_THAT(Texts("1d12h", Value::Span({kOneDay * 3 / 2})), ElementsAre("1d11h", "1d13h"));
  EXPECT_THAT(Values("90m", Value::Span({5'400'000'000})),
              ElementsAre(Value::Span({5'340'000'000}), Value::Span({5'460'000'000})));
}

TEST(LiteralStepTest, DatesByDaysAndInstantsBySeconds) {
  EXPECT_THAT(Texts("1970-01-02", Value::Time({kOneDay})), ElementsAre("1970-01-01", "1970-01-03"));
  EXPECT_THAT(Texts("1970-01-02T00:00:00Z", Value::Time({kOneDay})),
              ElementsAre("1970-01-01T23:59:59Z", "1970-01-02T00:00:01Z"));
}

TEST(LiteralStepTest, OnlyNeighboursThatExist) {
  EXPECT_THAT(Texts("\"free\"", Value::String("free")), IsEmpty());
  EXPECT_THAT(Texts("true", Value::Bool(true)), IsEmpty());
  // Doubles have no neighbour at distance one there.
  EXPECT_THAT(Texts("9_007_199_254_740_993", Value::Number(9'007'199'254'740'992)), IsEmpty());
  EXPECT_THAT(Texts("0001-01-01", Value::Time({-62'135'596'800'000'000})),
              ElementsAre("0001-01-02"));
}

}  // namespace
}  // namespace pql
