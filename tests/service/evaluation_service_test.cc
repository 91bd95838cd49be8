#include "service/evaluation_service.h"

#include <google/protobuf/util/json_util.h>

#include <chrono>
#include <string>
#include <thread>

#include "base/strings.h"
#include "tests/service/service_testing.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class EvaluationServiceTest : public ServiceTest {
 protected:
  using ServiceTest::ServiceTest;

  grpc::Status Evaluate(const std::string& json) {
    grpc::ClientContext context;
    response_.Clear();
    return evaluations_->Evaluate(&context, FromJson<v1::EvaluateRequest>(json), &response_);
  }
  grpc::Status Batch(const std::string& json) {
    grpc::ClientContext context;
    batch_.Clear();
    return evaluations_->BatchEvaluate(&context, FromJson<v1::BatchEvaluateRequest>(json), &batch_);
  }
  std::string Answer() const {
    std::string json;
    EXPECT_TRUE(google::protobuf::util::MessageToJsonString(response_.evaluation(), &json).ok());
    return json;
  }

  v1::EvaluateResponse response_;
  v1::BatchEvaluateResponse batch_;
};

TEST_F(EvaluationServiceTest, AnswersTheRulesThatQualify) {
  Load(kTeamRules);
  const grpc::Status status = Evaluate(
      R"({"ruleSet":"ruleSets/slack",
          "account":{"id":"a1","metrics":{"messages":2500,"plan":"free","seats":3}}})");
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(Answer(), R"({"accountId":"a1","stage":"pql","rules":[)"
                      R"({"rule":"seen","outcome":"QUALIFIED"},)"
                      R"({"rule":"team","outcome":"QUALIFIED"}]})");
  EXPECT_EQ(response_.revision(), 1);
  EXPECT_EQ(response_.evaluation_time().seconds(), absl::ToUnixSeconds(clock_.Now()));
}

TEST_F(EvaluationServiceTest, AllRulesWithMissingMetricsAndShadowRulesApart) {
  Load(kTeamRules);
  const grpc::Status status = Evaluate(
      R"({"ruleSet":"ruleSets/slack","account":{"metrics":{"messages":2500,"plan":null}},
          "options":{"scope":"RESULT_SCOPE_ALL"}})");
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(Answer(),
            R"({"stage":"mql","rules":[{"rule":"seen","outcome":"QUALIFIED"},)"
            R"({"rule":"team","outcome":"UNKNOWN","missing":["plan"]}],)"
            R"("shadowRules":[{"rule":"trial","outcome":"UNKNOWN","missing":["seats"]}]})");
}

TEST_F(EvaluationServiceTest, EveryTypeOfMetricAndOutput) {
  Load(R"(
metric n: number
metric b: bool
metric s: string
metric o: one of ("x", "y")
metric t: timestamp
metric d: duration
metric ns: list(number)
metric ss: list(string)
output n2 = n * 2
output b2 = not b
output s2 = upper(s)
output o2 = o
output t2 = t + d
output d2 = d + 30m
output ns2 = ns
output ss2 = ss
output none = n / 0
)");
  const grpc::Status status = Evaluate(
      R"({"ruleSet":"ruleSets/slack","account":{"metrics":{"n":1.5,"b":true,"s":"a","o":"y",
          "t":"2026-03-01T08:30:00Z","d":"36h","ns":[1,2.5],"ss":["a",""]}}})");
  ASSERT_TRUE(status.ok()) << status.error_message();
  const auto outputs = response_.evaluation().outputs();
  EXPECT_EQ(outputs.at("n2").number_value(), 3);
  EXPECT_EQ(outputs.at("b2").kind_case(), google::protobuf::Value::kBoolValue);
  EXPECT_FALSE(outputs.at("b2").bool_value());
  EXPECT_EQ(outputs.at("s2").string_value(), "A");
  EXPECT_EQ(outputs.at("o2").string_value(), "y");
  EXPECT_EQ(outputs.at("t2").string_value(), "2026-03-02T20:30:00Z");
  EXPECT_EQ(outputs.at("d2").string_value(), "1d12h30m");
  EXPECT_EQ(outputs.at("ns2").list_value().values(1).number_value(), 2.5);
  EXPECT_EQ(outputs.at("ss2").list_value().values(0).string_value(), "a");
  EXPECT_FALSE(outputs.contains("none"));
}

