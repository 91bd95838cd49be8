#include "service/rule_service.h"

#include <string>
#include <vector>

#include "tests/service/service_testing.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kTypo[] = "metric messages: number\nrule team { when mesages > 3 }\n";

class RuleServiceTest : public ServiceTest {
 protected:
  // Calls a unary method; the response is empty unless the status is OK.
  template <typename Response, typename Request>
  Response Call(grpc::Status (v1::RuleService::Stub::*method)(grpc::ClientContext*, const Request&,
                                                              Response*),
                const Request& request) {
    grpc::ClientContext context;
    Response response;
    status_ = (rules_.get()->*method)(&context, request, &response);
    return response;
  }

  v1::RuleSet GetRuleSet(const std::string& name) {
    v1::GetRuleSetRequest request;
    request.set_name(name);
    return Call(&v1::RuleService::Stub::GetRuleSet, request).rule_set();
  }
  v1::ListRulesResponse ListRules(const v1::ListRulesRequest& request) {
    return Call(&v1::RuleService::Stub::ListRules, request);
  }
  static std::vector<std::string> NamesOf(const v1::ListRulesResponse& response) {
    std::vector<std::string> names;
    for (const v1::Rule& rule : response.rules()) names.push_back(rule.name());
    return names;
  }

  grpc::Status status_;
};

TEST_F(RuleServiceTest, ListsRuleSetsInPages) {
  engine_.rule_sets().Update(TreeOf({{"a", kTeamRules}, {"b", kTeamRules}, {"c", kTypo}}));
  v1::ListRuleSetsRequest request;
  request.set_page_size(2);
  v1::ListRuleSetsResponse page = Call(&v1::RuleService::Stub::ListRuleSets, request);
  ASSERT_THAT(page.rule_sets(), SizeIs(2));
  EXPECT_EQ(page.rule_sets(0).name(), "ruleSets/a");
  request.set_page_token(page.next_page_token());
  page = Call(&v1::RuleService::Stub::ListRuleSets, request);
  ASSERT_THAT(page.rule_sets(), SizeIs(1));
  EXPECT_EQ(page.rule_sets(0).name(), "ruleSets/c");
  EXPECT_EQ(page.rule_sets(0).revision(), 0);
  EXPECT_TRUE(page.rule_sets(0).has_load_failure());
  EXPECT_EQ(page.next_page_token(), "");
}

