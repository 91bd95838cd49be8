// Size: everything is near linear in the number of declarations, and nothing recurses along them.

#include <chrono>
#include <string>

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/checker/check_text.h"

namespace pql {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Trees made without the parser, so that the time measured is the checker's.
struct Trees {
  SourceSet sources;
  std::vector<RuleFile> files = std::vector<RuleFile>(1);

  Trees() { sources.AddFile("made.pql", ""); }
  template <typename Syntax>
  void Add(Syntax syntax) {
    files[0].declarations.push_back({.body = std::move(syntax)});
  }
};

ExpressionPtr Name(std::string name) { return Expression::OfName(std::move(name)); }

ExpressionPtr Above(std::string name, double bound) {
  std::vector<ExpressionPtr> operands;
  operands.push_back(Name(std::move(name)));
  operands.push_back(Expression::OfLiteral(Literal::Number(bound)));
  return Expression::OfOperator(Operator::kGreater, std::move(operands));
}

MetricSyntax NumberMetric(std::string name) {
  MetricSyntax metric;
  metric.name.text = std::move(name);
  metric.type.name = "number";
  return metric;
}

TEST(RobustnessTest, AHundredThousandRules) {
  constexpr int kRules = 100'000;
  Trees trees;
  for (int i = 0; i < 1'000; ++i) trees.Add(NumberMetric(StrCat("metric_", i)));
  for (int i = 0; i < kRules; ++i) {
    std::vector<ExpressionPtr> terms;
    terms.push_back(Above(StrCat("metric_", i % 1'000), i));
    terms.push_back(Above(StrCat("metric_", i * 7 % 1'000), 5));
    if (i > 0) terms.push_back(Name(StrCat("rule_", i / 2)));
    RuleSyntax rule;
    rule.name.text = StrCat("rule_", i);
    rule.when =
        i == 0 ? Above("metric_0", 1) : Expression::OfOperator(Operator::kAnd, std::move(terms));
    trees.Add(std::move(rule));
  }
  DiagnosticSink sink;
  const auto begin = std::chrono::steady_clock::now();
  const CheckedRuleSet set =
      CheckRuleSet(trees.sources, trees.files, *FunctionRegistry::Builtin(), CheckLimits(), &sink);
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(sink.error_count(), 0u);
  EXPECT_EQ(set.rules.size(), 100'000u);
  EXPECT_EQ(set.evaluation_order.size(), 100'000u);
  // About half a second with -O3; anything quadratic takes minutes.
  EXPECT_LT(seconds.count(), 20);
}

TEST(RobustnessTest, AChainOfDefinesOfAnyLength) {
  constexpr int kDefines = 100'000;
  Trees trees;
  trees.Add(NumberMetric("m"));
  for (int i = 0; i < kDefines; ++i) {
    DefineSyntax define;
    define.name.text = StrCat("d", i);
    define.value = i + 1 < kDefines ? Name(StrCat("d", i + 1)) : Above("m", 1);
    trees.Add(std::move(define));
  }
  DiagnosticSink sink;
  const CheckedRuleSet set =
      CheckRuleSet(trees.sources, trees.files, *FunctionRegistry::Builtin(), CheckLimits(), &sink);
  EXPECT_EQ(sink.error_count(), 0u);
  for (const Define& define : set.defines) EXPECT_TRUE(define.value.type.IsBool());
}

TEST(RobustnessTest, ACycleOfAnyLengthIsOneShortFinding) {
  std::string text;
  for (int i = 0; i < 2'000; ++i) {
    StrAppend(&text, "define d", i, " = d", (i + 1) % 2'000, "\n");
  }
  const Checked checked = CheckText(text);
  ASSERT_THAT(checked.Names(), ElementsAre("cycle"));
  EXPECT_LT(checked.findings[0].Message().size(), 400u);
  EXPECT_LT(checked.findings[0].related.size(), 12u);
}

TEST(RobustnessTest, ManyUnknownNamesAmongManyNames) {
  std::string text;
  for (int i = 0; i < 5'000; ++i) StrAppend(&text, "metric long_metric_name_", i, ": number\n");
  for (int i = 0; i < 500; ++i) StrAppend(&text, "define d", i, " = lnog_metric_name_", i, "\n");
  const Checked checked = CheckText(text);
  EXPECT_EQ(checked.findings.size(), 500u);
  EXPECT_THAT(checked.Names(), Each("unknown-metric"));
}

TEST(RobustnessTest, TreesThatAProgramMadeNeedNoSourceText) {
  Trees trees;
  trees.Add(NumberMetric("m"));
  RuleSyntax rule;
  rule.name.text = "r";
  rule.when = Name("m");
  trees.Add(std::move(rule));
  DiagnosticSink sink;
  CheckRuleSet(trees.sources, trees.files, *FunctionRegistry::Builtin(), CheckLimits(), &sink);
  ASSERT_EQ(sink.diagnostics().size(), 1u);
  EXPECT_EQ(sink.diagnostics()[0].kind, DiagnosticKind::kNotACondition);
}

TEST(RobustnessTest, WhatTheParserDidNotUnderstandGetsNoFurtherFinding) {
  Trees trees;
  trees.Add(NumberMetric("m"));
  DefineSyntax broken;
  broken.name.text = "broken";
  broken.value = Expression::Error(SourceRange());
  trees.Add(std::move(broken));
  MetricSyntax metric;  // `metric x:` and nothing behind it
  metric.name.text = "x";
  metric.default_value = Expression::Error(SourceRange());
  trees.Add(std::move(metric));
  trees.Add(RuleSyntax());
  RuleSyntax rule;
  rule.name.text = "r";
  std::vector<ExpressionPtr> terms;
  terms.push_back(Name("broken"));
  terms.push_back(Above("broken", 3));
  terms.push_back(Above("x", 3));
  rule.when = Expression::OfOperator(Operator::kAnd, std::move(terms));
  rule.score = Name("broken");
  trees.Add(std::move(rule));
  DiagnosticSink sink;
  CheckRuleSet(trees.sources, trees.files, *FunctionRegistry::Builtin(), CheckLimits(), &sink);
  EXPECT_THAT(sink.diagnostics(), IsEmpty());
}

TEST(RobustnessTest, TenMistakesAreTenFindings) {
  const Checked checked = CheckText(R"pql(
metric messages: number default "0"
metric plan: one of ("free", "pro", "free")
metric since: timestmp
stages mql < pql
define a = mesages > 3
define b = plan == "fre"
define c = now - 2026-01-01 < 14
define d = rond(messages)
rule r { stage pqll when messages }
scorecard s cap 1 floor 2 { add 5 when messages > "3" }
)pql");
  EXPECT_EQ(checked.findings.size(), 11u) << checked.Render();
}

}  // namespace
}  // namespace pql