TEST_F(EvaluationServiceTest, ScoresAndWhatKeepsThemIncomplete) {
  Load(R"(
metric a: number
metric b: number
scorecard fit { add 10 when a > 1 add 5 when b > 1 }
scorecard whole { add 1 when a > 1 }
rule r { when a > 1 score fit }
)");
  ASSERT_TRUE(Evaluate(R"({"ruleSet":"ruleSets/slack","account":{"metrics":{"a":2}}})").ok());
  const v1::AccountEvaluation& evaluation = response_.evaluation();
  EXPECT_EQ(evaluation.scores().at("fit"), 10);
  EXPECT_EQ(evaluation.scores().at("whole"), 1);
  ASSERT_EQ(evaluation.incomplete_scores().size(), 1);
  EXPECT_EQ(evaluation.incomplete_scores().at("fit").values(0).string_value(), "b");
  EXPECT_EQ(evaluation.rules(0).score(), 10);
}

TEST_F(EvaluationServiceTest, TimeOfTheRequestAndHeldRulesCount) {
  Load(R"(
metric m: number
rule new_year { when now >= 2027-01-01T00:00:00.5Z }
rule team { when m >= 2_000 keep while m >= 1_500 }
)");
  ASSERT_TRUE(Evaluate(R"({"ruleSet":"ruleSets/slack",
      "account":{"metrics":{"m":1600},"heldRules":["team","gone"]},
      "options":{"evaluationTime":"2027-01-01T00:00:00.500000999Z"}})")
                  .ok());
  EXPECT_THAT(response_.evaluation().rules(), SizeIs(2));
  EXPECT_EQ(response_.evaluation_time().nanos(), 500'000'000) << "as the rules saw it";
}

TEST_F(EvaluationServiceTest, WrongTypeNamesMetricExpectedAndSeen) {
  Load(kTeamRules);
  struct Case {
    std::string value;
    std::string metric;
    std::string seen_type;
    std::vector<std::string> words;
  };
  const Case cases[] = {
      {R"("2500")", "messages", "string", {"`messages`", "a number", "2500"}},
      {"true", "messages", "bool", {"`messages`", "a number"}},
      {"[1]", "messages", "list", {"`messages`", "a number"}},
      {R"({"a":1})", "messages", "object", {"`messages`", "an object"}},
      {"[[1]]", "messages", "list", {"`messages`"}},
      {"7", "plan", "number", {"`plan`"}},
      {R"("fre")", "plan", "string", {"`plan`", "fre"}},
  };
  for (const Case& test : cases) {
    const grpc::Status status =
        Evaluate(StrCat(R"({"ruleSet":"ruleSets/slack","account":{"metrics":{")", test.metric,
                        R"(":)", test.value, "}}}"));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << test.value;
    for (const std::string& word : test.words) {
      EXPECT_THAT(status.error_message(), HasSubstr(word));
    }
    const v1::ErrorInfo info = InfoOf(status);
    EXPECT_EQ(info.reason(), "METRIC_TYPE_MISMATCH");
    EXPECT_EQ(info.metadata().at("metric"), test.metric);
    EXPECT_EQ(info.metadata().at("seen_type"), test.seen_type);
  }
}

