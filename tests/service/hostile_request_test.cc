// What README.md, "What hostile input gets", says of requests: rows 10 to 12 of its table.

#include <atomic>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "base/strings.h"
#include "tests/service/service_testing.h"
#include "tests/testing/raw_call.h"

namespace pql {
namespace {

using ::testing::HasSubstr;

constexpr Limits kSmall{.max_request_bytes = 100'000,
                        .max_batch_accounts = 3,
                        .max_account_metrics = 5,
                        .max_string_bytes = 10,
                        .max_source_bytes = 1000,
                        .max_in_flight = 1000};

class HostileRequestTest : public ServiceTest {
 protected:
  HostileRequestTest() : ServiceTest(kSmall) { Load(kTeamRules); }

  grpc::Status Evaluate(const v1::EvaluateRequest& request) {
    grpc::ClientContext context;
    v1::EvaluateResponse response;
    return evaluations_->Evaluate(&context, request, &response);
  }
  static v1::EvaluateRequest Request() {
    v1::EvaluateRequest request;
    request.set_rule_set("ruleSets/slack");
    return request;
  }
  // The server still answers; the connection itself may have to be made again.
  void ExpectAlive() {
    grpc::ClientContext context;
    context.set_wait_for_ready(true);
    v1::EvaluateResponse response;
    grpc::Status status = evaluations_->Evaluate(&context, Request(), &response);
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) status = Evaluate(Request());
    EXPECT_TRUE(status.ok()) << status.error_code() << ": " << status.error_message();
  }
};

void ExpectLimit(const grpc::Status& status, const std::string& flag) {
  EXPECT_TRUE(status.error_code() == grpc::StatusCode::INVALID_ARGUMENT ||
              status.error_code() == grpc::StatusCode::RESOURCE_EXHAUSTED)
      << status.error_code();
  EXPECT_THAT(status.error_message(), HasSubstr(flag));
  EXPECT_EQ(InfoOf(status).reason(), "LIMIT_EXCEEDED");
  EXPECT_EQ(InfoOf(status).metadata().at("flag"), flag);
}

TEST_F(HostileRequestTest, NumbersThatAreNone) {
  for (const double number :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    v1::EvaluateRequest request = Request();
    (*request.mutable_account()->mutable_metrics())["messages"].set_number_value(number);
    const grpc::Status status = Evaluate(request);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(status.error_message(), HasSubstr("`messages`"));
  }
}

// Errors travel in trailers, of which a client takes 8 KiB: a name that is quoted must not burst
// them.
TEST_F(HostileRequestTest, AnErrorAboutALongNameArrives) {
  std::string name = "n";
  while (name.size() < 50'000) name += "\xC3\xA9";  // é, which trailers write as six characters
  v1::EvaluateRequest metric = Request();
  metric.mutable_options()->set_strict(true);
  (*metric.mutable_account()->mutable_metrics())[name].set_number_value(1);
  v1::EvaluateRequest rule = Request();
  rule.mutable_options()->add_rules(name);
  v1::EvaluateRequest rule_set = Request();
  rule_set.set_rule_set("ruleSets/" + name);
  for (const auto& [request, code] : {std::pair(metric, grpc::StatusCode::INVALID_ARGUMENT),
                                      std::pair(rule, grpc::StatusCode::INVALID_ARGUMENT),
                                      std::pair(rule_set, grpc::StatusCode::NOT_FOUND)}) {
    const grpc::Status status = Evaluate(request);
    EXPECT_EQ(status.error_code(), code) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("é..."));
    EXPECT_FALSE(InfoOf(status).reason().empty());
  }
}

TEST_F(HostileRequestTest, LimitsNameTheirFlag) {
  v1::EvaluateRequest many = Request();
  for (int i = 0; i < 6; ++i) {
    (*many.mutable_account()->mutable_metrics())[StrCat("m", i)].set_number_value(1);
  }
  ExpectLimit(Evaluate(many), "--max-account-metrics");

  v1::EvaluateRequest text = Request();
  (*text.mutable_account()->mutable_metrics())["plan"].set_string_value("longer than ten");
  ExpectLimit(Evaluate(text), "--max-string-bytes");

  v1::EvaluateRequest id = Request();
  id.mutable_account()->set_id("longer than ten");
  ExpectLimit(Evaluate(id), "--max-string-bytes");

  v1::EvaluateRequest large = Request();
  large.mutable_account()->add_held_rules(std::string(150'000, 'x'));
  ExpectLimit(Evaluate(large), "--max-request-bytes");

  v1::BatchEvaluateRequest batch;
  batch.set_rule_set("ruleSets/slack");
  for (int i = 0; i < 4; ++i) batch.add_accounts();
  grpc::ClientContext context;
  v1::BatchEvaluateResponse response;
  ExpectLimit(evaluations_->BatchEvaluate(&context, batch, &response), "--max-batch-accounts");
  ExpectAlive();
}

TEST_F(HostileRequestTest, NestedValueIsAnErrorNotACrash) {
  v1::EvaluateRequest request = Request();
  google::protobuf::Value* value = &(*request.mutable_account()->mutable_metrics())["messages"];
  for (int depth = 0; depth < 30; ++depth) value = value->mutable_list_value()->add_values();
  value->set_number_value(1);
  EXPECT_EQ(Evaluate(request).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  ExpectAlive();
}

TEST_F(HostileRequestTest, MetadataOverItsLimitIsRefused) {
  grpc::ClientContext context;
  context.AddMetadata("x-large", std::string(100'000, 'x'));
  v1::EvaluateResponse response;
  EXPECT_EQ(evaluations_->Evaluate(&context, Request(), &response).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  ExpectAlive();
}

TEST_F(HostileRequestTest, MalformedMessagesGetAnErrorAndTheServerLives) {
  const std::string good = Request().SerializeAsString();
  const auto evaluate = [this](const std::string& bytes) {
    return CallRaw(channel_, "/pql.v1.EvaluationService/Evaluate", bytes);
  };
  EXPECT_TRUE(evaluate(good).ok());
  const std::string cases[] = {
      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
      good.substr(0, good.size() - 3),
      std::string("\x0a\x04ru\xff\xfe", 6),  // a string field that is not UTF-8
      std::string("\x0a\xff\xff\xff\x0f", 5),
  };
  for (const std::string& bytes : cases) EXPECT_FALSE(evaluate(bytes).ok());
  ExpectAlive();
}

class CrowdedTest : public ServiceTest {
 protected:
  CrowdedTest() : ServiceTest({.max_in_flight = 2}) { Load(kTeamRules); }
};

TEST_F(CrowdedTest, CallsBeyondTheLimitAreTurnedAwayAtOnce) {
  // Two calls that wait for a revision which never comes hold both places.
  std::vector<std::thread> waiting;
  for (int i = 0; i < 2; ++i) {
    waiting.emplace_back([this] {
      v1::EvaluateRequest request;
      request.set_rule_set("ruleSets/slack");
      request.mutable_options()->set_min_revision(2);
      grpc::ClientContext context;
      v1::EvaluateResponse response;
      EXPECT_TRUE(evaluations_->Evaluate(&context, request, &response).ok());
    });
  }
  while (engine_.admission().in_flight() < 2) std::this_thread::yield();
  v1::EvaluateRequest request;
  request.set_rule_set("ruleSets/slack");
  grpc::ClientContext context;
  v1::EvaluateResponse response;
  const grpc::Status status = evaluations_->Evaluate(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  ExpectLimit(status, "--max-in-flight");
  Load("metric m: number\nrule r { when m > 1 }");
  for (std::thread& thread : waiting) thread.join();
}

}  // namespace
}  // namespace pql
