// pql status: how a server and its rule sets are.

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "base/status_macros.h"
#include "base/strings.h"
#include "engine/rule_query.h"
#include "pql/v1/rule_service.grpc.pb.h"
#include "pql/v1/status_service.grpc.pb.h"
#include "ruleset/rule_directory.h"
#include "tools/pql/remote/commands.h"
#include "tools/pql/remote/connection.h"
#include "tools/pql/remote/rule_text.h"
#include "tools/pql/remote/status_text.h"

namespace pql {
namespace {

class StatusCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  absl::StatusOr<std::vector<v1::RuleSet>> ReadRuleSets();
  absl::StatusOr<v1::ServerStatus> ReadServer();
  std::string Text(const v1::ServerStatus& server, const std::vector<v1::RuleSet>& rule_sets,
                   bool color) const;

  std::string rule_set_;  // empty: all
  std::string format_ = "human";
  Connection connection_;
};

CLI::App* StatusCommand::AddTo(CLI::App* app) {
  CLI::App* command =
      app->add_subcommand("status", "A server and its rule sets, and what is wrong");
  command->add_option("RULESET", rule_set_, "Only this rule set");
  command
      ->add_option("--format", format_, "human, or json: one object with `status` and `ruleSets`")
      ->check(CLI::IsMember({"human", "json"}))
      ->type_name("FORMAT");
  connection_.AddOptions(command);
  command->footer(
      "Example:\n"
      "  pql status --server localhost:50051\n"
      "Exit status: 0 all is well, 1 a newer version of a rule set is not in force or can't be\n"
      "read, or the rule store does not work, 2 the server can't be asked.");
  return command;
}

absl::StatusOr<std::vector<v1::RuleSet>> StatusCommand::ReadRuleSets() {
  const auto rules = v1::RuleService::NewStub(connection_.channel());
  std::vector<v1::RuleSet> rule_sets;
  if (!rule_set_.empty()) {
    grpc::ClientContext context;
    connection_.Prepare(&context);
    v1::GetRuleSetRequest request;
    request.set_name(RuleSetName(RuleSetIdOf(rule_set_)));
    v1::GetRuleSetResponse response;
    PQL_RETURN_IF_ERROR(connection_.FromServer(rules->GetRuleSet(&context, request, &response)));
    rule_sets.push_back(std::move(*response.mutable_rule_set()));
    return rule_sets;
  }
  v1::ListRuleSetsRequest request;
  do {
    grpc::ClientContext context;
    connection_.Prepare(&context);
    v1::ListRuleSetsResponse response;
    PQL_RETURN_IF_ERROR(connection_.FromServer(rules->ListRuleSets(&context, request, &response)));
    for (v1::RuleSet& rule_set : *response.mutable_rule_sets()) {
      rule_sets.push_back(std::move(rule_set));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  return rule_sets;
}

absl::StatusOr<v1::ServerStatus> StatusCommand::ReadServer() {
  const auto stub = v1::StatusService::NewStub(connection_.channel());
  grpc::ClientContext context;
  connection_.Prepare(&context);
  v1::GetServerStatusResponse response;
  PQL_RETURN_IF_ERROR(connection_.FromServer(
      stub->GetServerStatus(&context, v1::GetServerStatusRequest(), &response)));
  return std::move(*response.mutable_status());
}

std::string StatusCommand::Text(const v1::ServerStatus& server,
                                const std::vector<v1::RuleSet>& rule_sets, bool color) const {
  std::string text = ServerText(server, connection_.server(), color);
  for (const v1::RuleSet& rule_set : rule_sets) {
    StrAppend(&text, RuleSetText(rule_set, server.time(), color));
    for (const v1::RuleSetUsage& usage : server.rule_sets()) {
      if (usage.rule_set() == rule_set.name()) {
        StrAppend(&text, UsageText(usage, server.time(), color));
      }
    }
  }
  return text;
}

// {"status":{...},"ruleSets":[{...}]}
absl::StatusOr<std::string> JsonOf(const v1::ServerStatus& server,
                                   const std::vector<v1::RuleSet>& rule_sets) {
  v1::GetServerStatusResponse status;
  *status.mutable_status() = server;
  v1::ListRuleSetsResponse list;
  for (const v1::RuleSet& rule_set : rule_sets) *list.add_rule_sets() = rule_set;
  PQL_ASSIGN_OR_RETURN(const std::string status_line, JsonLine(status));
  PQL_ASSIGN_OR_RETURN(const std::string list_line, JsonLine(list));
  auto both = nlohmann::ordered_json::parse(status_line);
  both["ruleSets"] = nlohmann::ordered_json::array();
  both.update(nlohmann::ordered_json::parse(list_line));
  return StrCat(both.dump(), "\n");
}

int StatusCommand::Run(Console* console) {
  if (const absl::Status status = connection_.Open(); !status.ok()) return console->Fail(status);
  const absl::StatusOr<std::vector<v1::RuleSet>> rule_sets = ReadRuleSets();
  if (!rule_sets.ok()) return console->Fail(rule_sets.status());
  const absl::StatusOr<v1::ServerStatus> server = ReadServer();
  if (!server.ok()) return console->Fail(server.status());
  if (format_ == "json") {
    const absl::StatusOr<std::string> json = JsonOf(*server, *rule_sets);
    if (!json.ok()) return console->Fail(json.status());
    console->out() << *json;
  } else {
    console->out() << Text(*server, *rule_sets, console->color_out());
  }
  if (rule_sets->empty()) {
    console->Note(StrCat(connection_.server(), " has no rule set yet; `pql push` makes one"));
  }
  const bool failed =
      std::any_of(rule_sets->begin(), rule_sets->end(),
                  [](const v1::RuleSet& rule_set) { return rule_set.has_load_failure(); });
  const bool well = !failed && server->store().available() && server->behind_count() == 0;
  return well ? kFine : kFindings;
}

}  // namespace

std::unique_ptr<Command> MakeStatusCommand() { return std::make_unique<StatusCommand>(); }

}  // namespace pql
