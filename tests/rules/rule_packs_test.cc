// Every rule set in rules/ compiles without findings, passes its tests, is documented, formatted
// and tested on both sides of every condition.

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/strings.h"
#include "diagnostics/render.h"
#include "eval/interpreter.h"
#include "format/formatter.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lint/linter.h"
#include "ruleset/rule_directory.h"
#include "ruleset/rule_set.h"
#include "ruleset/test_runner.h"
#include "tests/rules/example_rule_set.h"
#include "tests/rules/markdown.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;

std::string RulesDirectory() { return StrCat(PQL_SOURCE_DIR, "/rules"); }

std::vector<std::string> PackNames() {
  std::vector<std::string> names;
  const auto directories = ListDirectories(RulesDirectory());
  if (directories.ok()) names = *directories;
  return names;
}

CompileResult CompilePack(const std::string& name) {
  auto sources = ReadRuleDirectory(StrCat(RulesDirectory(), "/", name), kMaxBytes);
  EXPECT_TRUE(sources.ok()) << sources.status();
  return CompileRuleSet(name, sources.ok() ? *std::move(sources) : std::vector<SourceText>());
}

TEST(RulePacksTest, ThosePromisedAreThere) {
  EXPECT_THAT(PackNames(), IsSupersetOf({"facebook", "hand_raising", "lead_scoring", "lead_stages",
                                         "matjar", "slack", "testkunden"}));
}

class RulePackTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    result_ = CompilePack(GetParam());
    ASSERT_THAT(result_.diagnostics, IsEmpty()) << Complaints(result_);
  }
  const RuleSet& rule_set() const { return *result_.rule_set; }
  const CheckedRuleSet& checked() const { return result_.rule_set->checked; }

  // Evaluates the account of every test that can be evaluated without a clock or has one.
  void ForEachTest(
      const std::function<void(const EvaluationInput&, const Evaluation&)>& visit) const {
    for (const pql::Test& test : checked().tests) {
      const TestInput given(checked(), test);
      visit(given.input, Evaluate(checked(), given.input));
    }
  }

 private:
  CompileResult result_;
};

TEST_P(RulePackTest, PassesItsTests) {
  EXPECT_FALSE(checked().tests.empty());
  EXPECT_EQ(FailingTests(rule_set()), "");
}

TEST_P(RulePackTest, DocumentsItsMetrics) {
  for (const Metric& metric : checked().metrics) {
    EXPECT_NE(metric.doc, "") << metric.name;
    EXPECT_NE(metric.kind, MetricKind::kNone) << metric.name;
  }
}

TEST_P(RulePackTest, GivesEveryRuleAnOwnerTitleDescriptionAndStage) {
  for (const Rule& rule : checked().rules) {
    EXPECT_NE(rule.owner, "") << rule.name;
    EXPECT_NE(rule.title, "") << rule.name;
    EXPECT_NE(rule.description, "") << rule.name;
    EXPECT_TRUE(rule.stage.has_value()) << rule.name;
  }
  for (const Scorecard& scorecard : checked().scorecards) {
    EXPECT_NE(scorecard.title, "") << scorecard.name;
  }
}

TEST_P(RulePackTest, HasARuleForEveryStage) {
  std::set<uint32_t> given;
  for (const Rule& rule : checked().rules) given.insert(rule.stage.value_or(0));
  EXPECT_EQ(given.size(), checked().stages.size());
}

// The parts of a condition that `and`, `or`, `not` and `at least` join.
void CollectParts(const TypedExpression& condition, std::vector<const TypedExpression*>* parts) {
  const bool joins = condition.Is(Operator::kAnd) || condition.Is(Operator::kOr) ||
                     condition.Is(Operator::kNot) || condition.Is(Operator::kAtLeast);
  if (!joins) {
    parts->push_back(&condition);
    return;
  }
  for (const TypedExpression& child : condition.children) CollectParts(child, parts);
}

std::vector<const TypedExpression*> AllParts(const CheckedRuleSet& checked) {
  std::vector<const TypedExpression*> parts;
  for (const Define& define : checked.defines) {
    if (define.value.type.IsBool()) CollectParts(define.value, &parts);
  }
  for (const Scorecard& scorecard : checked.scorecards) {
    for (const ScorecardLine& line : scorecard.lines) {
      if (line.condition.has_value()) CollectParts(*line.condition, &parts);
    }
  }
  for (const Rule& rule : checked.rules) {
    CollectParts(rule.when, &parts);
    if (rule.unless.has_value()) CollectParts(*rule.unless, &parts);
    if (rule.keep_while.has_value()) CollectParts(*rule.keep_while, &parts);
  }
  return parts;
}

