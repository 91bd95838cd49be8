// Order of evaluation, cycles, modes and the clock.

#include <algorithm>
#include <string>
#include <vector>

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/checker/check_text.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

bool ReadsClock(const std::string& declarations, const std::string& test_body) {
  const Checked checked = CheckText(StrCat(declarations, "\ntest \"t\" {\n", test_body, "\n}\n"));
  EXPECT_THAT(checked.Names(), IsEmpty()) << checked.Render();
  return !checked.rule_set.tests.empty() && checked.rule_set.tests[0].reads_clock;
}

constexpr std::string_view kClockRules = R"pql(
stages mql < pql
metric messages: number default 0
metric since: timestamp
define fresh = since > now - 7d
define indirect = fresh and messages > 1
define timeless = messages > 1
scorecard points { add 5 when indirect }
scorecard per_points { add 5 per 1d of now - since }
rule quiet { when timeless }
rule recent { when since within last 7d }
rule soon { when since within next 7d }
rule seasonal { when timeless active from 2026-01-01 }
rule held { when timeless keep while indirect }
rule barred { when timeless unless indirect }
rule ranked { when timeless score per_points + days(now - since) }
rule ranked_and_recent { when recent score points }
rule needs_ranked { when ranked }
)pql";

TEST(ReadsClockTest, WhereAnythingThatATestDependsOnMentionsIt) {
  const std::string rules(kClockRules);
  for (const std::string expect :
       {"fresh", "indirect", "points > 3", "per_points > 3", "recent", "soon", "seasonal", "held",
        "barred", "ranked_and_recent", "now > 2026-01-01", "since within last 3d",
        "timeless or points > 3"}) {
    EXPECT_TRUE(ReadsClock(rules, StrCat("expect ", expect))) << expect;
  }
  EXPECT_TRUE(ReadsClock(rules, "given since = now - 3d\nexpect timeless"));
  EXPECT_TRUE(ReadsClock(rules, "given since = now\nexpect timeless"));
}

TEST(ReadsClockTest, NotOtherwise) {
  const std::string rules(kClockRules);
  for (const std::string expect : {"timeless", "quiet", "not quiet", "quiet is missing",
                                   "since > 2026-01-01", "ranked", "not ranked", "needs_ranked"}) {
    EXPECT_FALSE(ReadsClock(rules, StrCat("expect ", expect))) << expect;
  }
  EXPECT_FALSE(ReadsClock(rules, "given since = 2026-01-01\npreviously recent\nexpect timeless"));
}

TEST(ReadsClockTest, StageDependsOnEveryActiveRuleWithAStage) {
  const std::string base = "stages mql < pql\nmetric since: timestamp\nmetric n: number\n";
  const std::string body = "expect stage is missing";
  EXPECT_FALSE(ReadsClock(base + "rule a { stage pql when n > 1 }", body));
  EXPECT_TRUE(ReadsClock(base + "rule a { stage pql when since < now }", body));
  EXPECT_FALSE(ReadsClock(base + "rule a { when since < now }", body));
  EXPECT_FALSE(ReadsClock(base + "rule a { stage pql mode shadow when since < now }", body));
}

TEST(EvaluationOrderTest, EachItemComesAfterWhatItDependsOn) {
  const Checked checked = CheckText(R"pql(
metric n: number
define a = b > 2
define b = z_points + n
scorecard z_points { add 5 when m_rule }
rule m_rule { when c }
define c = n > 3
output d = a and m_rule
)pql");
  ASSERT_THAT(checked.Names(), IsEmpty()) << checked.Render();
  const CheckedRuleSet& set = checked.rule_set;
  std::vector<std::string> names;
  for (const Item& item : set.evaluation_order) {
    names.push_back(item.kind == Item::Kind::kDefine      ? set.defines[item.index].name
                    : item.kind == Item::Kind::kScorecard ? set.scorecards[item.index].name
                                                          : set.rules[item.index].name);
  }
  EXPECT_THAT(names, ElementsAre("c", "m_rule", "z_points", "b", "a", "d"));
  EXPECT_EQ(checked.FindDefine("b")->value.type, Type::Number());
}

TEST(CycleTest, OneFindingACycle) {
  const Checked checked = CheckText(R"pql(
define a = b
define b = c
define c = a
define own = not own
define outside = a and own
rule r { when s }
rule s { when r }
)pql");
  EXPECT_THAT(checked.Names(), ElementsAre("cycle", "cycle", "cycle")) << checked.Render();
}

TEST(CycleTest, ShowsAShortestWay) {
  const Checked checked = CheckText(R"pql(
define a = b and c
define b = c
define c = a
)pql");
  ASSERT_THAT(checked.Names(), ElementsAre("cycle"));
  EXPECT_THAT(checked.findings[0].Message(),
              HasSubstr("`a` depends on itself: `a` needs `c`, which needs `a`"));
  EXPECT_EQ(checked.sources->Text(checked.findings[0].range), "c");
}

TEST(CycleTest, ThroughScorecardsAndRules) {
  const Checked checked = CheckText(R"pql(
metric n: number
scorecard points { add 5 when hot  add 1 per 2 of n }
rule hot { when n > 1 keep while points > 3 }
)pql");
  EXPECT_THAT(checked.Names(), ElementsAre("cycle")) << checked.Render();
}

TEST(CycleTest, NothingInOrAboveACycleHasAFurtherFinding) {
  const Checked checked = CheckText(R"pql(
define a = if b then 1 else 2
define b = a
rule r { when b score a }
)pql");
  EXPECT_THAT(checked.Names(), ElementsAre("cycle")) << checked.Render();
}

TEST(InactiveDependencyTest, ThroughDefinesAndScorecardsAndRules) {
  const std::string base = R"pql(
metric n: number
rule idea { mode draft when n > 5 }
rule watched { mode shadow when n > 7 }
define through = watched
define further = through and n > 1
scorecard points { add 5 when further }
)pql";
  for (const std::string bad :
       {"rule r { when idea }", "rule r { when n > 1 unless watched }", "rule r { when further }",
        "rule r { when n > 1 keep while points > 3 }", "rule r { when n > 1 score points }",
        "output o = watched", "output o = points",
        // The second rule depends on the first, whose finding says it all.
        "rule r { when idea } rule q { when r }", "output o = idea rule q { when o }"}) {
    const Checked checked = CheckText(base + bad);
    EXPECT_THAT(checked.Names(), ElementsAre("inactive-dependency")) << bad << checked.Render();
  }
  for (const std::string fine :
       {"rule r { mode shadow when idea and points > 1 }", "rule r { mode draft when watched }",
        "define d = idea", "scorecard s { add 5 when idea }"}) {
    EXPECT_THAT(CheckText(base + fine).Names(), IsEmpty()) << fine;
  }
}

}  // namespace
}  // namespace pql
