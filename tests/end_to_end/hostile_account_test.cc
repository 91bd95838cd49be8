// Rows 9, 10 and 12 of the table of hostile input (README.md, "What hostile input gets"): accounts
// and messages that mean harm, through a real server and through the command line.

#include <gmock/gmock.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "pql/v1/status_service.pb.h"
#include "tests/end_to_end/calls.h"
#include "tests/testing/random.h"
#include "tests/testing/temp_directory.h"

namespace pql {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kRules[] = R"(metric messages: number
metric channels: number
metric plan: string
metric paying: bool
metric since: timestamp
metric age: duration
metric labels: list(string)
rule large { when messages * channels > 1 }
rule dense { when messages / channels > 1 }
rule zero { when messages == 0 }
rule paid { when paying and plan == "pro" }
rule tagged { when labels contains "a" and since < 2026-01-01 and age > 1d }
)";

using ProtoValue = google::protobuf::Value;

ProtoValue Number(double number) {
  ProtoValue value;
  value.set_number_value(number);
  return value;
}
ProtoValue Text(const std::string& text) {
  ProtoValue value;
  value.set_string_value(text);
  return value;
}

class Accounts {
 public:
  Accounts() {
    rules_.Write("slack/rules.pql", kRules);
    server_ = std::make_unique<ServerProcess>(rules_.path());
  }
  ServerProcess& server() { return *server_; }