TEST_P(RulePackTest, SeesEveryConditionTrueAndFalse) {
  for (const TypedExpression* part : AllParts(checked())) {
    bool seen_true = false;
    bool seen_false = false;
    ForEachTest([&](const EvaluationInput& input, const Evaluation& done) {
      const Value value = EvaluateExpression(checked(), *part, input, done).value;
      if (value.IsMissing()) return;
      (value.IsTrue() ? seen_true : seen_false) = true;
    });
    EXPECT_TRUE(seen_true) << rule_set().sources.Text(part->range) << " is never true";
    EXPECT_TRUE(seen_false) << rule_set().sources.Text(part->range) << " is never false";
  }
}

TEST_P(RulePackTest, SeesEveryRuleQualifyAndNot) {
  std::vector<std::set<Outcome>> outcomes(checked().rules.size());
  ForEachTest([&](const EvaluationInput&, const Evaluation& done) {
    for (size_t i = 0; i < outcomes.size(); ++i) outcomes[i].insert(done.rules[i].outcome);
  });
  for (size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_THAT(outcomes[i], IsSupersetOf({Outcome::kQualified, Outcome::kNotQualified}))
        << checked().rules[i].name;
  }
}

// As `pql lint --deny-warnings`, but for what depends on the day.
TEST_P(RulePackTest, LintsClean) {
  const LintResult found = Lint(rule_set());
  EXPECT_TRUE(found.diagnostics.empty()) << RenderHuman(rule_set().sources, found.diagnostics, 0);
}

TEST_P(RulePackTest, IsFormatted) {
  for (const RuleFile& file : rule_set().files) {
    const SourceFile& source = rule_set().sources.file(file.file);
    EXPECT_EQ(FormatRuleFile(source, file), source.text())
        << source.name() << ": run `pql fmt rules`";
  }
}

INSTANTIATE_TEST_SUITE_P(All, RulePackTest, ::testing::ValuesIn(PackNames()),
                         [](const ::testing::TestParamInfo<std::string>& info) {
                           return info.param;
                         });

// --- The account that the guide, the server's examples and the quick start use ---

class SlackTest : public ::testing::Test {
 protected:
  SlackTest() : result_(CompilePack("slack")), account_(checked()) {
    Set("messages", Value::Number(2500));
    Set("channels", Value::Number(3));
    Set("teammates_invited", Value::Number(4));
  }
  const CheckedRuleSet& checked() const { return result_.rule_set->checked; }
  void Set(std::string_view metric, Value value) {
    account_.Set(checked().FindMetric(metric).value(), std::move(value));
  }
  Evaluation EvaluateIt() const { return Evaluate(checked(), {.account = &account_}); }
  const RuleResult& SlackTeam(const Evaluation& evaluation) const {
    return evaluation.rules[checked().FindRule("slack_team").value()];
  }

 private:
  CompileResult result_;
  Account account_;
};

TEST_F(SlackTest, FourMetricsAreEnoughToQualify) {
  Set("plan", Value::String("free"));
  const Evaluation evaluation = EvaluateIt();
  EXPECT_EQ(SlackTeam(evaluation).outcome, Outcome::kQualified);
  ASSERT_TRUE(evaluation.stage.has_value());
  EXPECT_EQ(checked().stages[*evaluation.stage], "pql");
}

TEST_F(SlackTest, TwoChannelsAreNotEnough) {
  Set("plan", Value::String("free"));
  Set("channels", Value::Number(2));
  const Evaluation evaluation = EvaluateIt();
  EXPECT_EQ(SlackTeam(evaluation).outcome, Outcome::kNotQualified);
  EXPECT_EQ(evaluation.stage, std::nullopt);
}

TEST_F(SlackTest, WithoutThePlanItIsUnknownAndThePlanIsNamed) {
  const Evaluation evaluation = EvaluateIt();
  EXPECT_EQ(SlackTeam(evaluation).outcome, Outcome::kUnknown);
  EXPECT_THAT(SlackTeam(evaluation).missing, ElementsAre(checked().FindMetric("plan").value()));
}

}  // namespace
}  // namespace pql
