#include "ruleset/mutants.h"

#include "base/strings.h"
#include "eval/interpreter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ruleset/item_graph.h"
#include "tests/ruleset/compiled.h"

namespace pql {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kMutantMetrics =
    "metric a: number\nmetric b: number\nmetric c: bool\nmetric s: string\nmetric t: timestamp\n";

// "change @ text of the place -> the condition after it" of all mutants.
std::vector<std::string> MutantsOf(std::string_view text) {
  const auto rule_set = Compiled(StrCat(kMutantMetrics, text));
  CheckedRuleSet checked = rule_set->checked;
  std::vector<std::string> lines;
  for (const Item item : ItemsInSourceOrder(checked)) {
    ForEachMutant(rule_set->sources, item, &checked, [&](const Mutant& mutant) {
      EXPECT_EQ(mutant.item, item);
      lines.push_back(
          StrCat(mutant.change, " @ ", rule_set->sources.Text(mutant.range), " -> ", mutant.after));
    });
  }
  return lines;
}

// Those of a condition, without the one that drops the `when`.
std::vector<std::string> MutantsOfCondition(std::string_view condition) {
  std::vector<std::string> lines = MutantsOf(StrCat("rule r { when ", condition, " }\n"));
  EXPECT_EQ(lines.front(), StrCat("the `when` was dropped @ ", condition, " -> "));
  lines.erase(lines.begin());
  return lines;
}

TEST(MutantsTest, Comparisons) {
  EXPECT_THAT(MutantsOfCondition("a >= 2_000"),
              ElementsAre("`>=` became `>` @ >= -> a > 2_000", "`>=` became `<` @ >= -> a < 2_000",
                          "`2_000` became `1999` @ 2_000 -> a >= 1999",
                          "`2_000` became `2001` @ 2_000 -> a >= 2001"));
  EXPECT_THAT(MutantsOfCondition("s == \"x\""), ElementsAre("`==` became `!=` @ == -> s != \"x\""));
  EXPECT_THAT(MutantsOfCondition("a < b"),
              ElementsAre("`<` became `<=` @ < -> a <= b", "`<` became `>=` @ < -> a >= b"));
}

TEST(MutantsTest, ThresholdsInSumsButNotInCalls) {
  EXPECT_THAT(MutantsOfCondition("a > 2 * b"), Contains("`2` became `3` @ 2 -> a > 3 * b"));
  EXPECT_THAT(MutantsOfCondition("coalesce(a, 5) == b"),
              ElementsAre("`==` became `!=` @ == -> coalesce(a, 5) != b"));
}

TEST(MutantsTest, OtherTests) {
  EXPECT_THAT(MutantsOfCondition("a between 1 and 5"),
              ElementsAre("`1` became `0` @ 1 -> a between 0 and 5",
                          "`1` became `2` @ 1 -> a between 2 and 5",
                          "`5` became `4` @ 5 -> a between 1 and 4",
                          "`5` became `6` @ 5 -> a between 1 and 6"));
  EXPECT_THAT(MutantsOfCondition("s in (\"x\", \"y\")"),
              ElementsAre("`in` became `not in` @ in -> s not in (\"x\", \"y\")",
                          "`\"x\"` was dropped @ \"x\" -> ", "`\"y\"` was dropped @ \"y\" -> "));
  EXPECT_THAT(MutantsOfCondition("s in (\"x\")"),
              ElementsAre("`in` became `not in` @ in -> s not in (\"x\")"));
  EXPECT_THAT(MutantsOfCondition("s contains \"x\""),
              ElementsAre("`s contains \"x\"` was turned around @ s contains \"x\" -> "
                          "not s contains \"x\""));
  EXPECT_THAT(MutantsOfCondition("s is missing"),
              ElementsAre("`is missing` became `is present` @ is missing -> s is present"));
  EXPECT_THAT(MutantsOfCondition("t within last 7d"),
              ElementsAre("`within last` became `within next` @ within last -> t within next 7d",
                          "`7d` became `6d` @ 7d -> t within last 6d",
                          "`7d` became `8d` @ 7d -> t within last 8d"));
}

TEST(MutantsTest, Logic) {
  EXPECT_THAT(MutantsOfCondition("c and not c"),
              ElementsAre("`and` became `or` @ and -> c or not c", "`c` was dropped @ c -> ",
                          "`not c` was dropped @ not c -> ", "`not` was dropped @ not -> c"));
  EXPECT_THAT(
      MutantsOfCondition("if c then s == s else c"),
      ElementsAre("`c` became always true @ c -> true", "`c` became always false @ c -> false",
                  "`==` became `!=` @ == -> s != s"));
}

TEST(MutantsTest, AtLeastStaysPossible) {
  EXPECT_THAT(
      MutantsOfCondition("at least 2 of (c, c, c)"),
      ElementsAre("`at least 2` became `at least 1` @ 2 -> at least 1 of (c, c, c)",
                  "`at least 2` became `at least 3` @ 2 -> at least 3 of (c, c, c)",
                  "`c` was dropped @ c -> ", "`c` was dropped @ c -> ", "`c` was dropped @ c -> "));
  EXPECT_THAT(MutantsOfCondition("at least 1 of (c)"), IsEmpty());
}

TEST(MutantsTest, Clauses) {
  EXPECT_THAT(
      MutantsOf("rule r { when c unless c keep while c active from 2026-01-01 until 2026-02-01 }"),
      ElementsAre("the `when` was dropped @ c -> ", "the `unless` was dropped @ c -> ",
                  "the `keep while` was dropped @ c -> ",
                  "`active from 2026-01-01` was dropped @ r -> ",
                  "`active until 2026-02-01` was dropped @ r -> "));
}

TEST(MutantsTest, ScorecardsByLineAndNoScores) {
  EXPECT_THAT(MutantsOf("scorecard p { add 5 when c add 1 per 2 of a }\n"
                        "rule r { when c score a + 1 }\n"),
              UnorderedElementsAre("`add 5 when c` was dropped @ add 5 when c -> ",
                                   "`add 1 per 2 of a` was dropped @ add 1 per 2 of a -> ",
                                   "the `when` was dropped @ c -> "));
}

TEST(MutantsTest, OperatorsAreFoundBehindCommentsAndParentheses) {
  EXPECT_THAT(MutantsOf("rule r { when (a + b) # more > less\n > b }"),
              Contains("`>` became `<=` @ > -> (a + b) # more > less <= b"));
}

TEST(MutantsTest, TheRuleSetIsRestored) {
  const auto rule_set = Compiled(
      StrCat(kMutantMetrics,
             "rule r { when (a > 1 and not c or at least 1 of (c, s in (\"x\", \"y\"))) and "
             "(if c then c else not c) unless s contains \"x\" active from 2026-01-01 }\n"));
  CheckedRuleSet checked = rule_set->checked;
  const Account account(checked);
  EvaluationInput input;
  input.account = &account;
  int changed = 0;
  const auto shape = [](const Rule& rule) {
    std::string text;
    WalkTyped(rule.when, [&](const TypedExpression& node) {
      StrAppend(&text, static_cast<int>(node.kind), ",", static_cast<int>(node.op), ",", node.count,
                ",", node.constant.ToSource(), ";");
    });
    StrAppend(&text, rule.unless.has_value() ? "unless" : "",
              rule.active_from.has_value() ? "from" : "");
    return text;
  };
  const std::string before = shape(checked.rules[0]);
  ForEachMutant(rule_set->sources, {Item::Kind::kRule, 0}, &checked,
                [&](const Mutant&) { changed += shape(checked.rules[0]) != before ? 1 : 0; });
  EXPECT_GT(changed, 15);
  EXPECT_EQ(shape(checked.rules[0]), before);
}

}  // namespace
}  // namespace pql
