#include "ruleset/killing_test.h"

#include "gtest/gtest.h"
#include "ruleset/test_runner.h"
#include "tests/ruleset/compiled.h"

namespace pql {
namespace {

constexpr std::string_view kDeclarations =
    "metric count: number\n"
    "metric `Messages Sent`: number\n"
    "metric free: bool\n"
    "metric plan: string\n"
    "metric since: timestamp\n"
    "metric span: duration\n"
    "metric tags: list(string)\n"
    "metric sizes: list(number)\n"
    "output twice = count * 2\n"
    "rule r { when count > 1 and since < now }\n"
    "rule held { when count > 9 keep while count > 1 }\n";

constexpr int64_t kDay = 86'400'000'000;
constexpr Timestamp kNow = {20'000 * kDay};  // 2024-10-04

class KillingTestTest : public ::testing::Test {
 protected:
  KillingTestTest()
      : rule_set_(Compiled(std::string(kDeclarations))),
        situation_{Account(rule_set_->checked), kNow, {}} {}

  void Set(std::string_view metric, Value value) {
    situation_.account.Set(*rule_set_->checked.FindMetric(metric), std::move(value));
  }
  Item RuleNamed(std::string_view name) const {
    return {Item::Kind::kRule, *rule_set_->checked.FindRule(name)};
  }
  std::string Write(Item target, const Value& expected, bool has_clock) const {
    return WriteTest(rule_set_->checked, "a \"name\"", situation_, has_clock, target, expected);
  }

  std::shared_ptr<const RuleSet> rule_set_;
  Situation situation_;
};

TEST_F(KillingTestTest, IsCanonicalAndRelativeToItsClock) {
  Set("count", Value::Number(2));
  Set("since", Value::Time({kNow.micros - 3 * kDay}));
  EXPECT_EQ(Write(RuleNamed("r"), Value::Bool(true), true),
            "test \"a \\\"name\\\"\" {\n"
            "  at     2024-10-04\n"
            "  given  count = 2, since = now - 3d\n"
            "  expect r\n"
            "}\n");
}

TEST_F(KillingTestTest, ExpectsWhatCameOut) {
  const auto expectation = [this](Item target, const Value& expected) {
    const std::string text = Write(target, expected, false);
    const size_t begin = text.find("expect");
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  EXPECT_EQ(expectation(RuleNamed("r"), Value::Bool(false)), "expect not r");
  EXPECT_EQ(expectation(RuleNamed("r"), Value::Missing()), "expect r is missing");
  EXPECT_EQ(expectation({Item::Kind::kDefine, 0}, Value::Number(-4)), "expect twice == -4");
}

// Every type, and values that need care, come back from the text as they were.
TEST_F(KillingTestTest, GivesEveryValueBack) {
  Set("Messages Sent", Value::Number(-0.25));
  Set("count", Value::Number(1e15));
  Set("free", Value::Bool(false));
  Set("plan", Value::String("a \"b\" \\ \n é"));
  Set("since", Value::Time({kNow.micros + 1}));
  Set("span", Value::Span({-90'000'000}));
  Set("tags", Value::List(Value::StringList{"x", ""}));
  Set("sizes", Value::List(Value::NumberList{1, 2.5}));
  situation_.held.resize(rule_set_->checked.rules.size());
  situation_.held[RuleNamed("held").index] = true;
  for (const bool has_clock : {false, true}) {
    const std::string text = Write(RuleNamed("held"), Value::Bool(true), has_clock);
    const auto compiled = Compiled(std::string(kDeclarations) + text);
    ASSERT_EQ(compiled->checked.tests.size(), 1u) << text;
    const TestInput input(compiled->checked, compiled->checked.tests[0]);
    for (uint32_t i = 0; i < compiled->checked.metrics.size(); ++i) {
      EXPECT_EQ(input.account.Metric(i), situation_.account.Metric(i)) << text;
    }
    EXPECT_EQ(input.input.held, situation_.held);
    EXPECT_TRUE(RunTest(*compiled, 0).passed()) << text;
  }
}

}  // namespace
}  // namespace pql
