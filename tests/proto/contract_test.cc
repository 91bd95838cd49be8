// What buf's lint does not look at: the conventions that all methods share, and messages whose wire
// form others rely on.

#include <gmock/gmock.h>
#include <google/protobuf/any.pb.h>
#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "pql/v1/diagnostic.pb.h"
#include "pql/v1/error.pb.h"
#include "pql/v1/evaluation_service.grpc.pb.h"
#include "pql/v1/evaluation_service.pb.h"
#include "pql/v1/rule_service.grpc.pb.h"
#include "pql/v1/rule_service.pb.h"

namespace pql::v1 {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using testing::UnorderedElementsAreArray;

const ServiceDescriptor& Evaluation() {
  return *EvaluateRequest::descriptor()->file()->FindServiceByName("EvaluationService");
}

const ServiceDescriptor& Rules() {
  return *CreateRuleRequest::descriptor()->file()->FindServiceByName("RuleService");
}

std::vector<const MethodDescriptor*> Methods(const ServiceDescriptor& service) {
  std::vector<const MethodDescriptor*> methods;
  for (int i = 0; i < service.method_count(); ++i) methods.push_back(service.method(i));
  return methods;
}

// "Evaluate", "WatchRuleSets -> stream", "stream StreamEvaluate -> stream".
std::vector<std::string> Shapes(const ServiceDescriptor& service) {
  std::vector<std::string> shapes;
  for (const MethodDescriptor* method : Methods(service)) {
    shapes.push_back((method->client_streaming() ? "stream " : "") + method->name() +
                     (method->server_streaming() ? " -> stream" : ""));
  }
  return shapes;
}

// Those of `names` that the message lacks as fields of this type.
std::vector<std::string> Lacking(const Descriptor& message, FieldDescriptor::Type type,
                                 std::vector<std::string> names) {
  std::erase_if(names, [&](const std::string& name) {
    const FieldDescriptor* field = message.FindFieldByName(name);
    return field != nullptr && field->type() == type && !field->is_repeated();
  });
  return names;
}

TEST(ContractTest, EveryMethodHasItsPlace) {
  EXPECT_THAT(Shapes(Evaluation()),
              UnorderedElementsAre("Evaluate", "BatchEvaluate", "stream StreamEvaluate -> stream"));
  EXPECT_THAT(Shapes(Rules()),
              UnorderedElementsAreArray(
                  {"ListRuleSets", "GetRuleSet", "GetSchema", "ListRules", "GetRule", "CreateRule",
                   "UpdateRule", "DeleteRule", "ApplyRuleSet", "ValidateRules", "TestRuleSet",
                   "ListRevisions", "GetRevision", "RollbackRuleSet", "WatchRuleSets -> stream"}));
}

TEST(ContractTest, EveryChangeCanBeTriedGuardedRetriedAndCommented) {
  int changes = 0;
  for (const MethodDescriptor* method : Methods(Rules())) {
    bool is_change = false;
    for (std::string_view verb : {"Create", "Update", "Delete", "Apply", "Rollback"}) {
      is_change = is_change || method->name().starts_with(verb);
    }
    if (!is_change) continue;
    ++changes;
    SCOPED_TRACE(method->name());
    const Descriptor& request = *method->input_type();
    EXPECT_THAT(Lacking(request, FieldDescriptor::TYPE_BOOL, {"validate_only"}), IsEmpty());
    EXPECT_THAT(Lacking(request, FieldDescriptor::TYPE_STRING, {"request_id", "comment"}),
                IsEmpty());
    ASSERT_THAT(Lacking(request, FieldDescriptor::TYPE_INT64, {"expected_revision"}), IsEmpty());
    EXPECT_TRUE(request.FindFieldByName("expected_revision")->has_presence())
        << "0 must be told from not set";
    EXPECT_THAT(Lacking(*method->output_type(), FieldDescriptor::TYPE_INT64, {"revision"}),
                IsEmpty());
  }
  EXPECT_EQ(changes, 5);
}

TEST(ContractTest, EveryListHasPages) {
  int lists = 0;
  for (const MethodDescriptor* method : Methods(Rules())) {
    if (!method->name().starts_with("List")) continue;
    ++lists;
    SCOPED_TRACE(method->name());
    EXPECT_THAT(Lacking(*method->input_type(), FieldDescriptor::TYPE_INT32, {"page_size"}),
                IsEmpty());
    EXPECT_THAT(Lacking(*method->input_type(), FieldDescriptor::TYPE_STRING, {"page_token"}),
                IsEmpty());
    EXPECT_THAT(Lacking(*method->output_type(), FieldDescriptor::TYPE_STRING, {"next_page_token"}),
                IsEmpty());
  }
  EXPECT_EQ(lists, 3);
}

// Generic clients decode `grpc-status-details-bin` as google.rpc.Status { int32 code = 1;
// string message = 2; repeated google.protobuf.Any details = 3; }.
TEST(ContractTest, ErrorStatusIsAGoogleRpcStatusOnTheWire) {
  ErrorStatus status;
  status.set_code(3);
  status.set_message("no");
  google::protobuf::Any& detail = *status.add_details();
  detail.set_type_url("t");
  detail.set_value("v");
  EXPECT_EQ(status.SerializeAsString(),
            "\x08\x03"
            "\x12\x02no"
            "\x1a\x06\x0a\x01t\x12\x01v");
}

// google.rpc.ErrorInfo { string reason = 1; string domain = 2; map<string, string> metadata = 3; }.
TEST(ContractTest, ErrorInfoIsAGoogleRpcErrorInfoOnTheWire) {
  ErrorInfo info;
  info.set_reason("R");
  info.set_domain("pql");
  (*info.mutable_metadata())["k"] = "v";
  EXPECT_EQ(info.SerializeAsString(),
            "\x0a\x01R"
            "\x12\x03pql"
            "\x1a\x06\x0a\x01k\x12\x01v");
}

TEST(ContractTest, DiagnosticsTravelAsAStatusDetail) {
  DiagnosticList sent;
  sent.add_diagnostics()->set_code("PQL1203");
  sent.set_dropped_count(2);
  ErrorStatus status;
  status.add_details()->PackFrom(sent);

  ASSERT_EQ(status.details(0).type_url(), "type.googleapis.com/pql.v1.DiagnosticList");
  DiagnosticList received;
  ASSERT_TRUE(status.details(0).UnpackTo(&received));
  EXPECT_EQ(received.diagnostics(0).code(), "PQL1203");
  EXPECT_EQ(received.dropped_count(), 2u);
}

// A script that reads findings need not care which call they came from.
TEST(ContractTest, ValidateRulesAnswersADiagnosticListOnTheWire) {
  ValidateRulesResponse sent;
  sent.add_diagnostics()->set_code("PQL1203");
  sent.set_dropped_count(2);
  DiagnosticList received;
  ASSERT_TRUE(received.ParseFromString(sent.SerializeAsString()));
  EXPECT_EQ(received.diagnostics(0).code(), "PQL1203");
  EXPECT_EQ(received.dropped_count(), 2u);
}

TEST(ContractTest, StubsAreGeneratedForBothServices) {
  EXPECT_STREQ(EvaluationService::service_full_name(), "pql.v1.EvaluationService");
  EXPECT_STREQ(RuleService::service_full_name(), "pql.v1.RuleService");
}

}  // namespace
}  // namespace pql::v1
