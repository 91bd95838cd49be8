// pql status, pql watch: how the rule sets of a server are, and what happens to them.

#include <google/protobuf/util/time_util.h>

#include <chrono>
#include <map>
#include <set>
#include <thread>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "engine/rule_query.h"
#include "pql/v1/rule_service.grpc.pb.h"
#include "ruleset/rule_directory.h"
#include "tools/pql/remote/commands.h"
#include "tools/pql/remote/connection.h"
#include "tools/pql/remote/rule_text.h"

namespace pql {
namespace {

constexpr std::chrono::seconds kReconnect{1};

std::string ShortName(const std::string& name) {
  const auto id = ParseRuleSetName("name", name);
  return EscapeUnprintable(id.ok() ? *id : name);
}

std::string StateText(const v1::RuleSet& rule_set, bool color) {
  std::string text = Painted(color, Paint::kBold, ShortName(rule_set.name()));
  if (rule_set.revision() == 0) {
    StrAppend(&text, "  never loaded\n");
  } else {
    StrAppend(&text, "  revision ", rule_set.revision(), " since ",
              google::protobuf::util::TimeUtil::ToString(rule_set.load_time()), "  ",
              rule_set.active_rule_count(), " active, ", rule_set.shadow_rule_count(), " shadow, ",
              rule_set.draft_rule_count(), " draft\n");
  }
  if (!rule_set.has_load_failure()) return text;
  const v1::LoadFailure& failure = rule_set.load_failure();
  StrAppend(&text, "  ", Painted(color, Paint::kRed, "a newer version is not in force:"), "\n");
  if (!failure.error().empty()) StrAppend(&text, "  ", EscapeUnprintable(failure.error()), "\n");
  StrAppend(&text, FindingsText(failure.diagnostics(), failure.dropped_count(), {}, color));
  return text;
}

class StatusCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  absl::StatusOr<std::vector<v1::RuleSet>> Read();

  std::string rule_set_;  // empty: all
  std::string format_ = "human";
  Connection connection_;
};

CLI::App* StatusCommand::AddTo(CLI::App* app) {
  CLI::App* command = app->add_subcommand("status", "The rule sets of a server, and what is wrong");
  command->add_option("RULESET", rule_set_, "Only this rule set");
  command->add_option("--format", format_, "human, or json: one rule set a line")
      ->check(CLI::IsMember({"human", "json"}))
      ->type_name("FORMAT");
  connection_.AddOptions(command);
  command->footer(
      "Example:\n"
      "  pql status --server localhost:50051\n"
      "Exit status: 0 all is in force, 1 a newer version is not, 2 the server can't be asked.");
  return command;
}

absl::StatusOr<std::vector<v1::RuleSet>> StatusCommand::Read() {
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

int StatusCommand::Run(Console* console) {
  if (const absl::Status status = connection_.Open(); !status.ok()) return console->Fail(status);
  const absl::StatusOr<std::vector<v1::RuleSet>> rule_sets = Read();
  if (!rule_sets.ok()) return console->Fail(rule_sets.status());
  bool failed = false;
  for (const v1::RuleSet& rule_set : *rule_sets) {
    failed |= rule_set.has_load_failure();
    if (format_ == "human") {
      console->out() << StateText(rule_set, console->color_out());
      continue;
    }
    const absl::StatusOr<std::string> line = JsonLine(rule_set);
    if (!line.ok()) return console->Fail(line.status());
    console->out() << *line;
  }
  if (rule_sets->empty()) {
    console->Note(StrCat(connection_.server(), " has no rule set yet; `pql push` makes one"));
  }
  return failed ? kFindings : kFine;
}

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
  const std::string name = ShortName(event.rule_set().name());
  switch (event.event()) {
    case v1::RULE_SET_EVENT_CURRENT:
    case v1::RULE_SET_EVENT_LOAD_STATUS:
      console->out() << StateText(event.rule_set(), color);
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
  for (bool connected = false;;) {
    grpc::ClientContext context;
    connection_.PrepareStream(&context);
    const auto reader = rules->WatchRuleSets(&context, request_);
    v1::WatchRuleSetsResponse event;
    while (reader->Read(&event)) {
      connected = true;
      Print(event, console);
      Remember(event);
      if (!console->out().good()) return kFine;
    }
    const grpc::Status status = reader->Finish();
    if (!connected || status.error_code() != grpc::StatusCode::UNAVAILABLE) {
      return console->Fail(connection_.FromServer(status));
    }
    console->Note(StrCat("the connection to ", connection_.server(), " is lost; trying again"));
    std::this_thread::sleep_for(kReconnect);
  }
}

}  // namespace

std::unique_ptr<Command> MakeStatusCommand() { return std::make_unique<StatusCommand>(); }
std::unique_ptr<Command> MakeWatchCommand() { return std::make_unique<WatchCommand>(); }

}  // namespace pql
