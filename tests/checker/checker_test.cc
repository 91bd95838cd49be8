#include "checker/checker.h"

#include <algorithm>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/checker/check_text.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::string_view kExample = R"pql(
metric messages: number default 0 kind product
  "Messages sent in the workspace since it was created"
metric channels: number default 0 kind product
metric teammates_invited: number default 0 kind product
metric storage_used: number unit bytes kind product
metric plan: one of ("free", "pro", "business") kind billing
metric signed_up_at: timestamp kind profile
metric features_used: list(string) kind product
metric pricing_page_views: number default 0 kind hand_raise

stages mql < sql < pql < customer

define activated = messages >= 2_000 and channels > 2 and teammates_invited >= 1

scorecard engagement "How deeply the team uses the product" cap 100 floor 0 {
  add 40 when messages >= 2_000
  add 20 when channels > 2
  add 5 per 2 of size(features_used) up to 15
  subtract 30 when storage_used < 10MB
}

rule slack_team {
  title  "A team that has reached its message limit"
  owner  "growth@example.com"
  tags   "activation", "self-serve"
  stage  pql
  when   activated
  unless plan != "free"
  score  engagement
}

test "a free team past the limit qualifies" {
  given  messages = 2_500, channels = 3, teammates_invited = 4, plan = "free"
  expect slack_team
  expect stage == "pql"
}
)pql";

TEST(CheckerTest, ChecksTheExampleOfTheLanguageReference) {
  const Checked checked = CheckText(kExample);
  ASSERT_THAT(checked.Names(), IsEmpty()) << checked.Render();
  const CheckedRuleSet& set = checked.rule_set;

  ASSERT_EQ(set.metrics.size(), 8u);
  const Metric& messages = set.metrics[*set.FindMetric("messages")];
  EXPECT_EQ(messages.type, Type::Number());
  EXPECT_EQ(messages.default_value, Value::Number(0));
  EXPECT_EQ(messages.kind, MetricKind::kProduct);
  EXPECT_EQ(messages.doc, "Messages sent in the workspace since it was created");
  EXPECT_EQ(checked.sources->Text(messages.name_range), "messages");
  EXPECT_EQ(set.metrics[*set.FindMetric("storage_used")].type, Type::Number("bytes"));
  EXPECT_EQ(set.metrics[*set.FindMetric("storage_used")].default_value, std::nullopt);

  EXPECT_THAT(set.stages, ElementsAre("mql", "sql", "pql", "customer"));

  ASSERT_EQ(set.scorecards.size(), 1u);
  const Scorecard& engagement = set.scorecards[0];
  EXPECT_EQ(engagement.title, "How deeply the team uses the product");
  EXPECT_EQ(engagement.cap, 100);
  EXPECT_EQ(engagement.floor, 0);
  ASSERT_EQ(engagement.lines.size(), 4u);
  EXPECT_EQ(engagement.lines[0].points, 40);
  EXPECT_EQ(engagement.lines[2].per, 2);
  EXPECT_EQ(engagement.lines[2].up_to, 15);
  EXPECT_EQ(engagement.lines[3].points, -30);

  ASSERT_EQ(set.rules.size(), 1u);
  const Rule& rule = set.rules[0];
  EXPECT_EQ(rule.title, "A team that has reached its message limit");
  EXPECT_EQ(rule.owner, "growth@example.com");
  EXPECT_THAT(rule.tags, ElementsAre("activation", "self-serve"));
  EXPECT_EQ(rule.stage, 2u);
  EXPECT_EQ(rule.mode, RuleMode::kActive);
  EXPECT_EQ(rule.when.kind, TypedExpression::Kind::kDefine);
  ASSERT_TRUE(rule.unless.has_value());
  ASSERT_TRUE(rule.score.has_value());
  EXPECT_EQ(rule.score->kind, TypedExpression::Kind::kScorecard);

  ASSERT_EQ(set.tests.size(), 1u);
  ASSERT_EQ(set.tests[0].given.size(), 4u);
  EXPECT_EQ(set.tests[0].given[0].metric, *set.FindMetric("messages"));
  EXPECT_EQ(set.tests[0].given[0].value, Value::Number(2500));
  EXPECT_EQ(set.tests[0].expects.size(), 2u);
  EXPECT_FALSE(set.tests[0].reads_clock);
}