TEST_F(RuleServiceTest, RuleSetHasCountsAndTheFindingsOfANewerVersion) {
  Load(kTeamRules);
  v1::RuleSet good = GetRuleSet("ruleSets/slack");
  ASSERT_TRUE(status_.ok()) << status_.error_message();
  EXPECT_EQ(good.revision(), 1);
  EXPECT_THAT(good.digest(), SizeIs(64));
  EXPECT_EQ(good.load_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_EQ(good.active_rule_count(), 2);
  EXPECT_EQ(good.shadow_rule_count(), 1);
  EXPECT_EQ(good.draft_rule_count(), 1);
  EXPECT_EQ(good.metric_count(), 3);
  EXPECT_EQ(good.file_count(), 1);
  EXPECT_FALSE(good.has_load_failure());

  clock_.Advance(absl::Minutes(5));
  Load(kTypo);
  const v1::RuleSet bad = GetRuleSet("ruleSets/slack");
  EXPECT_EQ(bad.revision(), 1);
  EXPECT_EQ(bad.digest(), good.digest());
  EXPECT_NE(bad.etag(), good.etag());
  EXPECT_EQ(bad.load_failure().time().seconds(), absl::ToUnixSeconds(clock_.Now()));
  EXPECT_EQ(bad.load_failure().error(), "");
  ASSERT_THAT(bad.load_failure().diagnostics(), SizeIs(1));
  const v1::Diagnostic& finding = bad.load_failure().diagnostics(0);
  EXPECT_THAT(finding.code(), HasSubstr("PQL"));
  EXPECT_EQ(finding.severity(), "ERROR");
  EXPECT_THAT(finding.message(), HasSubstr("did you mean `messages`?"));
  EXPECT_EQ(finding.location().file(), "slack/rules.pql");
  EXPECT_EQ(finding.location().start_line(), 2);
  EXPECT_EQ(finding.location().start_column(), 18);
  EXPECT_EQ(finding.location().end_column(), 25);
  EXPECT_EQ(finding.location().start_byte(), 41);
}

TEST_F(RuleServiceTest, UnreadableFilesAreShownToo) {
  Load(kTeamRules);
  RuleTree tree;
  tree.emplace("slack", absl::PermissionDeniedError("slack/rules.pql: no access"));
  engine_.rule_sets().Update(tree);
  EXPECT_EQ(GetRuleSet("ruleSets/slack").load_failure().error(), "slack/rules.pql: no access");
}

TEST_F(RuleServiceTest, RuleIsGivenInStructuredFormAndAsSource) {
  Load(R"(
metric messages: number default 0
metric plan: one of ("free", "pro")
stages mql < pql
define busy = messages >= 2_000
rule team {
  title "A busy team"
  description "Many messages"
  owner "growth@example.com"
  tags "activation", "self-serve"
  stage pql
  when busy
  unless plan != "free"
  keep while messages >= 1_500
  active from 2026-01-01 until 2027-01-01
  score messages / 100
}
)");
  v1::GetRuleRequest request;
  request.set_name("ruleSets/slack/rules/team");
  const v1::GetRuleResponse response = Call(&v1::RuleService::Stub::GetRule, request);
  ASSERT_TRUE(status_.ok()) << status_.error_message();
  EXPECT_EQ(response.revision(), 1);
  const v1::Rule& rule = response.rule();
  EXPECT_EQ(rule.name(), "ruleSets/slack/rules/team");
  EXPECT_EQ(rule.title(), "A busy team");
  EXPECT_EQ(rule.description(), "Many messages");
  EXPECT_EQ(rule.owner(), "growth@example.com");
  EXPECT_THAT(rule.tags(), ElementsAre("activation", "self-serve"));
  EXPECT_EQ(rule.stage(), "pql");
  EXPECT_EQ(rule.mode(), "active");
  EXPECT_EQ(rule.when(), "busy");
  EXPECT_EQ(rule.unless(), "plan != \"free\"");
  EXPECT_EQ(rule.keep_while(), "messages >= 1500");
  EXPECT_EQ(rule.score(), "messages / 100");
  EXPECT_EQ(rule.active_from().seconds(), 1'767'225'600);
  EXPECT_EQ(rule.active_until().seconds(), 1'798'761'600);
  EXPECT_THAT(rule.source(), HasSubstr("  when        busy\n")) << "in canonical form";
  EXPECT_EQ(rule.provenance().file().path(), "slack/rules.pql");
  EXPECT_EQ(rule.provenance().file().line(), 6);
  EXPECT_THAT(rule.metrics(), ElementsAre("messages", "plan"));
  EXPECT_EQ(rule.change_revision(), 1);
  EXPECT_NE(rule.etag(), "");
}

TEST_F(RuleServiceTest, CodeIsCanonicalAndCommentsAreKept) {
  Load(
      "metric m: number\n"
      "rule plain   {when   m>2000 and(m<3)}\n"
      "rule noted { # why\n  when m>2\n}\n");
  v1::GetRuleRequest request;
  request.set_name("ruleSets/slack/rules/plain");
  const v1::Rule plain = Call(&v1::RuleService::Stub::GetRule, request).rule();
  EXPECT_EQ(plain.when(), "m > 2000 and (m < 3)");
  EXPECT_EQ(plain.source(), "rule plain {\n  when   m > 2000 and (m < 3)\n}\n");
  request.set_name("ruleSets/slack/rules/noted");
  EXPECT_EQ(Call(&v1::RuleService::Stub::GetRule, request).rule().source(),
            "rule noted { # why\n  when m>2\n}");
}

TEST_F(RuleServiceTest, WhatIsNotThereIsNamed) {
  Load(kTeamRules);
  v1::GetRuleRequest request;
  request.set_name("ruleSets/slack/rules/nobody");
  Call(&v1::RuleService::Stub::GetRule, request);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(InfoOf(status_).metadata().at("resource_name"), "ruleSets/slack/rules/nobody");
  request.set_name("slack_team");
  Call(&v1::RuleService::Stub::GetRule, request);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  GetRuleSet("ruleSets/nobody");
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(RuleServiceTest, ListsRulesByFilterAndInPages) {
  Load(kTeamRules);
  v1::ListRulesRequest request;
  request.set_parent("ruleSets/slack");
  EXPECT_THAT(NamesOf(ListRules(request)),
              ElementsAre("ruleSets/slack/rules/idea", "ruleSets/slack/rules/seen",
                          "ruleSets/slack/rules/team", "ruleSets/slack/rules/trial"));
  request.set_mode("active");
  request.set_page_size(1);
  v1::ListRulesResponse page = ListRules(request);
  EXPECT_THAT(NamesOf(page), ElementsAre("ruleSets/slack/rules/seen"));
  EXPECT_EQ(page.total_size(), 2);
  EXPECT_EQ(page.revision(), 1);
  request.set_page_token(page.next_page_token());
  page = ListRules(request);
  EXPECT_THAT(NamesOf(page), ElementsAre("ruleSets/slack/rules/team"));
  EXPECT_EQ(page.next_page_token(), "");

  request.set_tag("other");
  ListRules(request);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << "another query";
  request.clear_tag();
  Load("metric m: number\nrule r { when m > 1 }");
  ListRules(request);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::ABORTED) << "another revision";
}

TEST_F(RuleServiceTest, SchemaTellsWhatCallersSend) {
  Load(R"(
metric size: number unit bytes default 10MB kind product "How much is stored"
metric plan: one of ("free", "pro")
metric seen: list(string)
stages mql < pql
scorecard fit "Fit" cap 50 floor 0 { add 10 when size > 1GB }
output grade = if fit > 5 then "A" else "B"
rule big { title "Big" stage pql when size > 1GB }
)");
  v1::GetSchemaRequest request;
  request.set_name("ruleSets/slack/schema");
  const v1::Schema schema = Call(&v1::RuleService::Stub::GetSchema, request).schema();
  ASSERT_TRUE(status_.ok()) << status_.error_message();
  ASSERT_THAT(schema.metrics(), SizeIs(3));
  EXPECT_EQ(schema.metrics(0).name(), "plan");
  EXPECT_EQ(schema.metrics(0).type(), "one of");
  EXPECT_THAT(schema.metrics(0).allowed_values(), ElementsAre("free", "pro"));
  EXPECT_FALSE(schema.metrics(0).has_default_value());
  EXPECT_EQ(schema.metrics(1).type(), "list(string)");
  const v1::Metric& size = schema.metrics(2);
  EXPECT_EQ(size.type(), "number");
  EXPECT_EQ(size.unit(), "bytes");
  EXPECT_EQ(size.default_value().number_value(), 10'000'000);
  EXPECT_EQ(size.kind(), "product");
  EXPECT_EQ(size.documentation(), "How much is stored");
  EXPECT_EQ(size.provenance().file().line(), 2);
  EXPECT_THAT(size.rules(), ElementsAre("big"));
  EXPECT_THAT(schema.stages(), ElementsAre("mql", "pql"));
  ASSERT_THAT(schema.scorecards(), SizeIs(1));
  EXPECT_EQ(schema.scorecards(0).cap(), 50);
  EXPECT_EQ(schema.scorecards(0).floor(), 0);
  EXPECT_THAT(schema.scorecards(0).metrics(), ElementsAre("size"));
  ASSERT_THAT(schema.outputs(), SizeIs(1));
  EXPECT_EQ(schema.outputs(0).name(), "grade");
  ASSERT_THAT(schema.rules(), SizeIs(1));
  EXPECT_EQ(schema.rules(0).stage(), "pql");
  EXPECT_GT(schema.functions_size(), 20);
  for (const v1::Function& function : schema.functions()) {
    EXPECT_GT(function.signatures_size(), 0) << function.name();
    EXPECT_NE(function.documentation(), "") << function.name();
  }
}

TEST_F(RuleServiceTest, ValidateAnswersFindingsAndChangesNothing) {
  Load(kTeamRules);
  v1::ValidateRulesRequest request;
  v1::SourceFile* file = request.add_files();
  file->set_path("teams.pql");
  file->set_text(kTypo);
  v1::ValidateRulesResponse response = Call(&v1::RuleService::Stub::ValidateRules, request);
  ASSERT_TRUE(status_.ok()) << status_.error_message();
  ASSERT_THAT(response.diagnostics(), SizeIs(1));
  EXPECT_EQ(response.diagnostics(0).name(), "unknown-metric");
  EXPECT_EQ(response.diagnostics(0).location().file(), "teams.pql");
  EXPECT_GT(response.diagnostics(0).fix().edits_size(), 0);

  file->set_text("metric messages: number\nrule team { when messages > 3 }\n");
  response = Call(&v1::RuleService::Stub::ValidateRules, request);
  ASSERT_THAT(response.diagnostics(), SizeIs(4)) << "warnings";
  EXPECT_EQ(response.diagnostics(0).name(), "never-decided");
  EXPECT_EQ(response.diagnostics(0).severity(), "WARNING");
  for (const char* name : {"never-decided", "untested-rule", "missing-owner", "PQL2044"}) {
    request.add_allow(name);
  }
  response = Call(&v1::RuleService::Stub::ValidateRules, request);
  EXPECT_THAT(response.diagnostics(), IsEmpty());

  file->set_language("cobol");
  Call(&v1::RuleService::Stub::ValidateRules, request);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(GetRuleSet("ruleSets/slack").revision(), 1);
}

}  // namespace
}  // namespace pql
