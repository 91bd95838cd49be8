// pql push: makes a directory what the API manages of a rule set, and shows the diff by rule first.

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

constexpr size_t kMaxRuleBytes = 64 << 20;

class PushCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  absl::Status ReadSources();
  int Refused(const grpc::Status& status, Console* console);
  int PrintRefusal(const v1::ValidateRulesResponse& findings, Console* console) const;
  int Push(v1::RuleService::Stub* rules, Console* console);

  std::string directory_;
  std::string rule_set_;
  std::string comment_;
  std::string format_ = "human";
  std::optional<int64_t> expected_;
  bool dry_run_ = false;
  Connection connection_;
  v1::ApplyRuleSetRequest request_;
  SourceSet sources_;
};

CLI::App* PushCommand::AddTo(CLI::App* app) {
  CLI::App* command = app->add_subcommand("push", "Put a directory of rules in force on a server");
  command->add_option("DIR", directory_, "Directory of the rule set")->required();
  command->add_option("--as", rule_set_, "Id of the rule set (default: the directory's name)")
      ->type_name("RULESET");
  command->add_flag("--dry-run", dry_run_, "Show what would change, and change nothing");
  command->add_option("--comment", comment_, "Why, for the history")->type_name("TEXT");
  command
      ->add_option("--expected-revision", expected_,
                   "Change nothing unless the rule set is at this revision (0: it is new)")
      ->type_name("N");
  command->add_option("--format", format_, "human or json")
      ->check(CLI::IsMember({"human", "json"}))
      ->type_name("FORMAT");
  connection_.AddOptions(command);
  command->footer(
      "Example:\n"
      "  pql push rules/slack --server localhost:50051 --dry-run\n"
      "The directory replaces all that was pushed before; rules that the server has from files of\n"
      "its own stay beside it. Exit status: 0 done, 1 the sources have errors, 2 not done.");
  return command;
}

absl::Status PushCommand::ReadSources() {
  PQL_ASSIGN_OR_RETURN(const std::vector<SourceText> sources,
                       ReadRuleDirectory(directory_, kMaxRuleBytes));
  if (sources.empty()) {
    return absl::NotFoundError(StrCat("`", directory_, "` has no *.pql files"));
  }
  std::string prefix = directory_;
  while (prefix.size() > 1 && prefix.back() == '/') prefix.pop_back();
  for (const SourceText& source : sources) {
    std::string_view path = source.name;
    if (path.starts_with(prefix)) path.remove_prefix(prefix.size());
    while (path.starts_with('/')) path.remove_prefix(1);
    v1::SourceFile* file = request_.add_files();
    file->set_path(std::string(path));
    file->set_text(source.text);
    sources_.AddFile(std::string(path), source.text);
  }
  return absl::OkStatus();
}

int PushCommand::PrintRefusal(const v1::ValidateRulesResponse& findings, Console* console) const {
  if (format_ == "json") {
    const absl::StatusOr<std::string> line = JsonLine(findings);
    if (!line.ok()) return console->Fail(line.status());
    console->out() << *line;
  } else {
    console->out() << FindingsText(findings.diagnostics(), findings.dropped_count(), sources_,
                                   console->color_out());
  }
  const size_t errors = CountErrors(findings.diagnostics()) + findings.dropped_count();
  console->err() << "pql: nothing was changed: the rules have " << errors
                 << (errors == 1 ? " error" : " errors") << std::endl;
  return kFindings;
}

// Wrong sources are shown like those of `pql lint`; all other errors in words.
int PushCommand::Refused(const grpc::Status& status, Console* console) {
  v1::ValidateRulesResponse findings;
  const v1::ErrorStatus details = DetailsOf(status);
  for (const google::protobuf::Any& detail : details.details()) {
    v1::DiagnosticList list;
    if (!detail.UnpackTo(&list)) continue;
    *findings.mutable_diagnostics() = list.diagnostics();
    findings.set_dropped_count(list.dropped_count());
    return PrintRefusal(findings, console);
  }
  const std::string current = ErrorMetadata(status, "current_revision");
  if (status.error_code() == grpc::StatusCode::ABORTED && !current.empty()) {
    return console->Fail(StrCat(connection_.server(), ": ", status.error_message(),
                                "; look at what changed with `pql revisions ", rule_set_,
                                "`, then push again"));
  }
  return console->Fail(connection_.FromServer(status));
}

int PushCommand::Push(v1::RuleService::Stub* rules, Console* console) {
  const auto apply = [&](v1::ApplyRuleSetResponse* response) {
    grpc::ClientContext context;
    connection_.Prepare(&context);
    return rules->ApplyRuleSet(&context, request_, response);
  };
  v1::ApplyRuleSetResponse trial;
  request_.set_validate_only(true);
  grpc::Status status = apply(&trial);
  if (!status.ok()) return Refused(status, console);
  const bool human = format_ == "human";
  if (human) console->out() << RuleChangesText(trial.changes(), console->color_out());
  v1::ApplyRuleSetResponse response = trial;
  if (!dry_run_) {
    // What was shown is what is done.
    request_.set_validate_only(false);
    request_.set_expected_revision(trial.revision());
    request_.set_request_id(NewRequestId());
    status = apply(&response);
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) status = apply(&response);
    if (!status.ok()) return Refused(status, console);
  }
  if (!human) {
    const absl::StatusOr<std::string> line = JsonLine(response);
    if (!line.ok()) return console->Fail(line.status());
    console->out() << *line;
    return kFine;
  }
  if (response.diagnostics_size() > 0) {
    console->err() << FindingsText(response.diagnostics(), response.dropped_count(), sources_,
                                   console->color_err());
  }
  const std::string summary = RuleChangesSummary(trial.changes());
  if (dry_run_) {
    console->out() << "dry run: " << summary << "; nothing was changed\n";
  } else if (response.revision() == trial.revision()) {
    console->out() << "rule set " << rule_set_ << " is as it was, at revision "
                   << response.revision() << "\n";
  } else {
    console->out() << "rule set " << rule_set_ << " is at revision " << response.revision() << ": "
                   << summary << "\n";
  }
  return kFine;
}

int PushCommand::Run(Console* console) {
  if (rule_set_.empty()) rule_set_ = RuleSetIdOf(directory_);
  absl::Status status = ReadSources();
  if (status.ok()) status = connection_.Open();
  if (!status.ok()) return console->Fail(status);
  request_.set_name(RuleSetName(rule_set_));
  request_.set_comment(comment_);
  if (expected_.has_value()) request_.set_expected_revision(*expected_);
  const auto rules = v1::RuleService::NewStub(connection_.channel());
  return Push(rules.get(), console);
}

}  // namespace

std::unique_ptr<Command> MakePushCommand() { return std::make_unique<PushCommand>(); }

}  // namespace pql
