#include "ruleset/mutation.h"

#include <algorithm>

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ruleset/test_runner.h"
#include "tests/ruleset/compiled.h"
#include "tests/testing/random.h"
#include "tests/testing/random_rule_set.h"

namespace pql {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Changes(const std::vector<Survivor>& survivors) {
  std::vector<std::string> changes;
  for (const Survivor& survivor : survivors) changes.push_back(survivor.mutant.change);
  return changes;
}

MutationReport Mutate(const std::string& text) {
  const auto rule_set = Compiled(text);
  return RunMutation(*rule_set, AllTests(*rule_set));
}

constexpr std::string_view kSeats = "metric seats: number\nrule big { when seats > 10 }\n";

TEST(MutationTest, TestsOnBothSidesOfAThresholdKillAll) {
  const MutationReport report = Mutate(StrCat(kSeats,
                                              "test \"11\" { given seats = 11 expect big }\n"
                                              "test \"10\" { given seats = 10 expect not big }\n"));
  EXPECT_EQ(report.mutants, 5u);  // the `when`, two operators, two thresholds
  EXPECT_EQ(report.killed, 5u);
  EXPECT_THAT(report.survivors, IsEmpty());
  EXPECT_THAT(report.equivalents, IsEmpty());
  EXPECT_EQ(report.score(), 100);
}

TEST(MutationTest, ASurvivorComesWithTheTestThatKillsIt) {
  const MutationReport report = Mutate(StrCat(kSeats,
                                              "test \"11\" { given seats = 11 expect big }\n"
                                              "test \"few\" { given seats = 5 expect not big }\n"));
  ASSERT_THAT(Changes(report.survivors), ElementsAre("`>` became `>=`", "`10` became `9`"));
  EXPECT_EQ(report.survivors[0].test,
            "test \"big: seats > 10, not seats >= 10\" {\n"
            "  given  seats = 10\n"
            "  expect not big\n"
            "}\n");
  EXPECT_TRUE(report.survivors[1].has_earlier_test);
  EXPECT_EQ(report.survivors[1].test, report.survivors[0].test);
  EXPECT_EQ(report.killed, 3u);
  EXPECT_EQ(report.score(), 60);
}

// Pasting what is printed is enough: the tests pass, and nothing survives any more.
std::string WithKillingTests(std::string text, const MutationReport& report) {
  for (const Survivor& survivor : report.survivors) {
    if (!survivor.has_earlier_test) StrAppend(&text, survivor.test);
  }
  return text;
}

struct RoundTripCase {
  const char* name;
  const char* text;
};

class MutationRoundTripTest : public ::testing::TestWithParam<RoundTripCase> {};

TEST_P(MutationRoundTripTest, PastedTestsKillEverySurvivor) {
  const std::string text = GetParam().text;
  const MutationReport before = Mutate(text);
  ASSERT_GT(before.survivors.size(), 0u);
  EXPECT_THAT(Changes(before.equivalents), IsEmpty());
  const auto pasted = Compiled(WithKillingTests(text, before));
  for (const TestResult& result : RunTests(*pasted)) EXPECT_TRUE(result.passed());
  const MutationReport after = RunMutation(*pasted, AllTests(*pasted));
  EXPECT_THAT(Changes(after.survivors), IsEmpty());
  EXPECT_EQ(after.killed, before.mutants);
}

INSTANTIATE_TEST_SUITE_P(
    , MutationRoundTripTest,
    ::testing::Values(
        RoundTripCase{"Logic",
                      "metric a: number default 0\nmetric b: number default 0\nmetric c: bool\n"
                      "rule r { when a >= 20 and b > 2 or c unless at least 2 of (a > 90, b > 90, "
                      "not c) }\n"},
        RoundTripCase{"Defines",
                      "metric a: number\nmetric plan: one of (\"free\", \"pro\", \"team\")\n"
                      "define paying = plan in (\"pro\", \"team\")\ndefine busy = a * 2 > 50\n"
                      "rule r { when busy and not paying }\nrule q { when paying }\n"},
        RoundTripCase{
            "Time",
            "metric t: timestamp\n"
            "rule fresh { when t within last 14d and now - t >= 2d }\n"
            "rule spring { when t is present active from 2026-03-01 until 2026-06-01 }\n"},
        RoundTripCase{"Keep", "metric a: number\nrule r { when a >= 20 keep while a >= 15 }\n"},
        RoundTripCase{"Texts",
                      "metric s: string\nmetric l: list(string)\n"
                      "rule r { when s ends with \".edu\" and l contains \"sso\" }\n"
                      "rule q { when s matches \"^a\" or s is missing }\n"},
        RoundTripCase{"OutputsAndScores",
                      "metric a: number default 0\nmetric c: bool default false\n"
                      "scorecard p cap 50 { add 20 when c add 1 per 2 of a up to 30 }\n"
                      "output grade = if p >= 40 then \"A\" else \"B\"\n"
                      "rule r { when a >= 1 score p }\n"}),
    [](const auto& info) { return info.param.name; });

TEST(MutationTest, AConditionWithoutEffectSeemsEquivalent) {
  const MutationReport report = Mutate(
      "metric a: number\nrule r { when a > 10 and a > 5 }\n"
      "test \"11\" { given a = 11 expect r }\ntest \"10\" { given a = 10 expect not r }\n");
  EXPECT_THAT(Changes(report.equivalents), ElementsAre("`a > 5` was dropped", "`>` became `>=`",
                                                       "`5` became `4`", "`5` became `6`"));
  EXPECT_THAT(Changes(report.survivors), IsEmpty());
  EXPECT_EQ(report.score(), 100);
}

TEST(MutationTest, OnlyTheTestsGivenCount) {
  const auto rule_set = Compiled(StrCat(kSeats,
                                        "test \"11\" { given seats = 11 expect big }\n"
                                        "test \"10\" { given seats = 10 expect not big }\n"));
  const uint32_t first[] = {0};
  EXPECT_EQ(RunMutation(*rule_set, first).killed, 2u);
  EXPECT_EQ(RunMutation(*rule_set, {}).killed, 0u);
}

TEST(MutationTest, AStageCanKill) {
  const MutationReport report = Mutate(
      "metric a: number\nstages pql\nrule r { stage pql when a > 10 }\n"
      "test \"11\" { given a = 11 expect stage == \"pql\" }\n"
      "test \"10\" { given a = 10 expect stage is missing }\n");
  EXPECT_EQ(report.killed, report.mutants);
}

TEST(MutationTest, DraftsHaveNoMutants) {
  EXPECT_EQ(Mutate("metric a: number\nrule r { mode draft when a > 10 }\n").mutants, 0u);
}

TEST(MutationTest, NamesOfNewTestsAreNew) {
  const MutationReport report = Mutate(StrCat(
      kSeats, "test \"big: seats > 10, not seats >= 10\" { given seats = 11 expect big }\n"));
  ASSERT_THAT(Changes(report.survivors), Contains("`>` became `>=`"));
  EXPECT_THAT(WithKillingTests("", report), ::testing::HasSubstr("seats >= 10 (2)\""));
}

// Whatever the rule set: what is printed compiles, passes, and kills as many mutants as it says.
TEST(MutationTest, RandomRuleSets) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    SCOPED_TRACE(StrCat("seed ", seed));
    testing::Random random(seed);
    testing::RandomRuleSetOptions options;
    options.metrics = 4;
    options.rules = 2;
    options.max_depth = 2;
    const std::string text = testing::RandomRuleSetSource(&random, options);
    const auto rule_set = Compiled(text);
    MutationOptions quick;
    quick.witness.max_evaluations = 300;
    const MutationReport before = RunMutation(*rule_set, {}, quick);
    EXPECT_EQ(before.killed, 0u);
    EXPECT_EQ(before.survivors.size() + before.equivalents.size(), before.mutants);
    const auto pasted = Compiled(WithKillingTests(text, before));
    for (const TestResult& result : RunTests(*pasted)) EXPECT_TRUE(result.passed());
    quick.witness.max_evaluations = 1;
    EXPECT_GE(RunMutation(*pasted, AllTests(*pasted), quick).killed, before.survivors.size());
  }
}

}  // namespace
}  // namespace pql
