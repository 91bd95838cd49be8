// What the command line of tests/tools/cli_test.cc does not reach: explanations that come from a
// server, newer than this program or out to fool a terminal.

#include "tools/pql/explanation_text.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/strings.h"
#include "tools/pql/explanation_json.h"

namespace pql {
namespace {

std::string Details(const std::string& json) {
  return DetailsText(Json::parse(json), {.utf8 = true, .indent = 2});
}

TEST(ExplanationTextTest, NothingToSay) {
  EXPECT_EQ(Details(R"({"rule": "r", "outcome": "QUALIFIED"})"), "");
  EXPECT_EQ(Details(R"({"explanation": {}})"), "");
}

TEST(ExplanationTextTest, FieldsThatAreNotThere) {
  EXPECT_EQ(Details(R"({"explanation": {"children": [{}]}, "gap": {}, "nextChange": {}})"),
            "  · \n  \n  changes by itself at : becomes \n");
}

TEST(ExplanationTextTest, PeopleAreNotFooledByControlCharacters) {
  const std::string text = Details(
      "{\"explanation\": {\"children\": [{\"source\": \"a\\u001b[31m\", \"outcome\": \"TRUE\","
      "\"sentence\": \"\\u202e\"}]}, \"gap\": {\"changes\": [{\"sentence\": \"\\u001b]0;x\"}]}}");
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
  EXPECT_NE(text.find("<U+202E>"), std::string::npos);
}

// A name for a combination takes its place; one for a single condition does not.
TEST(ExplanationTextTest, NamesOfCombinations) {
  EXPECT_EQ(Details(R"({"explanation": {"children": [
              {"source": "big", "clause": "when", "outcome": "TRUE", "children": [
                {"source": "a > 1 or b > 1", "outcome": "TRUE", "sentence": "1 of 2 holds; one is enough",
                 "children": [{"source": "a > 1", "outcome": "TRUE", "sentence": "a is 2"},
                              {"source": "b > 1", "outcome": "FALSE", "sentence": "b is 0"}]}]}]}})"),
            "  ✓ when big  1 of 2 holds; one is enough\n"
            "    ✓ a > 1   a is 2\n"
            "    ✗ b > 1   b is 0\n");
  EXPECT_EQ(Details(R"({"explanation": {"children": [
              {"source": "big", "clause": "unless", "outcome": "MISSING", "children": [
                {"source": "a > 1", "outcome": "MISSING", "sentence": "a is not known"}]}]}})"),
            "  ? unless big  may apply\n"
            "    ? a > 1     a is not known\n");
}

// One long condition does not push all others to the right.
TEST(ExplanationTextTest, LongConditions) {
  const std::string wide(60, 'w');
  EXPECT_EQ(Details(StrCat(R"({"explanation": {"children": [{"source": ")", wide,
                           R"(", "outcome": "TRUE", "sentence": "long"},
                              {"source": "s", "outcome": "TRUE", "sentence": "short"}]}})")),
            StrCat("  ✓ ", wide, "  long\n  ✓ s  short\n"));
}

TEST(ExplanationTextTest, TheLocaleDecidesAboutTheMarks) {
  setenv("LC_ALL", "", 1);
  setenv("LC_CTYPE", "de_DE.utf8", 1);
  setenv("LANG", "C", 1);
  EXPECT_TRUE(LocaleIsUtf8());
  setenv("LC_ALL", "C", 1);
  EXPECT_FALSE(LocaleIsUtf8());
  setenv("LC_ALL", "C.UTF-8", 1);
  EXPECT_TRUE(LocaleIsUtf8());
  EXPECT_EQ(ExplanationText(Json::parse(R"({"source": "a", "outcome": "FALSE"})"), {}), "no  a\n");
}

TEST(ExplanationJsonTest, TimesHaveTheDecimalsOfProtobuf) {
  EXPECT_EQ(TimeToJson(Timestamp{0}), "1970-01-01T00:00:00Z");
  EXPECT_EQ(TimeToJson(Timestamp{500'000}), "1970-01-01T00:00:00.500Z");
  EXPECT_EQ(TimeToJson(Timestamp{123'000}), "1970-01-01T00:00:00.123Z");
  EXPECT_EQ(TimeToJson(Timestamp{123'400}), "1970-01-01T00:00:00.123400Z");
  EXPECT_EQ(TimeToJson(Timestamp{1}), "1970-01-01T00:00:00.000001Z");
}

}  // namespace
}  // namespace pql
