// A real pqld over a directory of rules, on a port of its own.

#ifndef TESTS_END_TO_END_SERVER_PROCESS_H_
#define TESTS_END_TO_END_SERVER_PROCESS_H_

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "pql/v1/evaluation_service.grpc.pb.h"
#include "pql/v1/rule_service.grpc.pb.h"
#include "tests/testing/subprocess.h"

namespace pql {

inline std::string Program(const std::string& name) { return std::string(PQL_BIN_DIR "/") + name; }

class ServerProcess {
 public:
  // `rules`: "" for none.  The store is memory, and metrics are on a free port, unless `flags` say
  // otherwise.  `wrapper`: a command that runs the server, {"prlimit", "--nofile=100"}.
  explicit ServerProcess(const std::string& rules, std::vector<std::string> flags = {},
                         const std::vector<std::string>& wrapper = {}) {
    const auto add_unless_given = [&flags](const std::string& name, const std::string& value) {
      const bool given = std::any_of(flags.begin(), flags.end(), [&name](const std::string& flag) {
        return flag.starts_with(name);
      });
      if (!given) flags.push_back(name + "=" + value);
    };
    add_unless_given("--store", "memory");
    add_unless_given("--metrics-address", "localhost:0");
    if (!rules.empty()) flags.insert(flags.begin(), "--rules=" + rules);
    flags.insert(flags.begin(), {Program("pqld"), "--listen=localhost:0", "--log-format=json"});
    flags.insert(flags.begin(), wrapper.begin(), wrapper.end());
    process_ = std::make_unique<Subprocess>(flags);
    EXPECT_TRUE(Eventually([this] { return FindPort() || process_->Poll() >= 0; }));
    EXPECT_FALSE(port_.empty()) << process_->Err();
    channel_ = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
    evaluations_ = v1::EvaluationService::NewStub(channel_);
    rules_ = v1::RuleService::NewStub(channel_);
  }

  const std::string& port() const { return port_; }
  std::string address() const { return "localhost:" + port_; }
  Subprocess& process() { return *process_; }
  v1::EvaluationService::Stub& evaluations() { return *evaluations_; }
  v1::RuleService::Stub& rules() { return *rules_; }

  // What the standard health service says of a service ("": the server as a whole): 1 serving,
  // 2 not serving, 0 no answer.
  int Health(const std::string& service) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    // grpc.health.v1.HealthCheckRequest by hand: field 1, a string.
    std::string bytes =
        service.empty() ? "" : "\n" + std::string(1, static_cast<char>(service.size())) + service;
    const grpc::Slice slice(bytes);
    const grpc::ByteBuffer request(&slice, 1);
    grpc::ByteBuffer response;
    grpc::Status status;
    const auto call =
        stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", request, &queue);
    call->StartCall();
    call->Finish(&response, &status, &status);
    void* tag = nullptr;
    bool ok = false;
    EXPECT_TRUE(queue.Next(&tag, &ok));
    grpc::Slice answer;
    if (!status.ok() || !response.DumpToSingleSlice(&answer).ok() || answer.size() != 2) return 0;
    return answer.begin()[1];  // field 1, an enum
  }

  // How many log lines have this message.
  int CountLog(const std::string& message) const {
    int count = 0;
    for (const nlohmann::json& line : LogLines()) count += line["message"] == message;
    return count;
  }

  // A field of the first log line with this message.
  std::string LogField(const std::string& message, const std::string& field) const {
    for (const nlohmann::json& line : LogLines()) {
      if (line["message"] == message) return line[field];
    }
    return "";
  }

  v1::RuleSet GetRuleSet(const std::string& name) {
    grpc::ClientContext context;
    v1::GetRuleSetRequest request;
    request.set_name(name);
    v1::GetRuleSetResponse response;
    const grpc::Status status = rules_->GetRuleSet(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.rule_set();
  }

  // The names of the rules that an account with `messages` messages qualifies for.
  std::vector<std::string> Qualifies(const std::string& rule_set, double messages) {
    grpc::ClientContext context;
    v1::EvaluateRequest request;
    request.set_rule_set(rule_set);
    (*request.mutable_account()->mutable_metrics())["messages"].set_number_value(messages);
    v1::EvaluateResponse response;
    const grpc::Status status = evaluations_->Evaluate(&context, request, &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    std::vector<std::string> names;
    for (const v1::RuleEvaluation& rule : response.evaluation().rules()) {
      names.push_back(rule.rule());
    }
    return names;
  }

 private:
  std::vector<nlohmann::json> LogLines() const {
    std::vector<nlohmann::json> lines;
    std::istringstream text(process_->Err());
    for (std::string line; std::getline(text, line) && !text.eof();) {
      lines.push_back(nlohmann::json::parse(line));
    }
    return lines;
  }
  bool FindPort() {
    for (const nlohmann::json& line : LogLines()) {
      if (line["message"] == "serving") port_ = line["port"];
    }
    return !port_.empty();
  }

  std::unique_ptr<Subprocess> process_;
  std::string port_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::EvaluationService::Stub> evaluations_;
  std::unique_ptr<v1::RuleService::Stub> rules_;
};

}  // namespace pql

#endif  // TESTS_END_TO_END_SERVER_PROCESS_H_
