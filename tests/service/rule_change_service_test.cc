// The methods of RuleService that change rules, read the history, test and watch, over gRPC.

#include <atomic>
#include <functional>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "pql/v1/diagnostic.pb.h"
#include "service/caller.h"
#include "service/rule_service.h"
#include "tests/service/service_testing.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;

using Stub = v1::RuleService::Stub;

constexpr char kMetrics[] = "metric messages: number default 0\n";

class RuleChangeServiceTest : public ServiceTest {
 protected:
  template <typename Response, typename Request>
  Response Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                const Request& request) {
    grpc::ClientContext context;
    Response response;
    status_ = (rules_.get()->*method)(&context, request, &response);
    return response;
  }

  v1::ApplyRuleSetRequest ApplyRequest(
      const std::vector<std::pair<std::string, std::string>>& files,
      const std::string& name = "ruleSets/slack") {
    v1::ApplyRuleSetRequest request;
    request.set_name(name);
    for (const auto& [path, text] : files) {
      v1::SourceFile* file = request.add_files();
      file->set_path(path);
      file->set_text(text);
    }
    return request;
  }
  v1::ApplyRuleSetResponse Apply(const std::vector<std::pair<std::string, std::string>>& files) {
    return Call(&Stub::ApplyRuleSet, ApplyRequest(files));
  }
  v1::CreateRuleResponse Create(const std::string& rule, const std::string& when) {
    v1::CreateRuleRequest request;
    request.set_parent("ruleSets/slack");
    request.set_rule_id(rule);
    request.mutable_rule()->set_when(when);
    return Call(&Stub::CreateRule, request);
  }
  v1::DiagnosticList FindingsOf(const grpc::Status& status) {
    v1::ErrorStatus details;
    v1::DiagnosticList findings;
    EXPECT_TRUE(details.ParseFromString(status.error_details()));
    EXPECT_EQ(details.details_size(), 2);
    if (details.details_size() == 2) {
      EXPECT_TRUE(details.details(1).UnpackTo(&findings));
    }
    return findings;
  }

  grpc::Status status_;
};

TEST_F(RuleChangeServiceTest, ApplyAnswersTheDiffByRule) {
  v1::ApplyRuleSetResponse response =
      Apply({{"m.pql", kMetrics}, {"t.pql", "rule team { when messages > 3 }\n"}});
  ASSERT_TRUE(status_.ok()) << status_.error_message();
  EXPECT_EQ(response.revision(), 1);
  ASSERT_THAT(response.changes(), SizeIs(1));
  EXPECT_EQ(response.changes(0).kind(), v1::RULE_CHANGE_KIND_ADDED);
  response = Apply({{"m.pql", kMetrics}, {"t.pql", "rule team { when messages > 4 }\n"}});
  ASSERT_THAT(response.changes(), SizeIs(1));
  EXPECT_EQ(response.changes(0).rule(), "team");
  EXPECT_EQ(response.changes(0).kind(), v1::RULE_CHANGE_KIND_MODIFIED);
  EXPECT_THAT(response.changes(0).changed_fields(), ElementsAre("when"));
  EXPECT_EQ(response.changes(0).old_source(), "rule team {\n  when   messages > 3\n}\n");
  EXPECT_EQ(response.changes(0).new_source(), "rule team {\n  when   messages > 4\n}\n");
}

TEST_F(RuleChangeServiceTest, RejectedSourcesCarryTheirFindings) {
  Apply({{"m.pql", kMetrics}, {"t.pql", "rule team { when mesages > 3 }\n"}});
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(InfoOf(status_).reason(), "INVALID_SOURCE");
  EXPECT_EQ(InfoOf(status_).metadata().at("error_count"), "1");
  const v1::DiagnosticList findings = FindingsOf(status_);
  ASSERT_GE(findings.diagnostics_size(), 1);
  EXPECT_EQ(findings.diagnostics(0).name(), "unknown-metric");
  EXPECT_EQ(findings.diagnostics(0).location().file(), "t.pql");
  EXPECT_EQ(findings.diagnostics(0).location().start_column(), 18);
}