TEST(CheckerTest, DeclarationsAreInOrderOfNameWhateverTheFiles) {
  const std::vector<TextFile> files = {
      {"b.pql", "rule b { when m > z }\nmetric m: number\ntest \"two\" { expect not b }\n"},
      {"a.pql", "define z = y + 1\nrule a { when b }\ntest \"one\" { expect not a }\n"},
      {"c.pql", "define y = m * 2\nmetric `é`: number\nmetric f: number\n"}};
  std::vector<TextFile> reversed(files.rbegin(), files.rend());
  for (const auto& order : {files, reversed}) {
    const Checked checked = CheckFiles(order);
    ASSERT_THAT(checked.Names(), IsEmpty()) << checked.Render();
    const CheckedRuleSet& set = checked.rule_set;
    ASSERT_EQ(set.metrics.size(), 3u);
    EXPECT_EQ(set.metrics[0].name, "f");
    EXPECT_EQ(set.metrics[1].name, "m");
    EXPECT_EQ(set.metrics[2].name, "é");
    ASSERT_EQ(set.rules.size(), 2u);
    EXPECT_EQ(set.rules[0].name, "a");
    EXPECT_EQ(set.tests[0].name, "one");
    EXPECT_EQ(set.tests[1].name, "two");
    EXPECT_THAT(set.evaluation_order,
                ElementsAre(Item{Item::Kind::kDefine, 0}, Item{Item::Kind::kDefine, 1},
                            Item{Item::Kind::kRule, 1}, Item{Item::Kind::kRule, 0}));
  }
}

TEST(CheckerTest, TheFirstDeclarationIsThatOfTheFirstFileByName) {
  const TextFile first = {"a.pql", "metric seats: number\n"};
  const TextFile second = {"b.pql", "define seats = \"many\"\n"};
  for (const auto& order : {std::vector{first, second}, std::vector{second, first}}) {
    const Checked checked = CheckFiles(order);
    ASSERT_THAT(checked.Names(), ElementsAre("duplicate-name"));
    EXPECT_EQ(checked.sources->file(checked.findings[0].range.file).name(), "b.pql");
    EXPECT_EQ(checked.rule_set.metrics.size(), 1u);
    EXPECT_EQ(checked.rule_set.defines.size(), 0u);
  }
}

