#include <string>
#include <string_view>

#include "base/unicode.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

TEST(UnicodeIdentifierTest, StartsAndContinues) {
  for (const char32_t c : {U'a', U'Z', U'_', U'ß', U'ر', U'中', U'अ', U'ｱ'}) {
    EXPECT_TRUE(IsIdentifierStart(c)) << DescribeCodePoint(c);
    EXPECT_TRUE(IsIdentifierContinue(c)) << DescribeCodePoint(c);
  }
  for (const char32_t c : {U'0', U'٢', U'\u0301', U'\u00B7'}) {
    EXPECT_FALSE(IsIdentifierStart(c)) << DescribeCodePoint(c);
    EXPECT_TRUE(IsIdentifierContinue(c)) << DescribeCodePoint(c);
  }
  for (const char32_t c : {U'-', U'.', U' ', U'$', U'@', U'😀', U'\u200C', U'\u200D', U'\u202E',
                           U'²', U'…', U'،', U'\u2E2F'}) {
    EXPECT_FALSE(IsIdentifierStart(c)) << DescribeCodePoint(c);
    EXPECT_FALSE(IsIdentifierContinue(c)) << DescribeCodePoint(c);
  }
}

TEST(UnicodeIdentifierTest, EveryStartMayContinueAndNoneIsInvisible) {
  int starts = 0;
  for (char32_t c = 0; c <= kMaxCodePoint; ++c) {
    if (!IsIdentifierStart(c)) continue;
    ++starts;
    ASSERT_TRUE(IsIdentifierContinue(c)) << DescribeCodePoint(c);
    ASSERT_FALSE(IsBidiControl(c)) << DescribeCodePoint(c);
  }
  EXPECT_GT(starts, 130'000);
}

TEST(UnicodeIdentifierTest, WholeIdentifiers) {
  for (const std::string_view text : {"a", "_", "messages", "größe", "gro\u0308ße", "رسائل",
                                      "メッセージ", "x2", "_1", "عدد_الرسائل", "क्षमा"}) {
    EXPECT_TRUE(IsIdentifier(text)) << text;
  }
  for (const std::string_view text : {"", "2x", "a b", "a.b", "a-b", "é!", "\u0301a", "a\u00A0b",
                                      "a\u200Bb", "a\u202Eb", "😀", "$a"}) {
    EXPECT_FALSE(IsIdentifier(text)) << text;
  }
}

struct JoinerCase {
  std::string_view text;
  bool is_allowed;
  std::string_view why;
};

TEST(UnicodeIdentifierTest, JoinersStandOnlyWhereTheyShow) {
  const JoinerCase kCases[] = {
      {"نامه\u200Cای", true, "A1, an example of UAX #31: Persian, between joining letters"},
      {"می\u200Cخواهم", true, "A1: Persian"},
      {"ن\u064E\u200Cم", true, "A1: a transparent mark between"},
      {"د\u200Cم", false, "dal does not join to the left anyway"},
      {"ن\u200C", false, "nothing behind"},
      {"ن\u200Ca", false, "Latin behind"},
      {"क्\u200Cष", true, "A2: Devanagari conjunct kept apart"},
      {"ക്\u200Cഷ", true, "A2: Malayalam"},
      {"क\u200Cष", false, "no virama"},
      {"क्\u200C", false, "nothing behind"},
      {"क्\u200Ca", false, "another script behind"},
      {"ശ്രീമാന്\u200D", true, "B: Malayalam chillu at the end"},
      {"क्\u200Dष", true, "B: Devanagari half form"},
      {"क\u200Dष", false, "no virama"},
      {"क्\u200Dि", false, "before a dependent vowel"},
      {"a\u200Cb", false, "Latin does not join"},
      {"a\u200Db", false, "Latin has no conjuncts"},
      {"a\u200D", false, "Latin"},
      {"ن\u200Dم", false, "Arabic needs no ZWJ"},
      {"\u200Ca", false, "at the start"},
      {"\u200Da", false, "at the start"},
  };
  for (const JoinerCase& c : kCases) {
    EXPECT_EQ(IsIdentifier(c.text), c.is_allowed) << EscapeUnprintable(c.text) << ": " << c.why;
  }
}

TEST(UnicodeIdentifierTest, SuspectsMixedAndImitatedScripts) {
  for (const std::string_view text : {"messаges",         // Cyrillic a in a Latin word
                                      "pаypаl", "ѕсоре",  // all Cyrillic, looks like "scope"
                                      "а",                // Cyrillic a alone
                                      "ΡΑΝ",              // Greek capitals
                                      "abcابت", "αmessages", "x٢2"}) {
    EXPECT_TRUE(IsSuspiciousIdentifier(text)) << text;
  }
  for (const std::string_view text :
       {"messages", "größe", "x_1", "_", "رسائل", "عدد_الرسائل", "сообщения", "μήκος",
        "メッセージ数", "LINEメッセージ", "订阅", "пользователи", "ا", "क्षमा", "한국어"}) {
    EXPECT_FALSE(IsSuspiciousIdentifier(text)) << text;
  }
}

}  // namespace
}  // namespace pql