TEST_F(EvaluationServiceTest, UndeclaredMetricIsCountedOrWithStrictAnError) {
  Load(kTeamRules);
  const std::string account =
      R"("account":{"metrics":{"mesages":3,"zzz":{"any":"thing"},"messages":5}})";
  ASSERT_TRUE(Evaluate(StrCat(R"({"ruleSet":"ruleSets/slack",)", account, "}")).ok());
  const UnknownMetrics& unknown =
      engine_.rule_sets().snapshot()->Find("slack")->telemetry->rule_set().unknown_metrics();
  EXPECT_EQ(unknown.total(), 2);
  std::vector<std::string> names;
  for (const UnknownMetric& metric : unknown.Names()) names.push_back(metric.name);
  EXPECT_THAT(names, ::testing::ElementsAre("mesages", "zzz"));
  const grpc::Status status =
      Evaluate(StrCat(R"({"ruleSet":"ruleSets/slack","options":{"strict":true},)", account, "}"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("did you mean `messages`?"));
  EXPECT_EQ(InfoOf(status).reason(), "UNKNOWN_METRIC");
  EXPECT_EQ(InfoOf(status).metadata().at("suggestion"), "messages");
}

TEST_F(EvaluationServiceTest, NamesOfMetricsAreComparedInNormalForm) {
  Load("metric gr\u00f6\u00dfe: number\nrule r { when gr\u00f6\u00dfe > 1 }");
  ASSERT_TRUE(Evaluate("{\"ruleSet\":\"ruleSets/slack\",\"account\":{\"metrics\":"
                       "{\"gro\u0308\u00dfe\":2}},\"options\":{\"strict\":true}}")
                  .ok());
  EXPECT_THAT(response_.evaluation().rules(), SizeIs(1));
  const grpc::Status twice = Evaluate(
      "{\"ruleSet\":\"ruleSets/slack\",\"account\":{\"metrics\":"
      "{\"gro\u0308\u00dfe\":2,\"gr\u00f6\u00dfe\":1}}}");
  EXPECT_EQ(twice.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(EvaluationServiceTest, BadRequestsNameTheField) {
  Load(kTeamRules);
  Load("rule r {", "broken");
  struct Case {
    std::string json;
    grpc::StatusCode code;
    std::string word;
  };
  const Case cases[] = {
      {R"({})", grpc::StatusCode::INVALID_ARGUMENT, "`rule_set`"},
      {R"({"ruleSet":"slack"})", grpc::StatusCode::INVALID_ARGUMENT, "ruleSets/slack"},
      {R"({"ruleSet":"ruleSets/slak"})", grpc::StatusCode::NOT_FOUND, "did you mean `slack`?"},
      {R"({"ruleSet":"ruleSets/broken"})", grpc::StatusCode::FAILED_PRECONDITION, "`broken`"},
      {R"({"ruleSet":"ruleSets/slack","options":{"rules":["x"]}})",
       grpc::StatusCode::INVALID_ARGUMENT, "`x`"},
      {R"({"ruleSet":"ruleSets/slack","options":{"minRevision":"-1"}})",
       grpc::StatusCode::INVALID_ARGUMENT, "min_revision"},
      {R"({"ruleSet":"ruleSets/slack","options":{"scope":17}})", grpc::StatusCode::INVALID_ARGUMENT,
       "scope"},
  };
  for (const Case& test : cases) {
    const grpc::Status status = Evaluate(test.json);
    EXPECT_EQ(status.error_code(), test.code) << test.json;
    EXPECT_THAT(status.error_message(), HasSubstr(test.word)) << test.json;
    EXPECT_NE(InfoOf(status).reason(), "") << test.json;
  }
}

TEST_F(EvaluationServiceTest, TimeOutOfRangeIsRefused) {
  Load(kTeamRules);
  v1::EvaluateRequest request;
  request.set_rule_set("ruleSets/slack");
  const std::pair<int64_t, int32_t> cases[] = {
      {int64_t{1} << 60, 0}, {-(int64_t{1} << 60), 0}, {0, -1}, {0, 1'000'000'000}};
  for (const auto& [seconds, nanos] : cases) {
    request.mutable_options()->mutable_evaluation_time()->set_seconds(seconds);
    request.mutable_options()->mutable_evaluation_time()->set_nanos(nanos);
    grpc::ClientContext context;
    const grpc::Status status = evaluations_->Evaluate(&context, request, &response_);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(InfoOf(status).metadata().at("field"), "options.evaluation_time");
  }
}

TEST_F(EvaluationServiceTest, BatchAnswersInOrderByOneRevision) {
  Load(kTeamRules);
  const grpc::Status status = Batch(
      R"({"ruleSet":"ruleSets/slack","accounts":[
          {"id":"a","metrics":{"messages":2500,"plan":"free"}},{"id":"b"},
          {"id":"a","metrics":{"messages":1}}]})");
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_THAT(batch_.evaluations(), SizeIs(3));
  EXPECT_EQ(batch_.evaluations(0).stage(), "pql");
  EXPECT_EQ(batch_.evaluations(1).account_id(), "b");
  EXPECT_EQ(batch_.evaluations(1).stage(), "");
  EXPECT_EQ(batch_.evaluations(2).stage(), "mql");
  EXPECT_EQ(batch_.revision(), 1);
  EXPECT_THAT(batch_.rejected_accounts(), IsEmpty());
  ASSERT_TRUE(Batch(R"({"ruleSet":"ruleSets/slack"})").ok()) << "an empty batch is no error";
  EXPECT_THAT(batch_.evaluations(), IsEmpty());
}

TEST_F(EvaluationServiceTest, BadAccountOfABatchIsNamedOrSkipped) {
  Load(kTeamRules);
  const std::string accounts =
      R"("accounts":[{"id":"a","metrics":{"messages":1}},
                     {"id":"b","metrics":{"messages":"x","plan":7}}])";
  const grpc::Status status = Batch(StrCat(R"({"ruleSet":"ruleSets/slack",)", accounts, "}"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("accounts[1] \"b\": metric `messages`"));
  EXPECT_EQ(InfoOf(status).metadata().at("index"), "1");
  EXPECT_EQ(InfoOf(status).metadata().at("account_id"), "b");

  ASSERT_TRUE(
      Batch(StrCat(R"({"ruleSet":"ruleSets/slack","skipInvalid":true,)", accounts, "}")).ok());
  ASSERT_THAT(batch_.evaluations(), SizeIs(2));
  EXPECT_EQ(batch_.evaluations(0).stage(), "mql");
  EXPECT_EQ(batch_.evaluations(1).account_id(), "b");
  EXPECT_THAT(batch_.evaluations(1).rules(), IsEmpty());
  ASSERT_THAT(batch_.rejected_accounts(), SizeIs(1));
  EXPECT_EQ(batch_.rejected_accounts(0).index(), 1);
  EXPECT_EQ(batch_.rejected_accounts(0).error().code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(batch_.rejected_accounts(0).error().info().reason(), "METRIC_TYPE_MISMATCH");
}

TEST_F(EvaluationServiceTest, MinRevisionThatIsThereAnswersAtOnce) {
  Load(kTeamRules);
  EXPECT_TRUE(Evaluate(R"({"ruleSet":"ruleSets/slack","options":{"minRevision":"1"}})").ok());
}

TEST_F(EvaluationServiceTest, MinRevisionWaitsForTheRevision) {
  Load("metric m: number default 3\nrule r { when m > 5 }");
  std::thread writer([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    Load("metric m: number default 3\nrule r { when m > 1 }");
  });
  const grpc::Status status =
      Evaluate(R"({"ruleSet":"ruleSets/slack","options":{"minRevision":"2"}})");
  writer.join();
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response_.revision(), 2);
  EXPECT_THAT(response_.evaluation().rules(), SizeIs(1));
}

TEST_F(EvaluationServiceTest, MinRevisionThatDoesNotComeIsUnavailable) {
  Load(kTeamRules);
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(1));
  v1::EvaluateRequest request;
  request.set_rule_set("ruleSets/slack");
  request.mutable_options()->set_min_revision(9);
  const grpc::Status status = evaluations_->Evaluate(&context, request, &response_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
  EXPECT_EQ(InfoOf(status).reason(), "REVISION_NOT_REACHED");
  EXPECT_EQ(InfoOf(status).metadata().at("current_revision"), "1");
  EXPECT_THAT(engine_.telemetry().limit_hits().Sums(), IsEmpty()) << "the deadline was sooner";
}

class RevisionWaitLimitTest : public EvaluationServiceTest {
 protected:
  RevisionWaitLimitTest() : EvaluationServiceTest({.max_revision_wait = absl::Milliseconds(20)}) {}
};

TEST_F(RevisionWaitLimitTest, WithoutADeadlineTheServerEndsTheWait) {
  Load(kTeamRules);
  EXPECT_TRUE(Evaluate(R"({"ruleSet":"ruleSets/slack","options":{"minRevision":"1"}})").ok());
  const grpc::Status status =
      Evaluate(R"({"ruleSet":"ruleSets/slack","options":{"minRevision":"2"}})");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
  EXPECT_EQ(InfoOf(status).reason(), "REVISION_NOT_REACHED");
  EXPECT_THAT(engine_.telemetry().limit_hits().Sums(), ElementsAre(Pair("max-revision-wait", 1)));
}

TEST_F(EvaluationServiceTest, CancelledWaitEndsAndGivesItsPlaceBack) {
  Load(kTeamRules);
  grpc::ClientContext context;
  v1::EvaluateRequest request;
  request.set_rule_set("ruleSets/slack");
  request.mutable_options()->set_min_revision(9);
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(300));
  std::thread canceller([&context] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    context.TryCancel();
  });
  EXPECT_EQ(evaluations_->Evaluate(&context, request, &response_).error_code(),
            grpc::StatusCode::CANCELLED);
  canceller.join();
  EXPECT_TRUE(engine_.admission().WaitUntilIdle(absl::Seconds(20)));
}

