#include "ruleset/rule_set.h"

#include "base/strings.h"
#include "diagnostics/diagnostic_table.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const SourceText kMetricsFile = {"metrics.pql", "metric a: number\n"};
const SourceText kRulesFile = {"rules.pql", "rule s { when a > 2 }\nrule r { when a > 1 }\n"};

TEST(RuleSetTest, TheOrderOfSourcesDoesNotMatter) {
  const CompileResult one = CompileRuleSet("x", {kMetricsFile, kRulesFile});
  const CompileResult other = CompileRuleSet("x", {kRulesFile, kMetricsFile});
  ASSERT_TRUE(one.ok());
  ASSERT_TRUE(other.ok());
  EXPECT_EQ(one.rule_set->id, "x");
  EXPECT_EQ(one.rule_set->digest, other.rule_set->digest);
  EXPECT_EQ(one.rule_set->sources.file(0).name(), "metrics.pql");
  EXPECT_EQ(other.rule_set->sources.file(0).name(), "metrics.pql");
}

TEST(RuleSetTest, TheConfigurationOfTheLinterIsASourceButNoRules) {
  const SourceText config = {"x/.pqllint", "allow naming because of the warehouse\n"};
  const CompileResult result = CompileRuleSet("x", {kMetricsFile, kRulesFile, config});
  EXPECT_THAT(result.diagnostics, IsEmpty());
  EXPECT_EQ(result.rule_set->sources.size(), 3u);
  EXPECT_EQ(result.rule_set->files.size(), 3u);
  EXPECT_NE(result.rule_set->digest, DigestOf({kMetricsFile, kRulesFile}));
  EXPECT_TRUE(IsLintConfig(".pqllint"));
  EXPECT_FALSE(IsLintConfig("x/y.pqllint"));
}

TEST(RuleSetTest, TheDigestTellsNamesAndTextsApart) {
  const std::string digest = DigestOf({kMetricsFile, kRulesFile});
  EXPECT_EQ(digest.size(), 64u);
  EXPECT_EQ(digest, CompileRuleSet("x", {kMetricsFile, kRulesFile}).rule_set->digest);
  EXPECT_NE(digest, DigestOf({kMetricsFile}));
  EXPECT_NE(DigestOf({{"a", "bc"}}), DigestOf({{"ab", "c"}}));
  EXPECT_NE(DigestOf({{"a", "b"}, {"c", "d"}}), DigestOf({{"a", "bc"}, {"d", ""}}));
}

TEST(RuleSetTest, KnowsTheSyntaxOfEachRule) {
  const CompileResult result = CompileRuleSet("x", {kMetricsFile, kRulesFile});
  const RuleSet& rule_set = *result.rule_set;
  ASSERT_EQ(rule_set.rule_syntax.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    ASSERT_NE(rule_set.rule_syntax[i], nullptr);
    EXPECT_EQ(rule_set.rule_syntax[i]->name.text, rule_set.checked.rules[i].name);
  }
  EXPECT_EQ(rule_set.checked.rules[0].name, "r");
}

TEST(RuleSetTest, OfTwoRulesOfANameTheFirstHasTheSyntax) {
  const CompileResult result = CompileRuleSet(
      "x",
      {kMetricsFile, {"r1.pql", "rule r { when a > 1 }"}, {"r2.pql", "rule r { when a > 2 }"}});
  EXPECT_FALSE(result.ok());
  for (const RuleSyntax* syntax : result.rule_set->rule_syntax) {
    ASSERT_NE(syntax, nullptr);
    EXPECT_EQ(result.rule_set->sources.file(syntax->name.range.file).name(), "r1.pql");
  }
}

TEST(RuleSetTest, FindingsOfAllFilesAreKeptInOrder) {
  const CompileResult result = CompileRuleSet(
      "x", {{"b.pql", "rule r { when nowhere > 1 }"}, {"a.pql", "rule q { when absent > 1 }"}});
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.error_count, 2u);
  ASSERT_EQ(result.diagnostics.size(), 2u);
  EXPECT_EQ(result.rule_set->sources.Text(result.diagnostics[0].range), "absent");
  EXPECT_EQ(result.rule_set->sources.Text(result.diagnostics[1].range), "nowhere");
}

TEST(RuleSetTest, ATooLargeRuleSetIsOneFinding) {
  CompileOptions options;
  options.max_total_bytes = 30;
  const CompileResult result = CompileRuleSet("x", {kMetricsFile, kRulesFile}, options);
  ASSERT_EQ(result.diagnostics.size(), 1u);
  EXPECT_EQ(result.diagnostics[0].kind, DiagnosticKind::kRuleSetTooLarge);
  for (const RuleFile& file : result.rule_set->files) EXPECT_THAT(file.declarations, IsEmpty());
  options.max_total_bytes = kMetricsFile.text.size() + kRulesFile.text.size();
  EXPECT_TRUE(CompileRuleSet("x", {kMetricsFile, kRulesFile}, options).ok());
}

TEST(RuleSetTest, FindingsPastTheLimitAreCounted) {
  CompileOptions options;
  options.max_diagnostics = 2;
  const CompileResult result =
      CompileRuleSet("x", {{"a.pql", "rule r { when b > 1 or c > 1 or d > 1 or e > 1 }"}}, options);
  EXPECT_EQ(result.diagnostics.size(), 2u);
  EXPECT_EQ(result.dropped, 2u);
  EXPECT_EQ(result.error_count, 4u);
}

TEST(RuleSetTest, NoSourcesAreAnEmptyRuleSet) {
  const CompileResult result = CompileRuleSet("x", {});
  EXPECT_TRUE(result.ok());
  EXPECT_THAT(result.rule_set->checked.rules, IsEmpty());
}

}  // namespace
}  // namespace pql
