// pql revisions, pql rollback: the history of a rule set.

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "engine/rule_query.h"
#include "pql/v1/rule_service.grpc.pb.h"
#include "ruleset/rule_directory.h"
#include "tools/pql/remote/commands.h"
#include "tools/pql/remote/connection.h"
#include "tools/pql/remote/request_id.h"
#include "tools/pql/remote/rule_text.h"

namespace pql {
namespace {

class RevisionsCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  absl::Status PrintOne(v1::RuleService::Stub* rules, Console* console);
  absl::Status PrintAll(v1::RuleService::Stub* rules, Console* console);
  absl::Status Print(const google::protobuf::Message& message, const std::string& text,
                     Console* console) const;

  std::string rule_set_;
  int64_t revision_ = 0;  // 0: all
  int limit_ = 20;
  std::string rule_;
  std::string author_;
  std::string format_ = "human";
  Connection connection_;
};

CLI::App* RevisionsCommand::AddTo(CLI::App* app) {
  CLI::App* command = app->add_subcommand("revisions", "The history of a rule set on a server");
  command->add_option("RULESET", rule_set_, "Id of the rule set, or its directory")->required();
  command->add_option("REVISION", revision_, "Show this revision, with what it changed");
  command->add_option("--limit", limit_, "The most to show (default: 20)")
      ->check(CLI::Range(1, 1'000'000))
      ->type_name("N");
  command->add_option("--rule", rule_, "Only revisions that changed this rule")->type_name("NAME");
  command->add_option("--author", author_, "Only revisions by this author")->type_name("NAME");
  command->add_option("--format", format_, "human, or json: one revision a line")
      ->check(CLI::IsMember({"human", "json"}))
      ->type_name("FORMAT");
  connection_.AddOptions(command);
  command->footer(
      "Example:\n"
      "  pql revisions slack --rule slack_team\n"
      "Newest first: number, time, author, cause, what changed, comment.");
  return command;
}

absl::Status RevisionsCommand::Print(const google::protobuf::Message& message,
                                     const std::string& text, Console* console) const {
  if (format_ == "human") {
    console->out() << text;
    return absl::OkStatus();
  }
  PQL_ASSIGN_OR_RETURN(const std::string line, JsonLine(message));
  console->out() << line;
  return absl::OkStatus();
}

absl::Status RevisionsCommand::PrintOne(v1::RuleService::Stub* rules, Console* console) {
  grpc::ClientContext context;
  connection_.Prepare(&context);
  v1::GetRevisionRequest request;
  request.set_name(RevisionName(rule_set_, revision_));
  v1::GetRevisionResponse response;
  PQL_RETURN_IF_ERROR(connection_.FromServer(rules->GetRevision(&context, request, &response)));
  const v1::Revision& revision = response.revision();
  const bool color = console->color_out();
  return Print(revision,
               StrCat(RevisionLine(revision, color), RuleChangesText(revision.changes(), color)),
               console);
}

absl::Status RevisionsCommand::PrintAll(v1::RuleService::Stub* rules, Console* console) {
  v1::ListRevisionsRequest request;
  request.set_parent(RuleSetName(rule_set_));
  request.set_rule(rule_);
  request.set_author(author_);
  int left = limit_;
  do {
    request.set_page_size(std::min(left, 100));
    grpc::ClientContext context;
    connection_.Prepare(&context);
    v1::ListRevisionsResponse response;
    PQL_RETURN_IF_ERROR(connection_.FromServer(rules->ListRevisions(&context, request, &response)));
    for (const v1::Revision& revision : response.revisions()) {
      if (left-- == 0) return absl::OkStatus();
      PQL_RETURN_IF_ERROR(Print(revision, RevisionLine(revision, console->color_out()), console));
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && left > 0 && console->out().good());
  return absl::OkStatus();
}

int RevisionsCommand::Run(Console* console) {
  rule_set_ = RuleSetIdOf(rule_set_);
  if (const absl::Status status = connection_.Open(); !status.ok()) return console->Fail(status);
  const auto rules = v1::RuleService::NewStub(connection_.channel());
  const absl::Status status =
      revision_ > 0 ? PrintOne(rules.get(), console) : PrintAll(rules.get(), console);
  return status.ok() ? kFine : console->Fail(status);
}

class RollbackCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  std::string rule_set_;
  int64_t revision_ = 0;
  std::string comment_;
  std::string format_ = "human";
  bool dry_run_ = false;
  Connection connection_;
};

CLI::App* RollbackCommand::AddTo(CLI::App* app) {
  CLI::App* command =
      app->add_subcommand("rollback", "Bring the pushed rules of an earlier revision back");
  command->add_option("RULESET", rule_set_, "Id of the rule set, or its directory")->required();
  command->add_option("REVISION", revision_, "The revision, see `pql revisions`")->required();
  command->add_flag("--dry-run", dry_run_, "Show what would change, and change nothing");
  command->add_option("--comment", comment_, "Why, for the history")->type_name("TEXT");
  command->add_option("--format", format_, "human or json")
      ->check(CLI::IsMember({"human", "json"}))
      ->type_name("FORMAT");
  connection_.AddOptions(command);
  command->footer(
      "Example:\n"
      "  pql rollback slack 41 --comment \"too many leads\"\n"
      "Makes a new revision; what the server has from files of its own stays as it is.");
  return command;
}

int RollbackCommand::Run(Console* console) {
  rule_set_ = RuleSetIdOf(rule_set_);
  if (const absl::Status status = connection_.Open(); !status.ok()) return console->Fail(status);
  const auto rules = v1::RuleService::NewStub(connection_.channel());
  v1::RollbackRuleSetRequest request;
  request.set_name(RuleSetName(rule_set_));
  request.set_revision(revision_);
  request.set_comment(comment_);
  request.set_validate_only(dry_run_);
  if (!dry_run_) request.set_request_id(NewRequestId());
  grpc::ClientContext context;
  connection_.Prepare(&context);
  v1::RollbackRuleSetResponse response;
  const grpc::Status status = rules->RollbackRuleSet(&context, request, &response);
  if (!status.ok()) return console->Fail(connection_.FromServer(status));
  if (format_ == "json") {
    const absl::StatusOr<std::string> line = JsonLine(response);
    if (!line.ok()) return console->Fail(line.status());
    console->out() << *line;
    return kFine;
  }
  console->out() << RuleChangesText(response.changes(), console->color_out());
  if (dry_run_) {
    console->out() << "dry run: " << RuleChangesSummary(response.changes())
                   << "; nothing was changed\n";
  } else {
    console->out() << "rule set " << rule_set_ << " is at revision " << response.revision() << ": "
                   << RuleChangesSummary(response.changes()) << "\n";
  }
  return kFine;
}

}  // namespace

std::unique_ptr<Command> MakeRevisionsCommand() { return std::make_unique<RevisionsCommand>(); }
std::unique_ptr<Command> MakeRollbackCommand() { return std::make_unique<RollbackCommand>(); }

}  // namespace pql
