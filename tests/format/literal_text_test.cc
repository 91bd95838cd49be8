#include "format/literal_text.h"

#include <string>

#include "base/time_text.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

std::string TextOf(Literal::Kind kind, double number, std::string spelling = "") {
  Literal literal = Literal::Number(number);
  literal.kind = kind;
  literal.spelling = std::move(spelling);
  return LiteralText(literal);
}

TEST(LiteralText, NumbersAreGroupedFromFiveDigitsOn) {
  EXPECT_EQ(TextOf(Literal::Kind::kNumber, 2000, "2_000"), "2000");
  EXPECT_EQ(TextOf(Literal::Kind::kNumber, 12345.5), "12_345.5");
  EXPECT_EQ(TextOf(Literal::Kind::kNumber, 1e6, "10_00_000.00"), "1_000_000");
  EXPECT_EQ(TextOf(Literal::Kind::kNumber, -20000), "-20_000");
}

TEST(LiteralText, PercentagesKeepTheirSpelling) {
  EXPECT_EQ(TextOf(Literal::Kind::kPercent, 0.2, "20%"), "20%");
  EXPECT_EQ(TextOf(Literal::Kind::kPercent, 0.125, "12.50%"), "12.5%");
}

TEST(LiteralText, PercentagesWithoutSpellingAreExact) {
  EXPECT_EQ(TextOf(Literal::Kind::kPercent, 0.07), "7%");
  EXPECT_EQ(TextOf(Literal::Kind::kPercent, 0.29), "29%");
  EXPECT_EQ(TextOf(Literal::Kind::kPercent, 0.0005), "0.05%");
  EXPECT_EQ(TextOf(Literal::Kind::kPercent, 0), "0%");
  EXPECT_EQ(TextOf(Literal::Kind::kPercent, 1000), "100_000%");
}

TEST(LiteralText, SizesKeepTheirUnit) {
  EXPECT_EQ(TextOf(Literal::Kind::kSize, 1e6, "1_000KB"), "1000KB");
  EXPECT_EQ(TextOf(Literal::Kind::kSize, 2.5e10, "25000.0MB"), "25_000MB");
  EXPECT_EQ(TextOf(Literal::Kind::kSize, 1024, "1KiB"), "1KiB");
}

TEST(LiteralText, SizesWithoutSpellingTakeTheLargestUnitTheyFill) {
  EXPECT_EQ(TextOf(Literal::Kind::kSize, 1e7), "10MB");
  EXPECT_EQ(TextOf(Literal::Kind::kSize, 1.5e9), "1.5GB");
  EXPECT_EQ(TextOf(Literal::Kind::kSize, 2e16), "20_000TB");
  EXPECT_EQ(TextOf(Literal::Kind::kSize, 512), "0.512KB");
  EXPECT_EQ(TextOf(Literal::Kind::kSize, 0), "0KB");
}

TEST(LiteralText, DurationsKeepTheirUnits) {
  Literal two_weeks = Literal::Duration(14 * kMicrosPerDay);
  EXPECT_EQ(LiteralText(two_weeks), "14d");
  two_weeks.spelling = "2w";
  EXPECT_EQ(LiteralText(two_weeks), "2w");
  Literal mixed = Literal::Duration(36 * kMicrosPerHour);
  mixed.spelling = "1d12h";
  EXPECT_EQ(LiteralText(mixed), "1d12h");
  Literal many = Literal::Duration(10'000 * kMicrosPerDay);
  many.spelling = "10000d";
  EXPECT_EQ(LiteralText(many), "10_000d");
}

TEST(LiteralText, TimestampsKeepTheirOffset) {
  Literal time = Literal::Timestamp(0);
  EXPECT_EQ(LiteralText(time), "1970-01-01");
  time.spelling = "1970-01-01t01:00:00+01:00";
  EXPECT_EQ(LiteralText(time), "1970-01-01T01:00:00+01:00");
}

TEST(LiteralText, StringsHaveTheEscapesTheyNeed) {
  EXPECT_EQ(LiteralText(Literal::String("größe \"x\"\n")), "\"größe \\\"x\\\"\\n\"");
}

}  // namespace
}  // namespace pql
