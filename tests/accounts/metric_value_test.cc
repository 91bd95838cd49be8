#include "accounts/metric_value.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "base/strings.h"

namespace pql {
namespace {

using testing::HasSubstr;

Metric MetricOf(Type type) {
  Metric metric;
  metric.name = "m";
  metric.type = std::move(type);
  return metric;
}

std::string Message(const absl::StatusOr<Value>& value) {
  EXPECT_EQ(value.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(value.status().message());
}

TEST(MetricValueTest, TakesWhatFits) {
  EXPECT_EQ(*MetricFromNumber(MetricOf(Type::Number()), 2.5), Value::Number(2.5));
  EXPECT_EQ(*MetricFromBool(MetricOf(Type::Bool()), true), Value::Bool(true));
  EXPECT_EQ(*MetricFromString(MetricOf(Type::String()), "DE"), Value::String("DE"));
  EXPECT_EQ(*MetricFromString(MetricOf(Type::OneOf({"a", "b"})), "b"), Value::String("b"));
  EXPECT_EQ(*MetricFromString(MetricOf(Type::Timestamp()), "1970-01-01T00:00:01Z"),
            Value::Time({1'000'000}));
  EXPECT_EQ(*MetricFromString(MetricOf(Type::Duration()), "36h"),
            Value::Span({36LL * 3600 * 1'000'000}));
  EXPECT_EQ(*MetricFromNumberList(MetricOf(Type::NumberList()), {1, 2}),
            Value::List(Value::NumberList{1, 2}));
  EXPECT_EQ(*MetricFromStringList(MetricOf(Type::StringList()), {"a"}),
            Value::List(Value::StringList{"a"}));
  EXPECT_EQ(*MetricFromEmptyList(MetricOf(Type::NumberList())), Value::List(Value::NumberList{}));
  EXPECT_EQ(*MetricFromEmptyList(MetricOf(Type::StringList())), Value::List(Value::StringList{}));
}

TEST(MetricValueTest, NamesMetricExpectedAndSeen) {
  EXPECT_EQ(Message(MetricFromString(MetricOf(Type::Number()), "three")),
            "metric `m`: expected a number, got the string \"three\"");
  EXPECT_EQ(Message(MetricFromNumber(MetricOf(Type::String()), 2500)),
            "metric `m`: expected a string, got the number 2500");
  EXPECT_THAT(Message(MetricFromBool(MetricOf(Type::Number()), true)), HasSubstr("got `true`"));
  EXPECT_THAT(Message(MetricFromNumberList(MetricOf(Type::StringList()), {1})),
              HasSubstr("got a list of numbers"));
  EXPECT_THAT(Message(MetricFromEmptyList(MetricOf(Type::Number()))),
              HasSubstr("got an empty list"));
  EXPECT_EQ(MetricTypeError(MetricOf(Type::Number()), "an object").message(),
            "metric `m`: expected a number, got an object");
}

TEST(MetricValueTest, OnlyFiniteNumbers) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const double number : {infinity, -infinity, std::numeric_limits<double>::quiet_NaN()}) {
    EXPECT_THAT(Message(MetricFromNumber(MetricOf(Type::Number()), number)), HasSubstr("finite"));
    EXPECT_THAT(Message(MetricFromNumberList(MetricOf(Type::NumberList()), {1, number})),
                HasSubstr("finite"));
  }
}

TEST(MetricValueTest, OptionsAreSuggested) {
  const Metric plan = MetricOf(Type::OneOf({"free", "pro", "business"}));
  EXPECT_EQ(Message(MetricFromString(plan, "buisness")),
            "metric `m`: expected one of `free`, `pro`, `business`, got `buisness`; did you mean "
            "`business`?");
  EXPECT_EQ(Message(MetricFromString(plan, "Free")),
            "metric `m`: expected one of `free`, `pro`, `business`, got `Free`; did you mean "
            "`free`?");
  EXPECT_THAT(Message(MetricFromString(plan, "")), testing::Not(HasSubstr("did you mean")));
}

TEST(MetricValueTest, TimesOfDatabasesAreSuggested) {
  EXPECT_THAT(Message(MetricFromString(MetricOf(Type::Timestamp()), "2026-03-01 08:30:00")),
              HasSubstr("write `2026-03-01T08:30:00Z` if that is the time in UTC"));
  EXPECT_THAT(Message(MetricFromString(MetricOf(Type::Timestamp()), "yesterday")),
              testing::Not(HasSubstr("write")));
}

TEST(MetricValueTest, ShownTextIsEscapedAndCut) {
  EXPECT_EQ(ShownText("a\nb"), "`a<U+000A>b`");
  EXPECT_EQ(ShownText("\xff"), "`<0xFF>`");
  EXPECT_EQ(ShownText(std::string(60, 'x')), "`" + std::string(60, 'x') + "`");
  EXPECT_EQ(ShownText(std::string(61, 'x')), "`" + std::string(60, 'x') + "...`");
  const std::string umlauts = ShownText(StrCat(std::string(59, 'x'), "äöü"));
  EXPECT_EQ(umlauts, StrCat("`", std::string(59, 'x'), "ä...`"));
}

TEST(MetricValueTest, CellsOfSpreadsheets) {
  EXPECT_EQ(*ValueFromCell(Type::Bool(), "TRUE"), Value::Bool(true));
  EXPECT_EQ(*ValueFromCell(Type::Bool(), "False"), Value::Bool(false));
  EXPECT_EQ(*ValueFromCell(Type::Number(), "2.5e3"), Value::Number(2500));
  EXPECT_EQ(*ValueFromCell(Type::StringList(), R"(["a","b"])"),
            Value::List(Value::StringList{"a", "b"}));
  EXPECT_EQ(*ValueFromCell(Type::NumberList(), "[1, 2.5]"), Value::List(Value::NumberList{1, 2.5}));
  EXPECT_EQ(*ValueFromCell(Type::String(), "TRUE"), Value::String("TRUE"));
  for (const char* cell : {"yes", "1", "truee", "tru"}) {
    EXPECT_FALSE(ValueFromCell(Type::Bool(), cell).ok()) << cell;
  }
  for (const char* cell : {"NaN", "inf", "1e999", "0x10", "5%", "1 000", "--1", "12abc"}) {
    EXPECT_FALSE(ValueFromCell(Type::Number(), cell).ok()) << cell;
  }
  EXPECT_THAT(Message(ValueFromCell(Type::Number(), "2,500")), HasSubstr("separators"));
  for (const char* cell : {"a", "[1]", "[\"a\", 1]", "[null]", "[[\"a\"]]", "{}", "[\"a\""}) {
    EXPECT_FALSE(ValueFromCell(Type::StringList(), cell).ok()) << cell;
  }
  EXPECT_FALSE(ValueFromCell(Type::String(), "\xff").ok());
}

}  // namespace
}  // namespace pql
