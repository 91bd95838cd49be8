#include "ruleset/coverage.h"

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ruleset/item_graph.h"
#include "tests/ruleset/compiled.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kMetrics =
    "metric a: number\nmetric b: number\nmetric c: bool\nmetric t: timestamp\n";

// "rule r: `a > 1` true false", a condition each.
std::vector<std::string> CoverageOf(std::string_view text) {
  const auto rule_set = Compiled(StrCat(kMetrics, text));
  std::vector<std::string> lines;
  for (const ConditionCoverage& condition :
       MeasureCoverage(rule_set->checked, AllTests(*rule_set)).conditions) {
    lines.push_back(StrCat(DescribeItem(rule_set->checked, condition.item), ": `",
                           rule_set->sources.Text(condition.range), "`",
                           condition.seen_true ? " true" : "",
                           condition.seen_false ? " false" : ""));
  }
  return lines;
}

TEST(CoverageTest, EachAtomAndEachWholeCondition) {
  EXPECT_THAT(CoverageOf("rule r { when a > 1 and b > 1 unless c }\n"
                         "test \"yes\" { given a = 2, b = 2, c = false expect r }\n"
                         "test \"no\" { given a = 2, b = 1, c = false expect not r }\n"),
              ElementsAre("rule r: `a > 1 and b > 1` true false", "rule r: `a > 1` true",
                          "rule r: `b > 1` true false", "rule r: `c` false"));
}

TEST(CoverageTest, MissingIsNeither) {
  EXPECT_THAT(CoverageOf("rule r { when a > 1 }\ntest \"?\" { expect r is missing }\n"),
              ElementsAre("rule r: `a > 1`"));
}

TEST(CoverageTest, DefinesScorecardsAndOutputs) {
  EXPECT_THAT(CoverageOf("define busy = a > 1\n"
                         "scorecard s { add 10 when b > 1 add 1 per 2 of a }\n"
                         "output grade = if s >= 10 then \"A\" else \"B\"\n"
                         "rule r { when busy }\n"
                         "test \"yes\" { given a = 2, b = 2 expect r expect grade == \"A\" }\n"),
              ElementsAre("define busy: `a > 1` true", "scorecard s: `b > 1` true",
                          "output grade: `s >= 10` true", "rule r: `busy` true"));
}

TEST(CoverageTest, OnlyWhatATestSpeaksAbout) {
  EXPECT_THAT(CoverageOf("rule q { when a > 1 }\nrule r { when b > 1 }\n"
                         "test \"q\" { given a = 2, b = 2 expect q }\n"),
              ElementsAre("rule q: `a > 1` true", "rule r: `b > 1`"));
}

TEST(CoverageTest, StageSpeaksAboutEveryRuleThatGivesOne) {
  EXPECT_THAT(CoverageOf("stages pql\nrule q { stage pql when a > 1 }\nrule r { when b > 1 }\n"
                         "test \"q\" { given a = 2, b = 2 expect stage == \"pql\" }\n"),
              ElementsAre("rule q: `a > 1` true", "rule r: `b > 1`"));
}

TEST(CoverageTest, KeepOnlyWhereTheRuleHolds) {
  const std::string_view rule = "rule r { when a > 9 keep while a > 1 }\n";
  EXPECT_THAT(CoverageOf(StrCat(rule, "test \"no\" { given a = 2 expect not r }\n")),
              ElementsAre("rule r: `a > 9` false", "rule r: `a > 1`"));
  EXPECT_THAT(CoverageOf(StrCat(rule, "test \"kept\" { given a = 2 previously r expect r }\n")),
              ElementsAre("rule r: `a > 9` false", "rule r: `a > 1` true"));
}

TEST(CoverageTest, DraftsAndConstantsDontCount) {
  EXPECT_THAT(CoverageOf("rule r { mode draft when a > 1 }\nrule s { when true }\n"
                         "test \"t\" { given a = 2 expect r and s }\n"),
              IsEmpty());
}

TEST(CoverageTest, ATestWithoutItsClockShowsNothing) {
  EXPECT_THAT(CoverageOf("rule r { when a > 1 and t < now }\n"
                         "test \"t\" { given a = 2 expect not r }\n"),
              ElementsAre("rule r: `a > 1 and t < now`", "rule r: `a > 1`", "rule r: `t < now`"));
}

TEST(CoverageTest, Percent) {
  const auto rule_set = Compiled(StrCat(kMetrics,
                                        "rule r { when a > 1 and c }\n"
                                        "test \"yes\" { given a = 2, c = true expect r }\n"
                                        "test \"no\" { given a = 2, c = false expect not r }\n"));
  const Coverage all = MeasureCoverage(rule_set->checked, AllTests(*rule_set));
  EXPECT_EQ(all.outcomes(), 6u);
  EXPECT_EQ(all.seen(), 5u);
  EXPECT_DOUBLE_EQ(all.percent(), 500.0 / 6);
  const uint32_t first[] = {0};
  EXPECT_EQ(MeasureCoverage(rule_set->checked, first).seen(), 3u);
  EXPECT_EQ(MeasureCoverage(rule_set->checked, {}).seen(), 0u);
  EXPECT_EQ(Coverage().percent(), 100);
}

}  // namespace
}  // namespace pql
