#include "engine/rule_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "engine/rule_set_manager.h"
#include "store/memory_rule_store.h"
#include "tests/engine/engine_testing.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RuleValidationTest : public ::testing::Test {
 protected:
  absl::StatusOr<CompileResult> Validate(ValidationRequest request) {
    return ValidateRules(*manager_.snapshot(), std::move(request), limits_, CompileOptions());
  }

  FakeClock clock_;
  MemoryRuleStore store_{&clock_};
  Telemetry telemetry_{&clock_, 1'000};
  RuleSetManager manager_{CompileOptions(), &clock_, &store_, &telemetry_};
  Limits limits_{.max_source_bytes = 1000};
};

TEST_F(RuleValidationTest, SourcesAloneAreAWholeRuleSet) {
  const auto good =
      Validate({.files = {{"a.pql", "metric m: number"}, {"b.pql", "rule r { when m > 1 }"}}});
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_TRUE(good->ok());
  const auto bad = Validate({.files = {{"b.pql", "rule r { when m > 1 }"}}});
  ASSERT_TRUE(bad.ok()) << bad.status();
  EXPECT_THAT(bad->diagnostics, SizeIs(1));
}

TEST_F(RuleValidationTest, SourcesJoinTheFilesOfTheRuleSet) {
  manager_.Update(TreeOf({{"slack", kTeamRules}}));
  const ValidationRequest request{.rule_set = "slack",
                                  .files = {{"more.pql", "rule r { when messages > 1 }"}}};
  const auto joined = Validate(request);
  ASSERT_TRUE(joined.ok()) << joined.status();
  EXPECT_TRUE(joined->ok());
  const auto twice =
      Validate({.rule_set = "slack", .files = {{"more.pql", "rule team { when messages > 1 }"}}});
  ASSERT_TRUE(twice.ok()) << twice.status();
  EXPECT_FALSE(twice->ok());
  EXPECT_EQ(manager_.snapshot()->Find("slack")->revision, 1) << "nothing changes";
}

TEST_F(RuleValidationTest, WithoutSourcesTheNewestOfTheRuleSetAreChecked) {
  manager_.Update(TreeOf({{"slack", kTeamRules}}));
  EXPECT_THAT(Validate({.rule_set = "slack"})->diagnostics, IsEmpty());
  manager_.Update(TreeOf({{"slack", "rule r { when nonsense > 1 }"}}));
  EXPECT_THAT(Validate({.rule_set = "slack"})->diagnostics, SizeIs(1));
}

TEST_F(RuleValidationTest, WarningsAreThoseOfTheLinter) {
  const std::vector<SourceText> files = {
      {"a.pql", "metric m: number default 0\nrule r { when m > 1 }\n"},
      {".pqllint", "allow untested-rule because it is an example\n"}};
  const auto names = [](const absl::StatusOr<CompileResult>& result) {
    std::vector<std::string> names;
    for (const Diagnostic& diagnostic : result->diagnostics) {
      names.emplace_back(diagnostic.info().name);
    }
    return names;
  };
  EXPECT_THAT(names(Validate({.files = files})), IsEmpty()) << "nobody asked";
  const Timestamp now{0};
  EXPECT_THAT(names(Validate({.files = files, .lint_at = now})),
              ElementsAre("missing-owner", "missing-title"));
  EXPECT_THAT(names(Validate({.files = files, .allow = {"PQL2044"}, .lint_at = now})),
              ElementsAre("missing-owner"));
}

TEST_F(RuleValidationTest, RuleSetsInForceHaveTheirWarnings) {
  manager_.Update(TreeOf({{"slack", "metric m: number default 0\nrule r { when m > 1 }\n"}}));
  const auto snapshot = manager_.snapshot();
  const RuleSetState* state = snapshot->Find("slack");
  ASSERT_NE(state, nullptr);
  EXPECT_THAT(state->diagnostics, SizeIs(3));
  EXPECT_EQ(state->failure, nullptr);
}

TEST_F(RuleValidationTest, BadRequestsNameTheField) {
  struct Case {
    ValidationRequest request;
    absl::StatusCode code;
    std::string message;
  };
  const Case cases[] = {
      {{.rule_set = "nobody"}, absl::StatusCode::kNotFound, "`nobody`"},
      {{.files = {{"", ""}}}, absl::StatusCode::kInvalidArgument, "files[0].path"},
      {{.files = {{"a.pql", ""}, {"../a.pql", ""}}},
       absl::StatusCode::kInvalidArgument,
       "files[1].path"},
      {{.files = {{"/etc/a.pql", ""}}}, absl::StatusCode::kInvalidArgument, "files[0].path"},
      {{.files = {{"a.pql", ""}, {"a.pql", ""}}}, absl::StatusCode::kInvalidArgument, "twice"},
      {{.files = {{"a.pql", std::string(1001, ' ')}}},
       absl::StatusCode::kInvalidArgument,
       "--max-source-bytes=1000"},
      {{.allow = {"no-such-thing"}}, absl::StatusCode::kInvalidArgument, "no-such-thing"},
      {{.allow = {"unknown-metric"}}, absl::StatusCode::kInvalidArgument, "is an error"},
  };
  for (const Case& test : cases) {
    const auto result = Validate(test.request);
    EXPECT_EQ(result.status().code(), test.code) << test.message;
    EXPECT_THAT(std::string(result.status().message()), HasSubstr(test.message));
  }
}

}  // namespace
}  // namespace pql