TEST_F(RuleChangeServiceTest, ManyFindingsStillReachTheCaller) {
  std::string text;
  for (int i = 0; i < 45; ++i) {
    StrAppend(&text, "rule team_", i, " { when some_quite_long_name_of_a_metric_", i, " > 3 }\n");
  }
  Apply({{"t.pql", text}});
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status_.error_message();
  const v1::DiagnosticList findings = FindingsOf(status_);
  EXPECT_GT(findings.diagnostics_size(), 3);
  EXPECT_GE(findings.diagnostics_size() + findings.dropped_count(), 45);
  EXPECT_LT(status_.error_details().size(), 5'500);
}

TEST_F(RuleChangeServiceTest, CreatedRuleIsAnsweredListedAndInForce) {
  Apply({{"m.pql", kMetrics}});
  clock_.Advance(absl::Minutes(1));
  v1::CreateRuleRequest request;
  request.set_parent("ruleSets/slack");
  request.set_rule_id("team");
  v1::Rule* rule = request.mutable_rule();
  rule->set_title("A team");
  rule->add_tags("self-serve");
  rule->set_when(R"({">=": [{"var": "messages"}, 2000]})");
  rule->mutable_active_from()->set_seconds(1'767'225'600);
  request.set_language("jsonlogic");
  request.set_comment("from the rule builder");
  const v1::CreateRuleResponse created = Call(&Stub::CreateRule, request);
  ASSERT_TRUE(status_.ok()) << status_.error_message();
  EXPECT_EQ(created.revision(), 2);
  EXPECT_EQ(created.rule().name(), "ruleSets/slack/rules/team");
  EXPECT_EQ(created.rule().when(), "messages >= 2000");
  EXPECT_EQ(created.rule().active_from().seconds(), 1'767'225'600);
  EXPECT_EQ(created.rule().change_revision(), 2);
  EXPECT_EQ(created.rule().provenance().api().author(), "anonymous");
  EXPECT_EQ(created.rule().provenance().api().path(), "rules/team.pql");
  EXPECT_EQ(created.rule().provenance().api().line(), 1);
  EXPECT_EQ(created.rule().provenance().api().change_time().seconds(),
            absl::ToUnixSeconds(clock_.Now()));

  v1::EvaluateRequest evaluate;
  evaluate.set_rule_set("ruleSets/slack");
  evaluate.mutable_options()->set_min_revision(created.revision());
  (*evaluate.mutable_account()->mutable_metrics())["messages"].set_number_value(2000);
  v1::EvaluateResponse evaluated;
  grpc::ClientContext context;
  ASSERT_TRUE(evaluations_->Evaluate(&context, evaluate, &evaluated).ok());
  EXPECT_EQ(evaluated.evaluation().rules(0).rule(), "team");

  v1::GetRevisionRequest get;
  get.set_name("ruleSets/slack/revisions/2");
  const v1::Revision revision = Call(&Stub::GetRevision, get).revision();
  EXPECT_EQ(revision.cause(), v1::REVISION_CAUSE_RULE_CHANGE);
  EXPECT_EQ(revision.author(), "anonymous");
  EXPECT_THAT(revision.peer(), MatchesRegex("(127\\.0\\.0\\.1|\\[::1\\]):[0-9]+"));
  EXPECT_EQ(revision.comment(), "from the rule builder");
  EXPECT_EQ(revision.parent_revision(), 1);
  ASSERT_THAT(revision.sources(), SizeIs(2));
  EXPECT_TRUE(revision.sources(1).api_managed());
}

TEST_F(RuleChangeServiceTest, UpdateTakesAMask) {
  Apply({{"m.pql", kMetrics},
         {"t.pql", "rule team {\n  title \"T\"\n  owner \"o\"\n  when messages > 3\n}\n"}});
  v1::UpdateRuleRequest request;
  request.mutable_rule()->set_name("ruleSets/slack/rules/team");
  request.mutable_rule()->set_when("messages > 5");
  v1::Rule rule = Call(&Stub::UpdateRule, request).rule();
  ASSERT_TRUE(status_.ok()) << status_.error_message();
  EXPECT_EQ(rule.when(), "messages > 5");
  EXPECT_EQ(rule.title(), "T") << "without a mask: what is not empty";

  request.mutable_update_mask()->add_paths("title");
  request.mutable_rule()->set_when("ignored");
  rule = Call(&Stub::UpdateRule, request).rule();
  EXPECT_EQ(rule.title(), "") << "named and empty: removed";
  EXPECT_EQ(rule.when(), "messages > 5");

  request.mutable_update_mask()->add_paths("*");
  request.mutable_rule()->set_when("messages > 7");
  request.mutable_rule()->set_etag(rule.etag());
  rule = Call(&Stub::UpdateRule, request).rule();
  EXPECT_EQ(rule.owner(), "");
  EXPECT_EQ(rule.when(), "messages > 7");
  Call(&Stub::UpdateRule, request);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::ABORTED) << "the etag is an old one";
  EXPECT_EQ(InfoOf(status_).reason(), "ETAG_MISMATCH");

  for (const std::string path : {"name", "etag", "source", "whn"}) {
    request.mutable_update_mask()->clear_paths();
    request.mutable_update_mask()->add_paths(path);
    Call(&Stub::UpdateRule, request);
    EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << path;
    EXPECT_EQ(InfoOf(status_).metadata().at("field"), "update_mask");
  }
  EXPECT_THAT(status_.error_message(), HasSubstr("did you mean `when`?"));
}

TEST_F(RuleChangeServiceTest, DeleteAndRollback) {
  Apply({{"m.pql", kMetrics}});
  Create("team", "messages > 3");
  v1::DeleteRuleRequest remove;
  remove.set_name("ruleSets/slack/rules/team");
  EXPECT_EQ(Call(&Stub::DeleteRule, remove).revision(), 3);
  Call(&Stub::DeleteRule, remove);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(InfoOf(status_).metadata().at("resource_name"), "ruleSets/slack/rules/team");
  v1::RollbackRuleSetRequest rollback;
  rollback.set_name("ruleSets/slack");
  rollback.set_revision(2);
  rollback.set_validate_only(true);
  EXPECT_EQ(Call(&Stub::RollbackRuleSet, rollback).revision(), 3);
  rollback.set_validate_only(false);
  const v1::RollbackRuleSetResponse back = Call(&Stub::RollbackRuleSet, rollback);
  EXPECT_EQ(back.revision(), 4);
  ASSERT_THAT(back.changes(), SizeIs(1));
  EXPECT_EQ(back.changes(0).kind(), v1::RULE_CHANGE_KIND_ADDED);
}

TEST_F(RuleChangeServiceTest, RetryWithTheSameRequestIdIsAnsweredAlike) {
  Apply({{"m.pql", kMetrics}});
  v1::CreateRuleRequest request;
  request.set_parent("ruleSets/slack");
  request.set_rule_id("team");
  request.mutable_rule()->set_when("messages > 3");
  request.set_request_id("5f6d2c0e");
  const v1::CreateRuleResponse first = Call(&Stub::CreateRule, request);
  const v1::CreateRuleResponse second = Call(&Stub::CreateRule, request);
  ASSERT_TRUE(status_.ok()) << status_.error_message();
  EXPECT_EQ(second.SerializeAsString(), first.SerializeAsString());
  request.set_rule_id("other");
  Call(&Stub::CreateRule, request);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(InfoOf(status_).reason(), "REQUEST_ID_REUSED");
}

TEST_F(RuleChangeServiceTest, RulesOfFilesAreChangedInTheirFiles) {
  Load("metric messages: number\nrule team { when messages > 3 }\n");
  v1::DeleteRuleRequest request;
  request.set_name("ruleSets/slack/rules/team");
  Call(&Stub::DeleteRule, request);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  EXPECT_EQ(InfoOf(status_).reason(), "MANAGED_IN_FILE");
  EXPECT_EQ(InfoOf(status_).metadata().at("file"), "slack/rules.pql");
  EXPECT_EQ(InfoOf(status_).metadata().at("line"), "2");
}

TEST_F(RuleChangeServiceTest, BadRequestsNameTheField) {
  Apply({{"m.pql", kMetrics}});
  v1::CreateRuleRequest request;
  const auto expect = [this, &request](const std::string& field) {
    Call(&Stub::CreateRule, request);
    EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(InfoOf(status_).metadata().at("field"), field) << status_.error_message();
  };
  expect("parent");
  request.set_parent("ruleSets/slack");
  expect("rule");
  request.mutable_rule();
  expect("rule.when");
  request.mutable_rule()->set_when("messages > 1");
  expect("rule_id");
  request.set_rule_id("team");
  request.set_language("cobol");
  expect("language");
  request.clear_language();
  request.mutable_rule()->set_mode("on");
  expect("rule.mode");
}

TEST_F(RuleChangeServiceTest, HistoryComesInPagesAndByFilter) {
  Apply({{"m.pql", kMetrics}});
  Create("a", "messages > 1");
  Create("b", "messages > 1");
  Create("c", "messages > 1");
  v1::ListRevisionsRequest request;
  request.set_parent("ruleSets/slack");
  request.set_page_size(3);
  v1::ListRevisionsResponse page = Call(&Stub::ListRevisions, request);
  ASSERT_THAT(page.revisions(), SizeIs(3));
  EXPECT_EQ(page.revisions(0).revision(), 4);
  EXPECT_EQ(page.revisions(0).name(), "ruleSets/slack/revisions/4");
  EXPECT_THAT(page.revisions(0).sources(), IsEmpty());
  request.set_page_token(page.next_page_token());
  page = Call(&Stub::ListRevisions, request);
  ASSERT_THAT(page.revisions(), SizeIs(1));
  EXPECT_EQ(page.revisions(0).revision(), 1);
  EXPECT_EQ(page.revisions(0).cause(), v1::REVISION_CAUSE_APPLY);
  EXPECT_EQ(page.next_page_token(), "");
  request.set_rule("b");
  Call(&Stub::ListRevisions, request);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << "another query";
  request.clear_page_token();
  page = Call(&Stub::ListRevisions, request);
  ASSERT_THAT(page.revisions(), SizeIs(1));
  EXPECT_EQ(page.revisions(0).revision(), 3);
  request.set_parent("ruleSets/nobody");
  Call(&Stub::ListRevisions, request);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::NOT_FOUND);
  v1::GetRevisionRequest get;
  get.set_name("ruleSets/slack/revisions/9");
  Call(&Stub::GetRevision, get);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::NOT_FOUND);
  get.set_name("ruleSets/slack/revisions/x");
  Call(&Stub::GetRevision, get);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(RuleChangeServiceTest, TestsRunWithCoverageAndExplanations) {
  Apply({{"m.pql", kMetrics},
         {"t.pql",
          "rule team { when messages > 3 }\n"
          "test \"busy\" { given messages = 4 expect team }\n"
          "test \"quiet\" { given messages = 1 expect team }\n"}});
  v1::TestRuleSetRequest request;
  request.set_name("ruleSets/slack");
  request.set_include_coverage(true);
  v1::TestRuleSetResponse response = Call(&Stub::TestRuleSet, request);
  ASSERT_TRUE(status_.ok()) << status_.error_message();
  EXPECT_EQ(response.passed_count(), 1);
  EXPECT_EQ(response.failed_count(), 1);
  ASSERT_THAT(response.results(), SizeIs(2));
  const v1::TestResult& failed = response.results(1);
  EXPECT_EQ(failed.test(), "quiet");
  EXPECT_EQ(failed.location().start_line(), 3);
  ASSERT_THAT(failed.failures(), SizeIs(1));
  EXPECT_EQ(failed.failures(0).source(), "team");
  EXPECT_EQ(failed.failures(0).outcome(), "FALSE");
  EXPECT_NE(failed.failures(0).message(), "");
  EXPECT_TRUE(failed.failures(0).has_explanation());
  ASSERT_THAT(response.coverage(), SizeIs(1));
  EXPECT_EQ(response.coverage(0).source(), "messages > 3");
  EXPECT_TRUE(response.coverage(0).seen_true());
  EXPECT_TRUE(response.coverage(0).seen_false());

  request.set_run("^bus");
  response = Call(&Stub::TestRuleSet, request);
  EXPECT_THAT(response.results(), SizeIs(1));
  EXPECT_FALSE(response.coverage(0).seen_false());
  request.set_run("(");
  Call(&Stub::TestRuleSet, request);
  EXPECT_EQ(InfoOf(status_).metadata().at("field"), "run");
  request.clear_run();
  request.add_files()->set_path("t.pql");
  request.mutable_files(0)->set_text("rule team { when nonsense }");
  Call(&Stub::TestRuleSet, request);
  EXPECT_EQ(InfoOf(status_).reason(), "INVALID_SOURCE");
}

TEST_F(RuleChangeServiceTest, ValidationReplacesWhatTheApiManages) {
  Load(kMetrics);
  Create("team", "messages > 3");
  v1::ValidateRulesRequest request;
  request.set_rule_set("ruleSets/slack");
  v1::SourceFile* file = request.add_files();
  file->set_path("t.pql");
  file->set_text("rule team { when messages > 4 }\n");
  const v1::ValidateRulesResponse validated = Call(&Stub::ValidateRules, request);
  for (const v1::Diagnostic& finding : validated.diagnostics()) {
    EXPECT_NE(finding.severity(), "ERROR") << finding.message();
  }
  ASSERT_TRUE(status_.ok()) << status_.error_message();
}

// A watch that a thread reads into a list.
class Watch {
 public:
  Watch(Stub* stub, const v1::WatchRuleSetsRequest& request)
      : reader_(stub->WatchRuleSets(&context_, request)) {}
  ~Watch() {
    context_.TryCancel();
    reader_->Finish();
  }
  v1::WatchRuleSetsResponse Next() {
    v1::WatchRuleSetsResponse event;
    if (!reader_->Read(&event)) event.set_event(v1::RULE_SET_EVENT_UNSPECIFIED);
    return event;
  }
  std::string NextText() {
    const v1::WatchRuleSetsResponse event = Next();
    return StrCat(v1::RuleSetEvent_Name(event.event()).substr(15), " ", event.rule_set().name(),
                  " ", event.rule_set().revision(), " ", event.revision().revision());
  }
  grpc::Status Finish() { return reader_->Finish(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::WatchRuleSetsResponse>> reader_;
};

TEST_F(RuleChangeServiceTest, WatchTellsTheStateThenEveryRevision) {
  Apply({{"m.pql", kMetrics}});
  Watch watch(rules_.get(), {});
  EXPECT_EQ(watch.NextText(), "CURRENT ruleSets/slack 1 0");
  EXPECT_EQ(watch.NextText(), "CAUGHT_UP  0 0");
  for (int i = 2; i < 12; ++i) {
    Create(StrCat("rule_", i), "messages > 1");
    EXPECT_EQ(watch.NextText(), StrCat("CHANGED ruleSets/slack ", i, " ", i));
  }
  engine_.rule_sets().Update(TreeOf({{"slack", "rule broken {"}}));
  const v1::WatchRuleSetsResponse failed = watch.Next();
  EXPECT_EQ(failed.event(), v1::RULE_SET_EVENT_LOAD_STATUS);
  EXPECT_TRUE(failed.rule_set().has_load_failure());
  engine_.rule_sets().Update(TreeOf({{"slack", "# nothing\n"}}));
  EXPECT_EQ(watch.NextText(), "CHANGED ruleSets/slack 12 12");
}

TEST_F(RuleChangeServiceTest, WatchResumesWhereItWas) {
  Apply({{"m.pql", kMetrics}});
  Create("a", "messages > 1");
  Create("b", "messages > 1");
  v1::WatchRuleSetsRequest request;
  request.add_rule_sets("ruleSets/slack");
  (*request.mutable_seen_revisions())["ruleSets/slack"] = 1;
  Watch watch(rules_.get(), request);
  v1::WatchRuleSetsResponse event = watch.Next();
  EXPECT_EQ(event.event(), v1::RULE_SET_EVENT_CHANGED);
  EXPECT_EQ(event.revision().revision(), 2);
  EXPECT_EQ(event.revision().changes(0).rule(), "a");
  EXPECT_EQ(event.rule_set().revision(), 2);
  EXPECT_EQ(watch.NextText(), "CHANGED ruleSets/slack 3 3");
  EXPECT_EQ(watch.NextText(), "CAUGHT_UP  0 0");
  (*request.mutable_seen_revisions())["ruleSets/slack"] = 3;
  Watch nothing_new(rules_.get(), request);
  EXPECT_EQ(nothing_new.NextText(), "CAUGHT_UP  0 0");
  (*request.mutable_seen_revisions())["ruleSets/slack"] = 99;
  Watch another_history(rules_.get(), request);
  EXPECT_EQ(another_history.NextText(), "CURRENT ruleSets/slack 3 0");
}

TEST_F(RuleChangeServiceTest, WatchOfOneRuleSetHearsOfNoOther) {
  Call(&Stub::ApplyRuleSet, ApplyRequest({{"m.pql", kMetrics}}, "ruleSets/other"));
  v1::WatchRuleSetsRequest request;
  request.add_rule_sets("ruleSets/slack");
  Watch watch(rules_.get(), request);
  EXPECT_EQ(watch.NextText(), "CAUGHT_UP  0 0") << "it need not exist yet";
  Call(&Stub::ApplyRuleSet, ApplyRequest({{"m.pql", "metric a: bool"}}, "ruleSets/other"));
  Apply({{"m.pql", kMetrics}});
  EXPECT_EQ(watch.NextText(), "CHANGED ruleSets/slack 1 1");
  Apply({});
  EXPECT_EQ(watch.NextText(), "DELETED ruleSets/slack 0 0");
}

TEST_F(RuleChangeServiceTest, ReaderThatSleepsHoldsUpNobodyAndMissesNothing) {
  Apply({{"m.pql", kMetrics}});
  Watch asleep(rules_.get(), {});
  EXPECT_EQ(asleep.NextText(), "CURRENT ruleSets/slack 1 0");
  EXPECT_EQ(asleep.NextText(), "CAUGHT_UP  0 0");
  constexpr int kRevisions = 60;
  // Each revision is large, so that the stream's buffers are full soon.
  for (int i = 2; i <= kRevisions; ++i) {
    Apply({{"m.pql", kMetrics},
           {"t.pql", StrCat("rule team { title \"", std::string(20'000, 'x'), "\" when messages > ",
                            i, " }\n")}});
    ASSERT_TRUE(status_.ok()) << status_.error_message();
  }
  for (int i = 2; i <= kRevisions; ++i) {
    EXPECT_EQ(asleep.Next().revision().revision(), i);
  }
}

TEST_F(RuleChangeServiceTest, WatchesEndWhenTheServerDoes) {
  Watch watch(rules_.get(), {});
  EXPECT_EQ(watch.NextText(), "CAUGHT_UP  0 0");
  engine_.EndWatches();
  EXPECT_EQ(watch.Next().event(), v1::RULE_SET_EVENT_UNSPECIFIED);
  EXPECT_TRUE(engine_.watches().WaitUntilIdle(absl::Seconds(10)));
}

TEST_F(RuleChangeServiceTest, BadWatchesAreRefused) {
  v1::WatchRuleSetsRequest request;
  request.add_rule_sets("slack");
  grpc::ClientContext context;
  status_ = rules_->WatchRuleSets(&context, request)->Finish();
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

// What the bearer of the token `eve` may, and until when: "" or " until TIME".
void SetGrant(const std::string& grant, Engine* engine, const std::string& until = "") {
  const absl::StatusOr<AccessPolicy> policy = AccessPolicy::Parse(
      StrCat(grant, "\ntoken ", absl::BytesToHexString(Sha256("eve")), " eve", until, "\n"));
  ASSERT_TRUE(policy.ok()) << policy.status();
  engine->access().SetPolicy(std::make_shared<const AccessPolicy>(*policy));
}

TEST_F(RuleChangeServiceTest, WatchEndsWhenItsRightIsTakenAway) {
  Apply({{"m.pql", kMetrics}});
  struct Case {
    std::string watched;  // empty: all
    std::string before;
    std::string after;
    grpc::StatusCode code;  // OK: the watch goes on
  };
  using Code = grpc::StatusCode;
  int changes = 0;
  const Case cases[] = {
      {"", "grant eve viewer", "grant eve evaluator", Code::PERMISSION_DENIED},
      {"ruleSets/slack", "grant eve viewer slack", "grant eve viewer other",
       Code::PERMISSION_DENIED},
      {"", "grant eve viewer slack", "grant eve viewer slack other", Code::UNAVAILABLE},
      {"", "grant eve viewer", "grant eve viewer slack", Code::UNAVAILABLE},
      {"ruleSets/slack", "grant eve viewer", "grant eve viewer slack", Code::OK},
      {"", "grant eve viewer", "grant eve editor", Code::OK},
  };
  for (const Case& test : cases) {
    SetGrant(test.before, &engine_);
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer eve");
    v1::WatchRuleSetsRequest request;
    if (!test.watched.empty()) request.add_rule_sets(test.watched);
    const auto reader = rules_->WatchRuleSets(&context, request);
    v1::WatchRuleSetsResponse event;
    do {
      ASSERT_TRUE(reader->Read(&event)) << test.before;
    } while (event.event() != v1::RULE_SET_EVENT_CAUGHT_UP);
    SetGrant(test.after, &engine_);
    if (test.code == Code::OK) {
      Load(StrCat("# ", ++changes, "\n"));
      EXPECT_TRUE(reader->Read(&event)) << test.after;
      context.TryCancel();
      reader->Finish();
      continue;
    }
    EXPECT_FALSE(reader->Read(&event)) << test.after;
    EXPECT_EQ(reader->Finish().error_code(), test.code) << test.after;
  }
}

TEST_F(RuleChangeServiceTest, WatchEndsWhenItsTokenIsNobodysAnyMore) {
  SetGrant("grant eve viewer", &engine_);
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer eve");
  const auto reader = rules_->WatchRuleSets(&context, {});
  v1::WatchRuleSetsResponse event;
  ASSERT_TRUE(reader->Read(&event));
  const absl::StatusOr<AccessPolicy> policy = AccessPolicy::Parse("grant eve viewer\n");
  engine_.access().SetPolicy(std::make_shared<const AccessPolicy>(*policy));
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

// A change waits for those before it, and for the store.
TEST_F(RuleChangeServiceTest, AQueuedChangeNeedsItsRightWhenItsTurnComes) {
  Apply({{"m.pql", kMetrics}});
  SetGrant("grant eve editor", &engine_);
  const auto apply_behind = [this](const std::function<void()>& meanwhile) {
    std::promise<void> begun;
    std::promise<void> go_on;
    EXPECT_TRUE(engine_.change_workers().TryRun([&begun, &go_on] {
      begun.set_value();
      go_on.get_future().wait();
    }));
    begun.get_future().wait();
    std::future<grpc::Status> status = std::async([this] {
      grpc::ClientContext context;
      context.AddMetadata("authorization", "Bearer eve");
      v1::ApplyRuleSetResponse response;
      const std::string text = std::string(kMetrics) + "rule late { when messages > 1 }\n";
      return rules_->ApplyRuleSet(&context, ApplyRequest({{"m.pql", text}}), &response);
    });
    while (engine_.admission().in_flight() < 1) std::this_thread::yield();
    while (engine_.change_workers().queued() < 1) std::this_thread::yield();
    meanwhile();
    go_on.set_value();
    return status.get();
  };
  const grpc::Status gone = apply_behind([this] {
    const absl::StatusOr<AccessPolicy> policy = AccessPolicy::Parse("grant eve editor\n");
    engine_.access().SetPolicy(std::make_shared<const AccessPolicy>(*policy));
  });
  EXPECT_EQ(gone.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  SetGrant("grant eve editor", &engine_);
  const grpc::Status less = apply_behind([this] { SetGrant("grant eve viewer", &engine_); });
  EXPECT_EQ(less.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_EQ(engine_.rule_sets().snapshot()->Find("slack")->revision, 1);
}

TEST_F(RuleChangeServiceTest, ARuleSetThatIsGoneTakesAnAdminToBringBack) {
  Apply({{"m.pql", kMetrics}});
  Apply({});
  ASSERT_TRUE(status_.ok()) << status_.error_message();
  ASSERT_EQ(engine_.rule_sets().snapshot()->Find("slack"), nullptr);
  v1::RollbackRuleSetRequest rollback;
  rollback.set_name("ruleSets/slack");
  rollback.set_revision(1);
  const auto roll_back_as_eve = [&] {
    grpc::ClientContext context;
    context.AddMetadata("authorization", "Bearer eve");
    v1::RollbackRuleSetResponse response;
    return rules_->RollbackRuleSet(&context, rollback, &response).error_code();
  };
  SetGrant("grant eve editor", &engine_);
  EXPECT_EQ(roll_back_as_eve(), grpc::StatusCode::PERMISSION_DENIED);
  SetGrant("grant eve admin", &engine_);
  EXPECT_EQ(roll_back_as_eve(), grpc::StatusCode::OK);
}

TEST_F(RuleChangeServiceTest, NoNameHasANul) {
  using std::string_literals::operator""s;
  v1::GetRevisionRequest get;
  get.set_name("ruleSets/a\0b/revisions/1"s);
  Call(&Stub::GetRevision, get);
  EXPECT_EQ(status_.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  Apply({{"m.pql", kMetrics}});
  v1::ListRevisionsRequest list;
  list.set_parent("ruleSets/slack");
  list.set_author("a\0b"s);
  Call(&Stub::ListRevisions, list);
  EXPECT_EQ(InfoOf(status_).metadata().at("field"), "author");
  list.set_author("");
  list.set_rule("\0"s);
  Call(&Stub::ListRevisions, list);
  EXPECT_EQ(InfoOf(status_).metadata().at("field"), "rule");
}

TEST_F(RuleChangeServiceTest, WatchEndsWhenItsTokenDoes) {
  SetGrant("grant eve viewer", &engine_, " until 2026-03-01T00:00:01Z");  // a second from now
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer eve");
  const auto reader = rules_->WatchRuleSets(&context, {});
  v1::WatchRuleSetsResponse event;
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.event(), v1::RULE_SET_EVENT_CAUGHT_UP);
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(reader->Read(&event));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAUTHENTICATED);
}

TEST(CallerTest, AddressesAreForPeople) {
  EXPECT_EQ(AddressOf("ipv4:192.0.2.7:50312"), "192.0.2.7:50312");
  EXPECT_EQ(AddressOf("ipv6:%5B::1%5D:50312"), "[::1]:50312");
  EXPECT_EQ(AddressOf("unix:/run/pqld"), "unix:/run/pqld");
}

}  // namespace
}  // namespace pql