TEST_F(EvaluationServiceTest, Explanation) {
  Load(kTeamRules);
  const grpc::Status status = Evaluate(
      R"({"ruleSet":"ruleSets/slack","account":{"metrics":{"messages":1500,"plan":"free"}},
          "options":{"rules":["team"],"scope":"RESULT_SCOPE_ALL","includeExplanation":true}})");
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response_.evaluation().rules_size(), 1);
  const v1::RuleEvaluation& rule = response_.evaluation().rules(0);
  EXPECT_FALSE(rule.has_gap());
  EXPECT_FALSE(rule.has_next_change());
  const v1::Explanation& root = rule.explanation();
  EXPECT_EQ(root.source(), "team");
  EXPECT_EQ(root.clause(), "");
  EXPECT_EQ(root.outcome(), "FALSE");
  EXPECT_EQ(root.location().file(), "slack/rules.pql");
  EXPECT_EQ(root.location().start_line(), 6);
  ASSERT_EQ(root.children_size(), 2);
  const v1::Explanation& when = root.children(0);
  EXPECT_EQ(when.clause(), "when");
  EXPECT_EQ(when.source(), "messages >= 2_000");
  EXPECT_EQ(when.outcome(), "FALSE");
  EXPECT_EQ(when.sentence(), "messages is 1500, not at least 2000");
  ASSERT_EQ(when.values_size(), 1);
  EXPECT_EQ(when.values(0).source(), "messages");
  EXPECT_EQ(when.values(0).value().number_value(), 1500);
  EXPECT_FALSE(when.values(0).is_default());
  EXPECT_EQ(root.children(1).clause(), "unless");
  EXPECT_EQ(root.children(1).outcome(), "FALSE");
}

