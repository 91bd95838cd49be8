#include "engine/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/error.h"
#include "engine/rule_set_manager.h"
#include "store/memory_rule_store.h"
#include "tests/engine/engine_testing.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EvaluationTest : public ::testing::Test {
 protected:
  absl::StatusOr<EvaluationSession> Begin(const EvaluationRequest& request) {
    return EvaluationSession::Begin(manager_.snapshot(), request, clock_);
  }
  void Load(const std::string& text) { manager_.Update(TreeOf({{"slack", text}})); }
  AccountResult Run(const EvaluationSession& session) {
    const Account account(session.checked());
    return session.RunInDetail(account, {}, [] { return absl::OkStatus(); }).value();
  }
  std::vector<std::string> Names(const EvaluationSession& session,
                                 const std::vector<ReportedRule>& rules) {
    std::vector<std::string> names;
    for (const ReportedRule& each : rules) names.push_back(session.checked().rules[each.rule].name);
    return names;
  }

  FakeClock clock_;
  MemoryRuleStore store_{&clock_};
  Telemetry telemetry_{&clock_, 1'000};
  RuleSetManager manager_{CompileOptions(), &clock_, &store_, &telemetry_};
};

TEST_F(EvaluationTest, ReportsActiveAndShadowRulesApartAndDraftsNever) {
  Load(kTeamRules);
  const auto session = Begin({.rule_set = "slack", .all = true});
  ASSERT_TRUE(session.ok()) << session.status();
  const AccountResult result = Run(*session);
  EXPECT_THAT(Names(*session, result.rules), ElementsAre("seen", "team"));
  EXPECT_THAT(Names(*session, result.shadow_rules), ElementsAre("trial"));
}

TEST_F(EvaluationTest, SelectionIsInOrderOfNameAndWithoutRepeats) {
  Load(kTeamRules);
  const auto session = Begin({.rule_set = "slack", .all = true, .rules = {"team", "seen", "team"}});
  ASSERT_TRUE(session.ok()) << session.status();
  const AccountResult result = Run(*session);
  EXPECT_THAT(Names(*session, result.rules), ElementsAre("seen", "team"));
  EXPECT_THAT(Names(*session, result.shadow_rules), ElementsAre());
}

TEST_F(EvaluationTest, StageIsThatOfTheWholeRuleSet) {
  Load(kTeamRules);
  const auto session = Begin({.rule_set = "slack", .rules = {"team"}});
  ASSERT_TRUE(session.ok()) << session.status();
  Account account(session->checked());
  account.Set(*session->checked().FindMetric("messages"), Value::Number(10));
  const Evaluation evaluation = session->Run(account, {});
  ASSERT_TRUE(evaluation.stage.has_value());
  EXPECT_EQ(session->checked().stages[*evaluation.stage], "mql");
}

TEST_F(EvaluationTest, UnknownRuleIsNamedWithASuggestion) {
  Load(kTeamRules);
  const auto session = Begin({.rule_set = "slack", .rules = {"teem"}});
  EXPECT_EQ(session.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(session.status().message()), HasSubstr("did you mean `team`?"));
  ASSERT_TRUE(ReasonOf(session.status()).has_value());
  EXPECT_EQ(ReasonOf(session.status())->reason, "UNKNOWN_RULE");
  const auto draft = Begin({.rule_set = "slack", .rules = {"idea"}});
  EXPECT_EQ(draft.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(draft.status().message()), HasSubstr("draft"));
}

TEST_F(EvaluationTest, UnknownRuleSetIsNamedWithASuggestion) {
  Load(kTeamRules);
  const auto session = Begin({.rule_set = "slak"});
  EXPECT_EQ(session.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(session.status().message()), HasSubstr("did you mean `slack`?"));
}

TEST_F(EvaluationTest, RuleSetThatNeverCompiledIsAPrecondition) {
  Load("rule team {");
  const auto session = Begin({.rule_set = "slack"});
  EXPECT_EQ(session.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ReasonOf(session.status())->reason, "NEVER_LOADED");
}

TEST_F(EvaluationTest, TimeIsTheRequestsOrTheClocks) {
  Load("rule new_year { when now >= 2027-01-01 }");
  const auto by_clock = Begin({.rule_set = "slack"});
  EXPECT_EQ(by_clock->now().micros, absl::ToUnixMicros(clock_.Now()));
  EXPECT_EQ(by_clock->Run(Account(by_clock->checked()), {}).rules[0].outcome,
            Outcome::kNotQualified);
  const auto later =
      Begin({.rule_set = "slack",
             .now = Timestamp{absl::ToUnixMicros(absl::FromUnixSeconds(1'800'000'000))}});
  EXPECT_EQ(later->Run(Account(later->checked()), {}).rules[0].outcome, Outcome::kQualified);
}

TEST_F(EvaluationTest, HeldRulesCountAndOtherNamesAreIgnored) {
  Load("metric m: number\nrule team { when m >= 2_000 keep while m >= 1_500 }");
  const auto session = Begin({.rule_set = "slack"});
  ASSERT_TRUE(session.ok()) << session.status();
  Account account(session->checked());
  account.Set(0, Value::Number(1'700));
  EXPECT_EQ(session->Run(account, {}).rules[0].outcome, Outcome::kNotQualified);
  EXPECT_EQ(session->Run(account, {"nobody", "team"}).rules[0].outcome, Outcome::kQualified);
}

}  // namespace
}  // namespace pql
