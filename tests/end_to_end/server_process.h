// A real pqld over a directory of rules, on a port of its own.

#ifndef TESTS_END_TO_END_SERVER_PROCESS_H_
#define TESTS_END_TO_END_SERVER_PROCESS_H_

#include <grpcpp/create_channel.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "pql/v1/evaluation_service.grpc.pb.h"
#include "pql/v1/rule_service.grpc.pb.h"
#include "tests/testing/http_get.h"
#include "tests/testing/raw_call.h"
#include "tests/testing/subprocess.h"

namespace pql {

inline constexpr char kSlackRules[] = "ruleSets/slack";

inline std::string Program(const std::string& name) { return std::string(PQL_BIN_DIR "/") + name; }

// Runs `pql ARGUMENTS` to its end.
inline Finished RunPql(std::vector<std::string> arguments, std::string_view input = "") {
  arguments.insert(arguments.begin(), Program("pql"));
  return RunProgram(arguments, input);
}

class ServerProcess {
 public:
  // `rules`: "" for none.  Unless `flags` say otherwise the store is memory, and the ports are free
  // ones.  `wrapper` is a command that becomes the server, in surroundings of its making:
  // {"/usr/bin/prlimit", "--nofile=50"}.
  explicit ServerProcess(const std::string& rules, std::vector<std::string> flags = {},
                         const std::vector<std::string>& wrapper = {}) {
    const auto add_default = [&flags](const std::string& name, const std::string& value) {
      const auto names = [&name](const std::string& flag) { return flag.starts_with(name); };
      if (std::none_of(flags.begin(), flags.end(), names)) flags.push_back(name + "=" + value);
    };
    add_default("--store", "memory");
    add_default("--listen", "localhost:0");
    add_default("--metrics-address", "localhost:0");
    if (!rules.empty()) flags.insert(flags.begin(), "--rules=" + rules);
    flags.insert(flags.begin(), {Program("pqld"), "--log-format=json"});
    flags.insert(flags.begin(), wrapper.begin(), wrapper.end());
    process_ = std::make_unique<Subprocess>(flags);
    EXPECT_TRUE(Eventually([this] { return FindPort() || process_->Poll() >= 0; }));
    EXPECT_FALSE(port_.empty()) << process_->Err();
    channel_ = grpc::CreateChannel(address(), grpc::InsecureChannelCredentials());
    evaluations_ = v1::EvaluationService::NewStub(channel_);
    rules_ = v1::RuleService::NewStub(channel_);
  }

  std::string address() const { return "localhost:" + port_; }
  const std::string& port() const { return port_; }
  Subprocess& process() { return *process_; }
  const std::shared_ptr<grpc::Channel>& channel() { return channel_; }
  v1::EvaluationService::Stub& evaluations() { return *evaluations_; }
  v1::RuleService::Stub& rules() { return *rules_; }

  // What the standard health service says of a service ("": the server as a whole): 1 serving,
  // 2 not serving, 0 no answer.
  int Health(const std::string& service) {
    // grpc.health.v1.HealthCheckRequest by hand: field 1, a string.  Its answer: field 1, an enum.
    const std::string request =
        service.empty() ? "" : "\n" + std::string(1, static_cast<char>(service.size())) + service;
    std::string answer;
    const grpc::Status status = CallRaw(channel_, "/grpc.health.v1.Health/Check", request, &answer);
    return status.ok() && answer.size() == 2 ? answer[1] : 0;
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

  // What Prometheus reads.
  std::string Scrape() const {
    const HttpAnswer answer = HttpGet(metrics_port(), "/metrics");
    EXPECT_EQ(answer.status, 200);
    return answer.body;
  }
  int metrics_port() const { return std::stoi(LogField("serving metrics", "port")); }

  // The value of a series, by its name and, where it has some, its labels in braces; -1: there is
  // no such series.
  double Metric(const std::string& series) const {
    const std::string text = "\n" + Scrape();
    const std::string line = "\n" + series + " ";
    const size_t found = text.find(line);
    return found == std::string::npos ? -1 : std::stod(text.substr(found + line.size()));
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