TEST_F(EvaluationServiceTest, ExplanationOfWhatIsNotKnown) {
  Load(kTeamRules);
  ASSERT_TRUE(Evaluate(
                  R"({"ruleSet":"ruleSets/slack","account":{},
                      "options":{"scope":"RESULT_SCOPE_ALL","includeExplanation":true}})")
                  .ok());
  const v1::RuleEvaluation& trial = response_.evaluation().shadow_rules(0);
  EXPECT_EQ(trial.explanation().outcome(), "MISSING");
  const v1::SeenValue& seats = trial.explanation().children(0).values(0);
  EXPECT_EQ(seats.source(), "seats");
  EXPECT_FALSE(seats.has_value());
  EXPECT_TRUE(response_.evaluation().rules(0).explanation().children(0).values(0).is_default());
}

TEST_F(EvaluationServiceTest, GapOfWhatDoesNotQualify) {
  Load(kTeamRules);
  ASSERT_TRUE(Evaluate(
                  R"({"ruleSet":"ruleSets/slack","account":{"metrics":{"messages":1500}},
                      "options":{"scope":"RESULT_SCOPE_ALL","includeGap":true}})")
                  .ok());
  ASSERT_EQ(response_.evaluation().rules_size(), 2);
  EXPECT_FALSE(response_.evaluation().rules(0).has_gap());  // `seen` qualifies
  const v1::Gap& gap = response_.evaluation().rules(1).gap();
  EXPECT_EQ(gap.impossible(), "");
  ASSERT_EQ(gap.changes_size(), 2);
  EXPECT_EQ(gap.changes(0).metric(), "messages");
  EXPECT_EQ(gap.changes(0).current().number_value(), 1500);
  EXPECT_EQ(gap.changes(0).comparison(), ">=");
  EXPECT_EQ(gap.changes(0).needed().number_value(), 2000);
  EXPECT_EQ(gap.changes(0).delta().number_value(), 500);
  EXPECT_EQ(gap.changes(0).sentence(), "messages: has 1500, needs 500 more");
  EXPECT_EQ(gap.changes(1).metric(), "plan");
  EXPECT_FALSE(gap.changes(1).has_current());
  EXPECT_EQ(gap.changes(1).comparison(), "==");
  EXPECT_EQ(gap.changes(1).needed().string_value(), "free");
  EXPECT_FALSE(gap.changes(1).has_delta());
}

