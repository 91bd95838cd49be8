// pql watch: what happens to the rule sets of a server.

#include <chrono>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "engine/rule_query.h"
#include "pql/v1/rule_service.grpc.pb.h"
#include "ruleset/rule_directory.h"
#include "tools/pql/remote/commands.h"
#include "tools/pql/remote/connection.h"
#include "tools/pql/remote/rule_text.h"
#include "tools/pql/remote/status_text.h"

namespace pql {
namespace {

constexpr std::chrono::seconds kReconnect{1};

class WatchCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  void Print(const v1::WatchRuleSetsResponse& event, Console* console) const;
  void Remember(const v1::WatchRuleSetsResponse& event);

  std::vector<std::string> rule_sets_;
  std::string format_ = "human";
  Connection connection_;
  v1::WatchRuleSetsRequest request_;
};

CLI::App* WatchCommand::AddTo(CLI::App* app) {
  CLI::App* command = app->add_subcommand("watch", "Follow the rule sets of a server");
  command->add_option("RULESET", rule_sets_, "Only these rule sets");
  command->add_option("--format", format_, "human, or json: one event a line")
      ->check(CLI::IsMember({"human", "json"}))
      ->type_name("FORMAT");
  connection_.AddOptions(command);
  command->footer(
      "Example:\n"
      "  pql watch slack --server localhost:50051\n"
      "Prints the current state, then every revision as it comes, until interrupted. A connection\n"
      "that breaks is made again, and nothing in between is missed.");
  return command;
}

void WatchCommand::Print(const v1::WatchRuleSetsResponse& event, Console* console) const {
  if (format_ == "json") {
    if (const absl::StatusOr<std::string> line = JsonLine(event); line.ok()) {
      console->out() << *line << std::flush;
    }
    return;
  }
  const bool color = console->color_out();
  const std::string name = ShortRuleSetName(event.rule_set().name());
  switch (event.event()) {
    case v1::RULE_SET_EVENT_CURRENT:
    case v1::RULE_SET_EVENT_LOAD_STATUS:
      console->out() << RuleSetText(event.rule_set(), event.time(), color);
      break;
    case v1::RULE_SET_EVENT_CHANGED:
      console->out() << Painted(color, Paint::kBold, name) << "  revision "
                     << RevisionLine(event.revision(), color)
                     << RuleChangesText(event.revision().changes(), color);
      break;
    case v1::RULE_SET_EVENT_DELETED:
      console->out() << Painted(color, Paint::kBold, name) << "  is gone\n";
      break;
    default:
      break;
  }
  console->out() << std::flush;
}

// So that a new connection goes on where this one ended.
void WatchCommand::Remember(const v1::WatchRuleSetsResponse& event) {
  const std::string& name = event.rule_set().name();
  if (name.empty()) return;
  if (event.event() == v1::RULE_SET_EVENT_DELETED) {
    request_.mutable_seen_revisions()->erase(name);
  } else {
    (*request_.mutable_seen_revisions())[name] = event.rule_set().revision();
  }
}

int WatchCommand::Run(Console* console) {
  if (const absl::Status status = connection_.Open(); !status.ok()) return console->Fail(status);
  for (const std::string& id : rule_sets_) request_.add_rule_sets(RuleSetName(RuleSetIdOf(id)));
  const auto rules = v1::RuleService::NewStub(connection_.channel());
  for (bool connected = false, lost = false;;) {
    grpc::ClientContext context;
    connection_.PrepareStream(&context);
    const auto reader = rules->WatchRuleSets(&context, request_);
    v1::WatchRuleSetsResponse event;
    while (reader->Read(&event)) {
      connected = true;
      if (std::exchange(lost, false)) {
        console->Note(StrCat("the connection to ", connection_.server(), " is back"));
      }
      Print(event, console);
      Remember(event);
      if (!console->out().good()) return kFine;
    }
    const grpc::Status status = reader->Finish();
    if (!connected || status.error_code() != grpc::StatusCode::UNAVAILABLE) {
      return console->Fail(connection_.FromServer(status));
    }
    if (!std::exchange(lost, true)) {
      console->Note(StrCat("the connection to ", connection_.server(), " is lost; trying again"));
    }
    std::this_thread::sleep_for(kReconnect);
  }
}

}  // namespace

std::unique_ptr<Command> MakeWatchCommand() { return std::make_unique<WatchCommand>(); }

}  // namespace pql
