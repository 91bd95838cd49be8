// Calls that the tests of real servers make, and what is in the details of an error.

#ifndef TESTS_END_TO_END_CALLS_H_
#define TESTS_END_TO_END_CALLS_H_

#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "pql/v1/error.pb.h"
#include "tests/end_to_end/server_process.h"

namespace pql {

// One rule, `team`, for accounts with so many messages.
inline std::string RulesWithLimit(int64_t limit) {
  return "metric messages: number\nrule team { when messages >= " + std::to_string(limit) + " }\n";
}

inline void SetDeadline(grpc::ClientContext* context) {
  context->set_deadline(std::chrono::system_clock::now() + kPatience);
}

inline v1::ApplyRuleSetRequest ApplyRequest(const std::string& rule_set, const std::string& text,
                                            const std::string& request_id = "") {
  v1::ApplyRuleSetRequest request;
  request.set_name(rule_set);
  request.set_request_id(request_id);
  v1::SourceFile* file = request.add_files();
  file->set_path("rules.pql");
  file->set_text(text);
  return request;
}

// Makes the text the whole of the rule set.  `revision`: where it is then, 0 on an error.
inline grpc::Status Push(ServerProcess& server, const std::string& rule_set,
                         const std::string& text, int64_t* revision,
                         const std::string& request_id = "") {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::ApplyRuleSetResponse response;
  const grpc::Status status =
      server.rules().ApplyRuleSet(&context, ApplyRequest(rule_set, text, request_id), &response);
  *revision = response.revision();
  return status;
}

// One evaluation of what the account has of the metric `messages`, with the request to be
// completed.
inline v1::EvaluateRequest RequestWithMessages(const std::string& rule_set, double messages) {
  v1::EvaluateRequest request;
  request.set_rule_set(rule_set);
  (*request.mutable_account()->mutable_metrics())["messages"].set_number_value(messages);
  return request;
}

inline grpc::Status Evaluate(ServerProcess& server, const v1::EvaluateRequest& request,
                             v1::EvaluateResponse* response) {
  grpc::ClientContext context;
  SetDeadline(&context);
  return server.evaluations().Evaluate(&context, request, response);
}

// What ValidateRules says of one file.
inline v1::ValidateRulesResponse Validate(ServerProcess& server, const std::string& text) {
  grpc::ClientContext context;
  SetDeadline(&context);
  v1::ValidateRulesRequest request;
  v1::SourceFile* file = request.add_files();
  file->set_path("rules.pql");
  file->set_text(text);
  v1::ValidateRulesResponse response;
  const grpc::Status status = server.rules().ValidateRules(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response;
}

// A detail of a status, of type ErrorInfo, DiagnosticList...; empty when there is none.
template <typename Detail>
Detail DetailOf(const grpc::Status& status) {
  v1::ErrorStatus all;
  EXPECT_TRUE(all.ParseFromString(status.error_details()));
  Detail detail;
  for (const google::protobuf::Any& any : all.details()) {
    if (any.UnpackTo(&detail)) return detail;
  }
  return detail;
}

// That the call was refused with this code because of the limit that `flag` sets.
inline void ExpectLimit(const grpc::Status& status, grpc::StatusCode code,
                        const std::string& flag) {
  EXPECT_EQ(status.error_code(), code) << status.error_message();
  EXPECT_NE(status.error_message().find(flag), std::string::npos) << status.error_message();
  const auto info = DetailOf<v1::ErrorInfo>(status);
  EXPECT_EQ(info.reason(), "LIMIT_EXCEEDED");
  EXPECT_EQ(info.metadata().contains("flag") ? info.metadata().at("flag") : "", flag);
}

}  // namespace pql

#endif  // TESTS_END_TO_END_CALLS_H_