TEST_F(EvaluationServiceTest, GapThatNothingCloses) {
  Load("metric a: number\nrule r { when a > 5 and a < 3 }");
  ASSERT_TRUE(Evaluate(
                  R"({"ruleSet":"ruleSets/slack","account":{"metrics":{"a":4}},
                      "options":{"scope":"RESULT_SCOPE_ALL","includeGap":true}})")
                  .ok());
  const v1::Gap& gap = response_.evaluation().rules(0).gap();
  EXPECT_EQ(gap.changes_size(), 0);
  EXPECT_THAT(gap.impossible(), HasSubstr("no change of metrics"));
}

// The clock of the test stands at 2026-03-01.
TEST_F(EvaluationServiceTest, NextChangeOfRulesAndOfTheWholeAnswer) {
  Load(R"(
metric seen_at: timestamp
rule fresh { when seen_at within last 7d }
rule newest { when seen_at within last 3d }
rule always { when seen_at is present }
)");
  ASSERT_TRUE(Evaluate(
                  R"({"ruleSet":"ruleSets/slack","account":{"metrics":{"seen_at":"2026-02-28"}},
                      "options":{"rules":["fresh","always"],"includeNextChange":true}})")
                  .ok());
  ASSERT_EQ(response_.evaluation().rules_size(), 2);
  EXPECT_FALSE(response_.evaluation().rules(0).has_next_change());
  const v1::NextChange& change = response_.evaluation().rules(1).next_change();
  EXPECT_EQ(absl::FromUnixSeconds(change.time().seconds()),
            absl::FromCivil(absl::CivilDay(2026, 3, 7), absl::UTCTimeZone()));
  EXPECT_EQ(change.outcome(), "NOT_QUALIFIED");
  // `newest` is not reported, and changes first.
  EXPECT_EQ(absl::FromUnixSeconds(response_.evaluation().next_change_time().seconds()),
            absl::FromCivil(absl::CivilDay(2026, 3, 3), absl::UTCTimeZone()));
}

TEST_F(EvaluationServiceTest, NothingIsExplainedUnasked) {
  Load(kTeamRules);
  ASSERT_TRUE(Evaluate(
                  R"({"ruleSet":"ruleSets/slack","account":{"metrics":{"messages":1500}},
                      "options":{"scope":"RESULT_SCOPE_ALL"}})")
                  .ok());
  for (const v1::RuleEvaluation& rule : response_.evaluation().rules()) {
    EXPECT_FALSE(rule.has_explanation() || rule.has_gap() || rule.has_next_change());
  }
  EXPECT_FALSE(response_.evaluation().has_next_change_time());
}

