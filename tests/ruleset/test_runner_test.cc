#include "ruleset/test_runner.h"

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ruleset/compiled.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kRules =
    "metric a: number\nmetric `two words`: number\nmetric t: timestamp\nstages pql\n"
    "rule r { stage pql when a > 1 and `two words` > 1 }\n"
    "rule fresh { when t within last 7d }\n"
    "rule kept { when a > 9 keep while a > 5 }\n";

// The failures of the only test of the text, or its error.
std::vector<std::string> Failures(std::string_view test) {
  const auto rule_set = Compiled(StrCat(kRules, "test \"t\" {", test, "}\n"));
  const TestResult result = RunTest(*rule_set, 0);
  std::vector<std::string> messages;
  for (const ExpectFailure& failure : result.failures) messages.push_back(failure.message);
  if (!result.error.empty()) messages.push_back(result.error);
  EXPECT_EQ(result.passed(), messages.empty());
  return messages;
}

TEST(TestRunnerTest, PassesWhenAllIsTrue) {
  EXPECT_THAT(Failures("given a = 2, `two words` = 2 expect r expect stage == \"pql\" "
                       "expect not kept"),
              IsEmpty());
}

TEST(TestRunnerTest, SaysWhatIsNotSo) {
  EXPECT_THAT(Failures("given a = 2, `two words` = 2 expect not r"),
              ElementsAre("expected `r` not to qualify, but it does"));
  EXPECT_THAT(Failures("given a = 1 expect r expect a > 5"),
              ElementsAre("expected `r` to qualify, but it does not",
                          "expected this to be true, but it is false"));
}

TEST(TestRunnerTest, UndecidedIsNotTrueAndNamesWhatIsNotGiven) {
  EXPECT_THAT(Failures("given a = 2 expect r"),
              ElementsAre("expected `r` to qualify, but it is undecided because nothing is given "
                          "for `two words`"));
  EXPECT_THAT(Failures("given a = 2 expect not r"),
              ElementsAre(HasSubstr("expected this to be true, but it is undecided")));
  EXPECT_THAT(Failures("given a = 2 expect r is missing"), IsEmpty());
}

TEST(TestRunnerTest, NeedsAClockForWhatReadsIt) {
  EXPECT_THAT(Failures("given t = 2026-03-01 expect fresh"),
              ElementsAre(HasSubstr("needs a clock")));
  EXPECT_THAT(Failures("at 2026-03-08 given t = 2026-03-01 expect not fresh"), IsEmpty());
  EXPECT_THAT(Failures("at 2026-03-07T23:59:59Z given t = 2026-03-01 expect fresh"), IsEmpty());
}

TEST(TestRunnerTest, GivesTimesRelativeToTheClock) {
  EXPECT_THAT(Failures("at 2026-03-08 given t = now - 3d expect t == 2026-03-05 expect fresh"),
              IsEmpty());
  EXPECT_THAT(Failures("at 2026-03-08 given t = now expect fresh"), IsEmpty());
  EXPECT_THAT(Failures("at 2026-03-08 given t = now + 1d expect not fresh"), IsEmpty());
  // Past the year 9999 it is as if nothing was given.
  EXPECT_THAT(Failures("at 9999-12-31 given t = now + 2d expect t is missing"), IsEmpty());
}

TEST(TestRunnerTest, PreviouslyHeldRulesAreKept) {
  EXPECT_THAT(Failures("given a = 6 previously kept expect kept"), IsEmpty());
  EXPECT_THAT(Failures("given a = 5 previously kept expect not kept"), IsEmpty());
  EXPECT_THAT(Failures("given a = 6 expect not kept"), IsEmpty());
}

TEST(TestRunnerTest, RunsThoseSelectedInOrder) {
  const auto rule_set = Compiled(StrCat(kRules,
                                        "test \"b\" { expect r }\ntest \"a\" { expect true }\n"
                                        "test \"ab\" { expect true }\n"));
  const auto results = RunTests(*rule_set, [](const std::string& name) { return name != "a"; });
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].test, 0u);
  EXPECT_FALSE(results[0].passed());
  EXPECT_EQ(results[1].test, 2u);
  EXPECT_EQ(RunTests(*rule_set).size(), 3u);
}

TEST(TestRunnerTest, AFailurePointsAtItsExpectation) {
  const auto rule_set = Compiled(StrCat(kRules, "test \"t\" { expect true expect a > 5 }\n"));
  const TestResult result = RunTest(*rule_set, 0);
  ASSERT_EQ(result.failures.size(), 1u);
  EXPECT_EQ(result.failures[0].expect, 1u);
  EXPECT_EQ(rule_set->sources.Text(result.failures[0].range), "a > 5");
  EXPECT_TRUE(result.failures[0].seen.IsMissing());
  EXPECT_THAT(result.failures[0].missing, ElementsAre("a"));
}

}  // namespace
}  // namespace pql
