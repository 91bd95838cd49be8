#include "eval/pattern_example.h"

#include "gtest/gtest.h"

namespace pql {
namespace {

std::string Example(const char* pattern) {
  const re2::RE2 compiled(pattern);
  EXPECT_TRUE(compiled.ok()) << pattern;
  return ExampleOf(compiled).value_or("none");
}

TEST(PatternExampleTest, WritesWhatThePatternAsksFor) {
  EXPECT_EQ(Example("^a"), "a");
  EXPECT_EQ(Example("@(gmail|outlook)\\.(com|de)$"), "@gmail.com");
  EXPECT_EQ(Example("^[A-Z]{2}[0-9]+$"), "AA0");
  EXPECT_EQ(Example("a.c\\d\\s(?:b|c)?x*?"), "axc1 bx");
  EXPECT_EQ(Example("^(a(b|c)|d)e{1,3}$"), "abe");
  EXPECT_EQ(Example("[^a]b"), "~b");
  EXPECT_EQ(Example("größe|رسائل"), "größe");
  EXPECT_EQ(Example(""), "");
}

TEST(PatternExampleTest, SaysNothingRatherThanSomethingWrong) {
  EXPECT_EQ(Example("^[^~]$"), "none");
  EXPECT_EQ(Example("(?i)^abc"), "none");
}

}  // namespace
}  // namespace pql