TEST_F(EvaluationServiceTest, ABatchIsExplainedAccountByAccount) {
  Load(kTeamRules);
  const grpc::Status status = Batch(
      R"({"ruleSet":"ruleSets/slack",
          "accounts":[{"id":"a","metrics":{"messages":1500,"plan":"free"}},
                      {"id":"b","metrics":{"messages":2500,"plan":"free"}}],
          "options":{"rules":["team"],"scope":"RESULT_SCOPE_ALL","includeGap":true}})");
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(batch_.evaluations(0).rules(0).gap().changes_size(), 1);
  EXPECT_FALSE(batch_.evaluations(1).rules(0).has_gap());
}

// However deep defines lie on top of each other, every client can read the explanation: readers of
// protobuf refuse messages nested deeper than 100.
TEST_F(EvaluationServiceTest, ExplanationsAreNotTooDeepForAnyReader) {
  std::string source = "metric x: number\ndefine d0 = x > 1\n";
  for (int i = 1; i <= 2'000; ++i) {
    StrAppend(&source, "define d", i, " = not d", i - 1, "\n");
  }
  Load(source + "rule r { when d2000 }");
  const grpc::Status status = Evaluate(
      R"({"ruleSet":"ruleSets/slack","account":{"metrics":{"x":2}},
          "options":{"scope":"RESULT_SCOPE_ALL","includeExplanation":true}})");
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response_.evaluation().rules(0).explanation().children_size(), 1);
}

class ExplanationLimitsTest : public EvaluationServiceTest {
 protected:
  static Limits Small() {
    Limits limits;
    limits.max_explained_accounts = 1;
    limits.max_gap_evaluations = 3;
    return limits;
  }
  ExplanationLimitsTest() : EvaluationServiceTest(Small()) {}
};

TEST_F(ExplanationLimitsTest, ABatchToExplainIsSmaller) {
  Load(kTeamRules);
  EXPECT_TRUE(Batch(R"({"ruleSet":"ruleSets/slack","accounts":[{},{}]})").ok());
  for (const std::string asked : {"includeGap", "includeExplanation", "includeNextChange"}) {
    const grpc::Status status = Batch(StrCat(
        R"({"ruleSet":"ruleSets/slack","accounts":[{},{}],"options":{")", asked, R"(":true}})"));
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << asked;
    EXPECT_THAT(status.error_message(), HasSubstr("--max-explained-accounts"));
    EXPECT_EQ(InfoOf(status).reason(), "LIMIT_EXCEEDED");
  }
}

TEST_F(ExplanationLimitsTest, ASearchThatIsCutShortSaysThatItFoundNothing) {
  Load(
      "metric a: number\nmetric b: number\nmetric c: number\n"
      "rule r { when a + b > 5 and b + c > 7 and a * c > 3 }");
  ASSERT_TRUE(Evaluate(
                  R"({"ruleSet":"ruleSets/slack","account":{},
                      "options":{"scope":"RESULT_SCOPE_ALL","includeGap":true}})")
                  .ok());
  const v1::Gap& gap = response_.evaluation().rules(0).gap();
  EXPECT_EQ(gap.changes_size(), 0);
  EXPECT_THAT(gap.impossible(), HasSubstr("found"));
  EXPECT_THAT(engine_.telemetry().limit_hits().Sums(), ElementsAre(Pair("max-gap-evaluations", 1)));
  // A row of a table is a search as any other.
  ASSERT_TRUE(Batch(R"({"ruleSet":"ruleSets/slack","table":{"rowCount":1},
                        "options":{"scope":"RESULT_SCOPE_ALL","includeGap":true}})")
                  .ok());
  EXPECT_THAT(engine_.telemetry().limit_hits().Sums(), ElementsAre(Pair("max-gap-evaluations", 2)));
}

TEST_F(EvaluationServiceTest, DrainingTurnsNewCallsAway) {
  Load(kTeamRules);
  engine_.admission().Drain();
  const grpc::Status status = Evaluate(R"({"ruleSet":"ruleSets/slack"})");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(InfoOf(status).reason(), "SHUTTING_DOWN");
}

}  // namespace
}  // namespace pql