TEST(CheckerTest, NegativeLiteralsAreConstants) {
  const Checked checked = CheckText("define low = -5\ndefine back = -1d\n");
  ASSERT_THAT(checked.Names(), IsEmpty()) << checked.Render();
  const TypedExpression& low = checked.FindDefine("low")->value;
  EXPECT_EQ(low.kind, TypedExpression::Kind::kConstant);
  EXPECT_EQ(low.constant, Value::Number(-5));
  EXPECT_EQ(checked.sources->Text(low.range), "-5");
  EXPECT_EQ(checked.FindDefine("back")->value.constant,
            Value::Span(Duration{-int64_t{86'400} * 1'000'000}));
}

TEST(CheckerTest, PatternsAreCompiled) {
  const Checked checked =
      CheckText("metric email: string\ndefine own = email matches \"@acme[.]com$\"\n");
  ASSERT_THAT(checked.Names(), IsEmpty()) << checked.Render();
  EXPECT_NE(checked.FindDefine("own")->value.pattern, nullptr);
}

TEST(CheckerTest, DefaultsAndGivenValuesAreOfTheMetricsType) {
  const Checked checked = CheckText(R"pql(
metric balance: number default -5
metric free_space: number unit bytes default 10KB
metric since: timestamp default 2026-03-01
metric grace: duration default 1d12h
metric codes: list(number) default []
metric names: list(string) default ["a", "b"]
metric active: bool default true
metric plan: one of ("free", "pro") default "pro"
test "given" {
  at 2026-03-01T08:30:00Z
  given balance = -2.5, since = now - 3d, codes = [1, 2], plan = "free", active = false
  expect active
}
test "ahead" {
  at 2026-03-01
  given since = now + 30d
  expect since > now
}
test "now itself" {
  given since = now
  expect active
}
)pql");
  ASSERT_THAT(checked.Names(), IsEmpty()) << checked.Render();
  const CheckedRuleSet& set = checked.rule_set;
  const auto default_of = [&](std::string_view name) {
    return set.metrics[*set.FindMetric(name)].default_value;
  };
  constexpr int64_t kDay = int64_t{86'400} * 1'000'000;
  EXPECT_EQ(default_of("balance"), Value::Number(-5));
  EXPECT_EQ(default_of("free_space"), Value::Number(10'000));
  EXPECT_EQ(default_of("since"), Value::Time(Timestamp{20'513 * kDay}));
  EXPECT_EQ(default_of("grace"), Value::Span(Duration{kDay + kDay / 2}));
  EXPECT_EQ(default_of("codes"), Value::List(Value::NumberList()));
  EXPECT_EQ(default_of("names"), Value::List(Value::StringList{"a", "b"}));
  EXPECT_EQ(default_of("active"), Value::Bool(true));
  EXPECT_EQ(default_of("plan"), Value::String("pro"));

  const pql::Test& given = set.tests[0];
  ASSERT_EQ(given.given.size(), 5u);
  EXPECT_EQ(given.given[0].value, Value::Number(-2.5));
  EXPECT_EQ(given.given[1].from_now, Duration{-3 * kDay});
  EXPECT_EQ(given.given[2].value, Value::List(Value::NumberList{1, 2}));
  EXPECT_EQ(given.given[3].value, Value::String("free"));
  EXPECT_EQ(set.tests[1].given[0].from_now, Duration{30 * kDay});
  EXPECT_EQ(set.tests[2].given[0].from_now, Duration{0});
}

TEST(CheckerTest, SoftWordsAreNames) {
  const Checked checked = CheckText(R"pql(
metric metric: number
metric owner: string
metric score: number
metric title: string
metric last: number
metric count: number
metric size: number
define all = owner == title and score + last + count + size + metric > 3
)pql");
  EXPECT_THAT(checked.Names(), IsEmpty()) << checked.Render();
}

TEST(CheckerTest, StagesUnitsAndFunctionsShareNoNamesWithMetrics) {
  const Checked checked = CheckText(R"pql(
stages pql < seats
metric pql: number unit seats
metric seats: number unit pql
metric round: number
define r = round(round)
)pql");
  EXPECT_THAT(checked.Names(), IsEmpty()) << checked.Render();
}

TEST(CheckerTest, TestsMayNameShadowAndDraftRules) {
  const Checked checked = CheckText(R"pql(
metric messages: number default 0
rule idea { mode draft when messages > 5 }
rule watched { mode shadow when idea or messages > 7 }
test "both can be tested" {
  given messages = 6
  expect idea
  expect watched
}
)pql");
  EXPECT_THAT(checked.Names(), IsEmpty()) << checked.Render();
}

// --- CheckCondition -------------------------------------------------------------------------

struct Condition {
  TypedExpression typed;
  std::vector<std::string> names;
};

Condition CheckAgainst(const Checked& checked, const std::string& text, bool any_type = false) {
  const auto functions = FunctionRegistry::Builtin();
  SourceSet sources;
  const FileId id = sources.AddFile("<condition>", text);
  DiagnosticSink sink;
  const ExpressionPtr tree = PqlFrontend().ParseCondition(sources, id, ParseLimits(), &sink);
  Condition condition;
  condition.typed =
      CheckCondition(sources, *tree, checked.rule_set, *functions, CheckLimits(), &sink, any_type);
  for (const Diagnostic& finding : sink.Take()) condition.names.emplace_back(finding.info().name);
  return condition;
}

TEST(CheckConditionTest, NamesEverythingThatTheRuleSetDeclares) {
  const Checked checked = CheckText(kExample);
  const Condition condition =
      CheckAgainst(checked, "slack_team or activated and engagement > 10 and messages > 5");
  EXPECT_THAT(condition.names, IsEmpty());
  EXPECT_TRUE(condition.typed.type.IsBool());
}

TEST(CheckConditionTest, AMistakeAnywhereMakesAnErrorNode) {
  const Checked checked = CheckText(kExample);
  for (const auto& [text, name] : std::vector<std::pair<std::string, std::string>>{
           {"channels > 2 and mesages > 5", "unknown-metric"},
           {"channels", "not-a-condition"},
           {"stage == \"pql\"", "stage-outside-test"},
           {"plan == \"prp\" or channels > 2", "unknown-option"}}) {
    const Condition condition = CheckAgainst(checked, text);
    EXPECT_THAT(condition.names, ElementsAre(name)) << text;
    EXPECT_EQ(condition.typed.kind, TypedExpression::Kind::kError) << text;
  }
}

TEST(CheckConditionTest, AnyTypeIsWelcomeWhereAskedFor) {
  const Checked checked = CheckText(kExample);
  const Condition condition = CheckAgainst(checked, "storage_used / 2", /*any_type=*/true);
  EXPECT_THAT(condition.names, IsEmpty());
  EXPECT_EQ(condition.typed.type, Type::Number("bytes"));
}

}  // namespace
}  // namespace pql
