#include "language/value.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>

#include "base/time_text.h"
#include "gtest/gtest.h"
#include "tests/language/values.h"

namespace pql {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
TEST(ValueTest, NumbersAreFiniteAndZeroHasNoSign) {
  EXPECT_TRUE(Value::Number(kInfinity).IsMissing());
  EXPECT_TRUE(Value::Number(-kInfinity).IsMissing());
  EXPECT_TRUE(Value::Number(kNan).IsMissing());
  EXPECT_FALSE(std::signbit(Value::Number(-0.0).number()));
  EXPECT_EQ(Value::Number(-5e-324).number(), -5e-324);
}

TEST(ValueTest, ListElementsAreFiniteAndZeroHasNoSign) {
  EXPECT_TRUE(Value::List(Value::NumberList{1, kNan}).IsMissing());
  EXPECT_TRUE(Value::List(Value::NumberList{kInfinity}).IsMissing());
  EXPECT_FALSE(std::signbit(Value::List(Value::NumberList{-0.0}).numbers()[0]));
  EXPECT_TRUE(Value::List(Value::NumberList{}).IsNumberList());
}

TEST(ValueTest, TimestampsAreOfTheYears1To9999) {
  EXPECT_TRUE(Value::Time({kMinTimestampMicros}).IsTimestamp());
  EXPECT_TRUE(Value::Time({kMinTimestampMicros - 1}).IsMissing());
  EXPECT_TRUE(Value::Time({kMaxTimestampMicros}).IsTimestamp());
  EXPECT_TRUE(Value::Time({kMaxTimestampMicros + 1}).IsMissing());
}

TEST(ValueTest, RoundedSpanRoundsHalfAwayFromZero) {
  EXPECT_EQ(Value::RoundedSpan(2.5), Value::Span({3}));
  EXPECT_EQ(Value::RoundedSpan(-2.5), Value::Span({-3}));
  EXPECT_EQ(Value::RoundedSpan(2.4), Value::Span({2}));
  EXPECT_EQ(Value::RoundedSpan(-9223372036854775808.0), Value::Span({kLeast}));
  EXPECT_EQ(Value::RoundedSpan(9223372036854774784.0), Value::Span({9223372036854774784}));
  EXPECT_TRUE(Value::RoundedSpan(9223372036854775808.0).IsMissing());
  EXPECT_TRUE(Value::RoundedSpan(-9223372036854777856.0).IsMissing());
  EXPECT_TRUE(Value::RoundedSpan(kInfinity).IsMissing());
  EXPECT_TRUE(Value::RoundedSpan(kNan).IsMissing());
}

struct FitsRow {
  Value value;
  Type type;
  bool fits;
};

TEST(ValueTest, Fits) {
  const Type plan = Type::OneOf({"free", "pro"});
  const FitsRow kRows[] = {
      {Value::Number(1), Type::Number("bytes"), true},
      {Value::Number(1), Type::Bool(), false},
      {Value::Number(1), Type::Duration(), false},
      {Value::Bool(true), Type::Bool(), true},
      {Value::String("free"), Type::String(), true},
      {Value::String("free"), plan, true},
      {Value::String("Free"), plan, false},
      {Value::String("free"), Type::StringList(), false},
      {Value::Time({0}), Type::Timestamp(), true},
      {Value::Time({0}), Type::Duration(), false},
      {Value::Span({0}), Type::Duration(), true},
      {Value::List(Value::NumberList{1}), Type::NumberList(), true},
      {Value::List(Value::NumberList{1}), Type::StringList(), false},
      {Value::List(Value::StringList{}), Type::StringList(), true},
      {Value::Number(1), Type(), true},
      {Value::Missing(), Type::Number(), true},
      {Value::Missing(), plan, true},
  };
  for (const FitsRow& row : kRows) {
    EXPECT_EQ(row.value.Fits(row.type), row.fits)
        << row.value.ToSource() << " as " << row.type.ToString();
  }
}

struct SourceRow {
  Value value;
  const char* source;
};

TEST(ValueTest, ToSource) {
  const SourceRow kRows[] = {
      {Value::Missing(), "missing"},
      {Value::Number(0.1), "0.1"},
      {Value::Number(-2500), "-2500"},
      {Value::Number(1234567.5), "1_234_567.5"},
      {Value::Bool(true), "true"},
      {Value::Bool(false), "false"},
      {Value::String("free"), "\"free\""},
      {Value::Time({1'772'323'200 * kMicrosPerSecond}), "2026-03-01"},
      {Value::Time({-1}), "1969-12-31T23:59:59.999999Z"},
      {Value::Span({36 * kMicrosPerHour}), "1d12h"},
      {Value::Span({0}), "0s"},
      {Value::List(Value::NumberList{1, 2.5}), "[1, 2.5]"},
      {Value::List(Value::NumberList{}), "[]"},
      {Value::List(Value::StringList{"sso", "a\"b"}), R"(["sso", "a\"b"])"},
  };
  for (const SourceRow& row : kRows) EXPECT_EQ(row.value.ToSource(), row.source);
  EXPECT_EQ(Value::Span({kMost}).ToSource(), "106751991d4h54.775807s");
  EXPECT_EQ(Value::Span({kLeast}).ToSource(), "-106751991d4h54.775808s");
}

TEST(ValueTest, Equality) {
  EXPECT_EQ(Value::Missing(), Value());
  EXPECT_EQ(Value::Number(0.0), Value::Number(-0.0));
  EXPECT_FALSE(Value::Number(1) == Value::Bool(true));
  EXPECT_FALSE(Value::Time({1}) == Value::Span({1}));
  EXPECT_FALSE(Value::Missing() == Value::Bool(false));
}

}  // namespace
}  // namespace pql
