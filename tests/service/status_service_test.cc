// What is kept of calls: counts, the request log, and the status that people ask for.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "base/sha256.h"
#include "base/strings.h"
#include "pql/v1/status_service.pb.h"
#include "tests/service/service_testing.h"

namespace pql {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char kTrace[] = "4bf92f3577b34da6a3ce929d0e0e4736";

class StatusServiceTest : public ServiceTest {
 protected:
  StatusServiceTest() : ServiceTest(SmallLimits()) {
    engine_.telemetry().request_log().Configure({.sample_rate = 1, .slow = std::nullopt},
                                                [this](const RequestLogEntry& entry) {
                                                  const std::lock_guard<std::mutex> lock(mutex_);
                                                  entries_.push_back(entry);
                                                });
  }
  ~StatusServiceTest() override { Stop(); }  // before the entries go

  static Limits SmallLimits() {
    Limits limits;
    limits.max_string_bytes = 100;
    return limits;
  }

  // With a metric that the rule set does not know.
  grpc::Status Evaluate(const std::string& rule_set, const std::string& plan,
                        const std::string& traceparent = "") {
    grpc::ClientContext context;
    if (!traceparent.empty()) context.AddMetadata("traceparent", traceparent);
    v1::EvaluateRequest request;
    request.set_rule_set(rule_set);
    auto& metrics = *request.mutable_account()->mutable_metrics();
    metrics["messages"].set_number_value(2'500);
    metrics["plan"].set_string_value(plan);
    metrics["plan_nmae"].set_string_value("secret value");
    v1::EvaluateResponse response;
    return evaluations_->Evaluate(&context, request, &response);
  }
  v1::ServerStatus GetStatus() {
    grpc::ClientContext context;
    v1::GetServerStatusResponse response;
    const grpc::Status status = status_->GetServerStatus(&context, {}, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
  }
  uint64_t Count(Method method, absl::StatusCode code) {
    return engine_.telemetry().calls().Count(method, code);
  }
  std::vector<RequestLogEntry> Entries() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return entries_;
  }

  std::mutex mutex_;
  std::vector<RequestLogEntry> entries_;
};

TEST(MethodTest, EveryMethodOfTheServicesHasItsName) {
  std::set<std::string> names;
  for (const google::protobuf::FileDescriptor* file :
       {v1::EvaluateRequest::descriptor()->file(), v1::GetRuleRequest::descriptor()->file(),
        v1::GetServerStatusRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      for (int j = 0; j < file->service(i)->method_count(); ++j) {
        names.insert(file->service(i)->method(j)->name());
      }
    }
  }
  EXPECT_THAT(names, SizeIs(kMethodCount));
  for (size_t i = 0; i < kMethodCount; ++i) {
    EXPECT_THAT(names, Contains(MethodName(static_cast<Method>(i))));
  }
}

TEST_F(StatusServiceTest, CallsAndEvaluationsAreCounted) {
  Load(kTeamRules);
  EXPECT_TRUE(Evaluate("ruleSets/slack", "free").ok());
  EXPECT_TRUE(Evaluate("ruleSets/slack", "pro").ok());
  EXPECT_EQ(Evaluate("ruleSets/none", "free").error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Evaluate("ruleSets/slack", std::string(101, 'x')).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(Count(Method::kEvaluate, absl::StatusCode::kOk), 2);
  EXPECT_EQ(Count(Method::kEvaluate, absl::StatusCode::kNotFound), 1);
  EXPECT_EQ(Count(Method::kEvaluate, absl::StatusCode::kInvalidArgument), 1);
  EXPECT_GT(engine_.telemetry().calls().RequestBytes(Method::kEvaluate), 4 * 50);
  EXPECT_EQ(engine_.telemetry().calls().Durations(Method::kEvaluate).count, 4);
  EXPECT_EQ(engine_.telemetry().limit_hits().Sums().at("max-string-bytes"), 1);

  const RuleSetTelemetry& slack =
      engine_.rule_sets().snapshot()->Find("slack")->telemetry->rule_set();
  EXPECT_EQ(slack.accounts(), 2);
  const RuleSetTelemetry::Outcomes outcomes = slack.outcomes();
  EXPECT_EQ(outcomes.rules.at("team").qualified, 1);
  EXPECT_EQ(outcomes.rules.at("seen").qualified, 2);
  EXPECT_EQ(outcomes.rules.at("trial").unknown, 2) << "nobody sent the seats";
  EXPECT_EQ(outcomes.rules.at("team").unknown, 0);
  EXPECT_FALSE(outcomes.rules.contains("idea"));
  EXPECT_EQ(engine_.telemetry().loads().Sum(), 1);
}

TEST_F(StatusServiceTest, FailedLoadsAreCounted) {
  Load(kTeamRules);
  Load("rule team {");
  EXPECT_EQ(engine_.telemetry().loads().Sum(), 1);
  EXPECT_EQ(engine_.telemetry().load_failures().Sum(), 1);
  EXPECT_EQ(engine_.telemetry().load_durations().Read().count, 2);
}

TEST_F(StatusServiceTest, ALogLineHasTheTraceAndNoValues) {
  Load(kTeamRules);
  const std::string header = std::string("00-") + kTrace + "-00f067aa0ba902b7-01";
  EXPECT_TRUE(Evaluate("ruleSets/slack", "free", header).ok());
  EXPECT_FALSE(Evaluate("ruleSets/slack", "secret plan", "00-" + std::string(kTrace)).ok());
  ASSERT_THAT(Entries(), SizeIs(2));
  const RequestLogEntry fine = Entries()[0];
  EXPECT_EQ(fine.why, LogReason::kSample);
  EXPECT_EQ(fine.method, Method::kEvaluate);
  EXPECT_EQ(fine.resource, "ruleSets/slack");
  EXPECT_EQ(fine.accounts, 1);
  EXPECT_EQ(fine.identity, "anonymous");
  EXPECT_THAT(fine.peer, HasSubstr(":"));
  ASSERT_TRUE(fine.trace.has_value());
  EXPECT_EQ(fine.trace->trace_id_text(), kTrace);
  EXPECT_EQ(fine.trace->span_id_text(), "00f067aa0ba902b7");
  const RequestLogEntry error = Entries()[1];
  EXPECT_EQ(error.why, LogReason::kError);
  EXPECT_EQ(error.code, absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(error.reason, Not(IsEmpty()));
  EXPECT_EQ(error.error, "") << "it may quote what the account was sent with";
  EXPECT_FALSE(error.trace.has_value()) << "the header was cut off";
}

TEST_F(StatusServiceTest, StatusTellsOfStoreLoadAndUse) {
  Load(kTeamRules);
  Load("rule broken {", "broken");
  clock_.Advance(absl::Minutes(5));
  EXPECT_TRUE(Evaluate("ruleSets/slack", "free").ok());
  const v1::ServerStatus status = GetStatus();
  EXPECT_EQ(status.version(), "1.2.3");
  EXPECT_EQ(status.time().seconds() - status.start_time().seconds(), 300);
  EXPECT_TRUE(status.store().available());
  EXPECT_EQ(status.store().description(), engine_.store().description());
  EXPECT_EQ(status.load().calls_in_flight(), 1) << "this one";
  EXPECT_EQ(status.load().max_calls_in_flight(), 1'000);
  EXPECT_EQ(status.load().max_watches(), 1'000);
  EXPECT_EQ(status.load().streams(), 0);
  EXPECT_EQ(status.load().max_streams(), 1'000);
  EXPECT_TRUE(status.has_last_load_duration());
  EXPECT_EQ(status.behind_count(), 0);
  ASSERT_THAT(status.rule_sets(), SizeIs(1)) << "one never loaded";
  const v1::RuleSetUsage& usage = status.rule_sets(0);
  EXPECT_EQ(usage.rule_set(), "ruleSets/slack");
  EXPECT_EQ(usage.evaluated_account_count(), 1);
  EXPECT_EQ(usage.unknown_metric_value_count(), 1);
  ASSERT_THAT(usage.unknown_metrics(), SizeIs(1));
  EXPECT_EQ(usage.unknown_metrics(0).name(), "plan_nmae");
  EXPECT_EQ(usage.unknown_metrics(0).count(), 1);
  EXPECT_EQ(usage.unknown_metrics(0).last_seen_time().seconds(), status.time().seconds());
}

TEST_F(StatusServiceTest, StatusShowsOnlyRuleSetsThatTheCallerMaySee) {
  engine_.rule_sets().Update(TreeOf({{"other", kTeamRules}, {"slack", kTeamRules}}));
  const auto policy =
      AccessPolicy::Parse(StrCat("grant someone viewer other\ntoken ",
                                 absl::BytesToHexString(Sha256("a token")), " someone\n"));
  ASSERT_TRUE(policy.ok()) << policy.status();
  engine_.access().SetPolicy(std::make_shared<const AccessPolicy>(*policy));
  v1::GetServerStatusResponse response;
  {
    grpc::ClientContext context;
    EXPECT_EQ(status_->GetServerStatus(&context, {}, &response).error_code(),
              grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(Count(Method::kGetServerStatus, absl::StatusCode::kUnauthenticated), 1);
  }
  grpc::ClientContext context;
  context.AddMetadata("authorization", "Bearer a token");
  const grpc::Status status = status_->GetServerStatus(&context, {}, &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_THAT(response.status().rule_sets(), SizeIs(1));
  EXPECT_EQ(response.status().rule_sets(0).rule_set(), "ruleSets/other");
  EXPECT_EQ(Entries().back().identity, "someone");
}

}  // namespace
}  // namespace pql
