#include "base/number_text.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

#include "gtest/gtest.h"

namespace pql {
namespace {

struct Written {
  double value;
  std::string plain;
  std::string grouped;
};

TEST(NumberTextTest, WritesShortestTextWithoutExponent) {
  const Written kCases[] = {
      {0.0, "0", "0"},
      {-0.0, "0", "0"},
      {1, "1", "1"},
      {-1, "-1", "-1"},
      {0.1, "0.1", "0.1"},
      {0.1 + 0.2, "0.30000000000000004", "0.30000000000000004"},
      {2500, "2500", "2500"},
      {9999, "9999", "9999"},
      {10000, "10000", "10_000"},
      {-10000, "-10000", "-10_000"},
      {-999, "-999", "-999"},
      {123456, "123456", "123_456"},
      {1234567.5, "1234567.5", "1_234_567.5"},
      {12345.678901, "12345.678901", "12_345.678901"},
      {0.00001, "0.00001", "0.00001"},
      {1e6, "1000000", "1_000_000"},
      {1e15, "1000000000000000", "1_000_000_000_000_000"},
      {9007199254740993.0, "9007199254740992", "9_007_199_254_740_992"},
      {1e23, "100000000000000000000000", "100_000_000_000_000_000_000_000"},
      {1.5e-7, "0.00000015", "0.00000015"},
  };
  for (const Written& c : kCases) {
    EXPECT_EQ(FormatNumber(c.value), c.plain);
    EXPECT_EQ(FormatGroupedNumber(c.value), c.grouped);
  }
}

TEST(NumberTextTest, WritesTheEndsOfTheRange) {
  EXPECT_EQ(FormatNumber(std::numeric_limits<double>::max()),
            "17976931348623157" + std::string(292, '0'));
  EXPECT_EQ(FormatNumber(std::numeric_limits<double>::denorm_min()),
            "0." + std::string(323, '0') + "5");
}

TEST(NumberTextTest, ReadsDecimals) {
  const std::pair<std::string, double> kCases[] = {
      {"0", 0},
      {"007", 7},
      {"2500", 2500},
      {"2.5", 2.5},
      {"-2.5", -2.5},
      {"+3", 3},
      {"1e3", 1000},
      {"1E+3", 1000},
      {"1.5e-3", .0015},
      {".5", 0.5},
      {"5.", 5},
      {"1e308", 1e308},
      {"4.9e-324", std::numeric_limits<double>::denorm_min()},
      {"1e-400", 0},
      {"0e999999", 0},
      {"0.0", 0},
      {"9007199254740993", 9007199254740992.0},
      {"0." + std::string(400, '0') + "1", 0},
      {"1e-99999999999999999999", 0},
      {std::string(300, '1') + "e-300", 0.11111111111111111},
      {"0." + std::string(400, '0') + "1e401", 1},
  };
  for (const auto& [text, value] : kCases) {
    const std::optional<double> read = ParseNumber(text);
    ASSERT_TRUE(read.has_value()) << text;
    EXPECT_EQ(*read, value) << text;
  }
}

TEST(NumberTextTest, KeepsTheSignOfNegativeZero) {
  EXPECT_TRUE(std::signbit(ParseNumber("-0").value()));
  EXPECT_TRUE(std::signbit(ParseNumber("-1e-400").value()));
}

TEST(NumberTextTest, RejectsWhatIsNoFiniteNumber) {
  const std::string kCases[] = {"",
                                "-",
                                "+",
                                ".",
                                "-.",
                                "e5",
                                "1e",
                                "1e+",
                                "1e5.5",
                                "1.2.3",
                                "1_000",
                                "1,000",
                                " 1",
                                "1 ",
                                "--1",
                                "+-1",
                                "0x10",
                                "inf",
                                "nan",
                                "-inf",
                                "NaN",
                                "1f",
                                "١",
                                "1e309",
                                "-1e309",
                                "1e999",
                                "1e99999999999999999999",
                                "NA",
                                "1e++5",
                                std::string(400, '9'),
                                std::string("1\0", 2)};
  for (const std::string& text : kCases) EXPECT_FALSE(ParseNumber(text).has_value()) << text;
}

TEST(NumberTextTest, EveryNumberReadsBackAsItself) {
  std::mt19937_64 random(20260301);
  for (int i = 0; i < 30'000; ++i) {
    const double value = std::bit_cast<double>(static_cast<uint64_t>(random()));
    if (!std::isfinite(value)) continue;
    const std::string text = FormatNumber(value);
    ASSERT_EQ(ParseNumber(text), value) << text;
    ASSERT_EQ(text.find_first_not_of("-.0123456789"), std::string::npos) << text;
    std::string grouped = FormatGroupedNumber(value);
    std::erase(grouped, '_');
    ASSERT_EQ(grouped, text);
  }
}

// strtod reads the same language, under the C locale that tests run in.
TEST(NumberTextTest, AgreesWithStrtod) {
  std::mt19937 random(7);
  constexpr std::string_view kAlphabet = "0123456789012345678901234567890123456789..eE+-";
  for (int i = 0; i < 200'000; ++i) {
    std::string text;
    const size_t size = 1 + random() % 12;
    while (text.size() < size) text += kAlphabet[random() % kAlphabet.size()];
    char* end = nullptr;
    const double expected = std::strtod(text.c_str(), &end);
    const bool is_number = *end == '\0' && std::isfinite(expected);
    const std::optional<double> seen = ParseNumber(text);
    ASSERT_EQ(seen.has_value(), is_number) << text;
    if (is_number) {
      ASSERT_EQ(*seen, expected) << text;
    }
  }
}

}  // namespace
}  // namespace pql