  static v1::EvaluateRequest Request(
      const std::vector<std::pair<std::string, ProtoValue>>& metrics) {
    v1::EvaluateRequest request;
    request.set_rule_set(kSlackRules);
    request.mutable_options()->set_scope(v1::RESULT_SCOPE_ALL);
    request.mutable_options()->set_include_explanation(true);
    for (const auto& [name, value] : metrics) {
      (*request.mutable_account()->mutable_metrics())[name] = value;
    }
    return request;
  }
  // The evaluation of one rule.
  v1::RuleEvaluation Rule(const std::string& rule, const v1::EvaluateRequest& request) {
    v1::EvaluateResponse response;
    const grpc::Status status = Evaluate(*server_, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    for (const v1::RuleEvaluation& each : response.evaluation().rules()) {
      if (each.rule() == rule) return each;
    }
    ADD_FAILURE() << "no rule " << rule;
    return {};
  }
  // That the value is refused, alone and in a batch, and the message names the metric.
  grpc::Status ExpectRefused(const std::string& metric, const ProtoValue& value) {
    const v1::EvaluateRequest request = Request({{metric, value}});
    v1::EvaluateResponse response;
    grpc::Status status = Evaluate(*server_, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << status.error_message();
    EXPECT_THAT(status.error_message(), HasSubstr("`" + metric + "`"));

    v1::BatchEvaluateRequest batch;
    batch.set_rule_set(kSlackRules);
    batch.add_accounts()->set_id("good");
    *batch.add_accounts() = request.account();
    batch.mutable_accounts(1)->set_id("bad");
    grpc::ClientContext whole_context, skip_context;
    v1::BatchEvaluateResponse answer;
    const grpc::Status whole = server_->evaluations().BatchEvaluate(&whole_context, batch, &answer);
    EXPECT_EQ(whole.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(whole.error_message(),
                AllOf(HasSubstr("accounts[1] \"bad\""), HasSubstr("`" + metric + "`")));
    batch.set_skip_invalid(true);
    EXPECT_TRUE(server_->evaluations().BatchEvaluate(&skip_context, batch, &answer).ok());
    EXPECT_THAT(answer.rejected_accounts(), SizeIs(1));
    EXPECT_EQ(answer.rejected_accounts(0).error().code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_THAT(answer.evaluations(), SizeIs(2)) << "an answer keeps the place of its account";
    EXPECT_THAT(answer.evaluations(1).rules(), IsEmpty());
    return status;
  }
  // The same account on the command line.
  Finished Eval(const std::string& json) const {
    return RunPql({"eval", rules_.Path("slack"), "--account", "-", "--all"}, json);
  }
  void ExpectAlive() {
    EXPECT_EQ(Rule("zero", Request({{"messages", Number(0)}})).outcome(), "QUALIFIED");
  }

 private:
  const TempDirectory rules_;
  std::unique_ptr<ServerProcess> server_;
};

TEST(HostileTable, Row09NumbersThatAreNone) {
  Accounts accounts;
  // Rejected on input.
  for (const double number :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    accounts.ExpectRefused("messages", Number(number));
  }
  for (const std::string text : {"NaN", "Infinity", "-Infinity", "1e999"}) {
    const Finished eval = accounts.Eval("{\"messages\":" + text + "}");
    EXPECT_EQ(eval.exit, 2) << text << eval.out;
    EXPECT_THAT(eval.err, ::testing::Not(IsEmpty())) << text;
  }
  // Missing as a result, and no metric would help.
  const auto huge = Accounts::Request({{"messages", Number(1e308)}, {"channels", Number(1e308)}});
  EXPECT_EQ(accounts.Rule("large", huge).outcome(), "UNKNOWN");
  EXPECT_THAT(accounts.Rule("large", huge).missing(), IsEmpty());
  for (const double zero : {0.0, -0.0}) {
    const auto request = Accounts::Request({{"messages", Number(1)}, {"channels", Number(zero)}});
    EXPECT_EQ(accounts.Rule("dense", request).outcome(), "UNKNOWN");
    EXPECT_THAT(accounts.Rule("dense", request).missing(), IsEmpty());
  }
  const Finished eval = accounts.Eval(R"({"messages":1e308,"channels":1e308})");
  EXPECT_EQ(eval.exit, 0) << eval.err;
  EXPECT_THAT(eval.out, HasSubstr("large"));
  // -0.0 is 0, in what is decided and in what is shown.
  const v1::RuleEvaluation zero =
      accounts.Rule("zero", Accounts::Request({{"messages", Number(-0.0)}}));
  EXPECT_EQ(zero.outcome(), "QUALIFIED");
  ASSERT_THAT(zero.explanation().children(), SizeIs(1)) << zero.ShortDebugString();
  ASSERT_THAT(zero.explanation().children(0).values(), SizeIs(1)) << zero.ShortDebugString();
  const ProtoValue seen = zero.explanation().children(0).values(0).value();
  EXPECT_EQ(seen.number_value(), 0);
  EXPECT_FALSE(std::signbit(seen.number_value()));
  accounts.ExpectAlive();
}

TEST(HostileTable, Row10MetricsOfEveryWrongKind) {
  Accounts accounts;
  // Missing and null are the same: unknown, and named.
  ProtoValue null;
  null.set_null_value(google::protobuf::NULL_VALUE);
  for (const auto& request :
       {Accounts::Request({{"channels", Number(2)}}),
        Accounts::Request({{"channels", Number(2)}, {"messages", null}}),
        Accounts::Request({{"channels", Number(2)}, {"messages", ProtoValue()}})}) {
    const v1::RuleEvaluation rule = accounts.Rule("large", request);
    EXPECT_EQ(rule.outcome(), "UNKNOWN");
    EXPECT_THAT(rule.missing(), ElementsAre("messages"));
  }
  // A wrong type: metric, expected and seen type.
  ProtoValue boolean, object, list, mixed, nested;
  boolean.set_bool_value(true);
  (*object.mutable_struct_value()->mutable_fields())["a"] = Number(1);
  *list.mutable_list_value()->add_values() = Number(1);
  mixed = list;
  *mixed.mutable_list_value()->add_values() = Text("a");
  *nested.mutable_list_value()->add_values() = object;
  const struct {
    std::string metric;
    ProtoValue value;
    std::string expected;
    std::string seen;
  } kCases[] = {
      {"messages", Text("2500"), "number", "string"},
      {"messages", boolean, "number", "bool"},
      {"messages", list, "number", "list"},
      {"messages", object, "number", "object"},
      {"plan", Number(1), "string", "number"},
      {"plan", object, "string", "object"},
      {"paying", Text("true"), "bool", "string"},
      {"paying", Number(1), "bool", "number"},
      {"since", Number(1), "timestamp", "number"},
      {"since", Text("soon"), "timestamp", "string"},
      {"age", Number(1), "duration", "number"},
      {"age", Text("long"), "duration", "string"},
      {"labels", Text("a"), "list(string)", "string"},
      {"labels", list, "list(string)", "list"},
      {"labels", mixed, "list(string)", "list"},
      {"labels", nested, "list(string)", "list"},
  };
  for (const auto& each : kCases) {
    SCOPED_TRACE(each.metric + " " + each.value.ShortDebugString());
    const grpc::Status status = accounts.ExpectRefused(each.metric, each.value);
    const auto info = DetailOf<v1::ErrorInfo>(status);
    EXPECT_EQ(info.reason(), "METRIC_TYPE_MISMATCH");
    EXPECT_EQ(info.metadata().at("metric"), each.metric);
    EXPECT_EQ(info.metadata().at("expected_type"), each.expected);
    EXPECT_EQ(info.metadata().at("seen_type"), each.seen);
  }
  for (const std::string json :
       {R"({"messages":"2500"})", R"({"messages":{"a":{"b":1}}})", R"({"messages":[1]})"}) {
    const Finished eval = accounts.Eval(json);
    EXPECT_EQ(eval.exit, 2) << json;
    EXPECT_THAT(eval.err, HasSubstr("messages")) << json;
  }
  // More metrics than the limit, and a text that is longer.
  v1::EvaluateRequest many = Accounts::Request({});
  for (int i = 0; i < 10'000; ++i) {
    (*many.mutable_account()->mutable_metrics())["m" + std::to_string(i)] = Number(i);
  }
  v1::EvaluateResponse response;
  ExpectLimit(Evaluate(accounts.server(), many, &response), grpc::StatusCode::INVALID_ARGUMENT,
              "--max-account-metrics");
  const grpc::Status longer = accounts.ExpectRefused("plan", Text(std::string(1 << 20, 'x')));
  ExpectLimit(longer, grpc::StatusCode::INVALID_ARGUMENT, "--max-string-bytes");
  EXPECT_LT(longer.error_message().size(), 500u) << "the text is not sent back";
  accounts.ExpectAlive();
}

// The methods of the contract, from its descriptors: one that is added is tested too.
std::vector<std::string> MethodPaths() {
  std::vector<std::string> methods;
  for (const google::protobuf::FileDescriptor* file :
       {v1::EvaluateRequest::descriptor()->file(), v1::GetRuleRequest::descriptor()->file(),
        v1::GetServerStatusRequest::descriptor()->file()}) {
    const google::protobuf::ServiceDescriptor* service = file->service(0);
    for (int i = 0; i < service->method_count(); ++i) {
      methods.push_back("/" + service->full_name() + "/" + service->method(i)->name());
    }
  }
  return methods;
}

TEST(HostileTable, Row12MalformedMessages) {
  Accounts accounts;
  ServerProcess& server = accounts.server();
  // Of fields 1 and 2, whatever their types: cut off, over-long, not UTF-8, of a wire type that
  // does not exist, a group that never ends, and numbers that never do.
  const std::vector<std::string> kCases = {
      std::string("\x0a\x04ru\xff\xfe", 6),
      std::string("\x0a\xff\xff\xff\xff\x0f", 6),
      std::string("\x0a\x7f", 2),
      std::string(11, '\xff'),
      std::string("\x0f", 1),
      std::string("\x0b\x0b\x0b", 3),
      std::string(1, '\0'),
  };
  for (const std::string& method : MethodPaths()) {
    for (const std::string& bytes : kCases) {
      // Field 1 of ListRuleSets is a number, and GetServerStatus has no fields, so that the bytes
      // of a string there are merely unknown.
      const bool has_text = method != "/pql.v1.RuleService/ListRuleSets" &&
                            method != "/pql.v1.StatusService/GetServerStatus";
      if (bytes == kCases[0] && !has_text) continue;
      std::string answer;
      const grpc::Status status = CallRaw(server.channel(), method, bytes, &answer);
      // A stream says it of each request, and goes on.
      v1::StreamEvaluateResponse response;
      const bool is_refused = method == "/pql.v1.EvaluationService/StreamEvaluate" &&
                              response.ParseFromString(answer) &&
                              response.error().code() == grpc::StatusCode::INVALID_ARGUMENT;
      EXPECT_TRUE(!status.ok() || is_refused) << method << " " << ::testing::PrintToString(bytes);
    }
  }
  // Messages that were good once, with some bytes changed: an answer or an error, never an end.
  testing::Random random(testing::TestSeed());
  const std::string good =
      Accounts::Request({{"messages", Number(1)}, {"plan", Text("pro")}}).SerializeAsString();
  for (int i = 0; i < 300 * testing::CasesFactor(); ++i) {
    std::string bytes = good;
    for (uint64_t changes = 1 + random.Below(4); changes > 0; --changes) {
      bytes[random.Below(bytes.size())] = static_cast<char>(random.Below(256));
    }
    if (random.OneIn(3)) bytes.resize(random.Below(bytes.size()));
    CallRaw(server.channel(), "/pql.v1.EvaluationService/Evaluate", bytes);
  }
  // Nesting without an end.
  ProtoValue nested = Number(1);
  for (int depth = 0; depth < 95; ++depth) {
    ProtoValue outer;
    *outer.mutable_list_value()->add_values() = nested;
    nested = outer;
  }
  v1::EvaluateResponse response;
  EXPECT_FALSE(Evaluate(server, Accounts::Request({{"messages", nested}}), &response).ok());
  accounts.ExpectAlive();
  EXPECT_EQ(server.process().Poll(), -1) << server.process().Err();
}

}  // namespace
}  // namespace pql
