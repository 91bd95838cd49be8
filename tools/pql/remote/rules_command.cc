// pql rules list|get|create|update|delete: single rules of a server.

#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/unicode.h"
#include "engine/rule_query.h"
#include "language/value.h"
#include "pql/v1/rule_service.grpc.pb.h"
#include "ruleset/rule_directory.h"
#include "service/value_conversion.h"
#include "tools/pql/remote/commands.h"
#include "tools/pql/remote/connection.h"
#include "tools/pql/remote/request_id.h"
#include "tools/pql/remote/rule_text.h"

namespace pql {
namespace {

// Fields of a rule that have an option of their own.
struct Field {
  const char* option;
  const char* name;  // in v1.Rule
  const char* help;
};
constexpr Field kFields[] = {
    {"--when", "when", "Condition under which an account qualifies"},
    {"--unless", "unless", "Condition under which it does not, all the same"},
    {"--keep-while", "keep_while", "Condition that keeps an account that qualified"},
    {"--score", "score", "Expression that ranks the leads"},
    {"--title", "title", "For people"},
    {"--description", "description", "For people, at more length"},
    {"--owner", "owner", "Who answers for the rule"},
    {"--stage", "stage", "The stage that the rule gives"},
    {"--mode", "mode", "active, shadow or draft"},
};

class RulesCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  CLI::App* AddAction(CLI::App* command, const char* name, const char* help, bool names_rule);
  void AddFields(CLI::App* action);
  void AddChangeOptions(CLI::App* action);

  absl::Status List(Console* console);
  absl::Status Get(Console* console);
  absl::StatusOr<v1::Rule> ToRule() const;
  template <typename Request>
  void SetOptions(Request* request) const;
  template <typename Response>
  absl::Status Answer(const grpc::Status& status, const Response& response, const char* what,
                      Console* console);
  absl::Status Create(Console* console);
  absl::Status Update(Console* console);
  absl::Status Delete(Console* console);

  CLI::App* list_ = nullptr;
  CLI::App* get_ = nullptr;
  CLI::App* create_ = nullptr;
  CLI::App* update_ = nullptr;
  CLI::App* delete_ = nullptr;
  std::string rule_set_;
  std::string rule_;
  std::string format_ = "human";
  std::string stage_;
  std::string mode_;
  std::string tag_;
  std::string owner_;
  std::map<std::string, std::string> fields_;
  std::vector<std::string> tags_;
  std::string from_;
  std::string until_;
  std::vector<std::string> removed_;
  std::string language_;
  std::string comment_;
  std::optional<int64_t> expected_;
  bool dry_run_ = false;
  Connection connection_;
  std::unique_ptr<v1::RuleService::Stub> rules_;
};

CLI::App* RulesCommand::AddAction(CLI::App* command, const char* name, const char* help,
                                  bool names_rule) {
  CLI::App* action = command->add_subcommand(name, help);
  action->add_option("RULESET", rule_set_, "Id of the rule set, or its directory")->required();
  if (names_rule) action->add_option("RULE", rule_, "Name of the rule")->required();
  action->add_option("--format", format_, "human or json")
      ->check(CLI::IsMember({"human", "json"}))
      ->type_name("FORMAT");
  connection_.AddOptions(action);
  return action;
}

void RulesCommand::AddFields(CLI::App* action) {
  for (const Field& field : kFields) {
    action->add_option(field.option, fields_[field.name], field.help)->type_name("TEXT");
  }
  action->add_option("--tag", tags_, "A label (repeatable)")
      ->type_name("TEXT")
      ->allow_extra_args(false);
  action->add_option("--active-from", from_, "Applies from this time on")->type_name("TIME");
  action->add_option("--active-until", until_, "Applies before this time")->type_name("TIME");
  action->add_option("--language", language_, "What the expressions are written in, as jsonlogic")
      ->type_name("LANGUAGE");
}

void RulesCommand::AddChangeOptions(CLI::App* action) {
  action->add_flag("--dry-run", dry_run_, "Check it, and change nothing");
  action->add_option("--comment", comment_, "Why, for the history")->type_name("TEXT");
  action
      ->add_option("--expected-revision", expected_,
                   "Change nothing unless the rule set is at this revision")
      ->type_name("N");
}

CLI::App* RulesCommand::AddTo(CLI::App* app) {
  CLI::App* command = app->add_subcommand("rules", "Read and change single rules on a server");
  command->require_subcommand(1);
  list_ = AddAction(command, "list", "The rules of a rule set", false);
  list_->add_option("--stage", stage_, "Only rules with this stage")->type_name("STAGE");
  list_->add_option("--mode", mode_, "Only active, shadow or draft rules")->type_name("MODE");
  list_->add_option("--tag", tag_, "Only rules with this tag")->type_name("TAG");
  list_->add_option("--owner", owner_, "Only rules of this owner")->type_name("OWNER");
  get_ = AddAction(command, "get", "One rule, as source", true);
  create_ = AddAction(command, "create", "Add a rule", true);
  AddFields(create_);
  AddChangeOptions(create_);
  update_ = AddAction(command, "update", "Change fields of a rule", true);
  AddFields(update_);
  update_->add_option("--remove", removed_, "A field to take away, as unless or title (repeatable)")
      ->type_name("FIELD")
      ->allow_extra_args(false);
  AddChangeOptions(update_);
  delete_ = AddAction(command, "delete", "Remove a rule", true);
  AddChangeOptions(delete_);
  command->footer(
      "Example:\n"
      "  pql rules create slack slack_team --when \"messages >= 2000 and channels > 2\"\n"
      "  pql rules update slack slack_team --when \"messages >= 2500\" --comment \"too many\"\n"
      "A rule that the server has from a file is changed in its file.");
  return command;
}

absl::Status RulesCommand::List(Console* console) {
  v1::ListRulesRequest request;
  request.set_parent(RuleSetName(rule_set_));
  request.set_stage(stage_);
  request.set_mode(mode_);
  request.set_tag(tag_);
  request.set_owner(owner_);
  do {
    grpc::ClientContext context;
    connection_.Prepare(&context);
    v1::ListRulesResponse response;
    PQL_RETURN_IF_ERROR(connection_.FromServer(rules_->ListRules(&context, request, &response)));
    for (const v1::Rule& rule : response.rules()) {
      if (format_ == "json") {
        PQL_ASSIGN_OR_RETURN(const std::string line, JsonLine(rule));
        console->out() << line;
        continue;
      }
      PQL_ASSIGN_OR_RETURN(const RuleReference name, ParseRuleName("name", rule.name()));
      const v1::Provenance& from = rule.provenance();
      console->out() << console->OnOut(Paint::kBold, EscapeUnprintable(name.rule)) << "  "
                     << rule.mode() << (rule.stage().empty() ? "" : "  ")
                     << EscapeUnprintable(rule.stage()) << "  "
                     << (from.has_file()
                             ? StrCat("file ", from.file().path(), ":", from.file().line())
                             : StrCat("by ", from.api().author()))
                     << "  " << EscapeUnprintable(rule.title()) << "\n";
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty() && console->out().good());
  return absl::OkStatus();
}

absl::Status RulesCommand::Get(Console* console) {
  v1::GetRuleRequest request;
  request.set_name(RuleName(rule_set_, rule_));
  grpc::ClientContext context;
  connection_.Prepare(&context);
  v1::GetRuleResponse response;
  PQL_RETURN_IF_ERROR(connection_.FromServer(rules_->GetRule(&context, request, &response)));
  if (format_ == "json") {
    PQL_ASSIGN_OR_RETURN(const std::string line, JsonLine(response.rule()));
    console->out() << line;
  } else {
    console->out() << response.rule().source();
    if (!response.rule().source().ends_with('\n')) console->out() << "\n";
  }
  return absl::OkStatus();
}

absl::StatusOr<v1::Rule> RulesCommand::ToRule() const {
  v1::Rule rule;
  rule.set_name(RuleName(rule_set_, rule_));
  const auto* reflection = rule.GetReflection();
  for (const auto& [name, value] : fields_) {
    if (value.empty()) continue;
    reflection->SetString(&rule, rule.GetDescriptor()->FindFieldByName(name), value);
  }
  for (const std::string& tag : tags_) rule.add_tags(tag);
  const std::pair<const char*, const std::string*> times[] = {{"active_from", &from_},
                                                              {"active_until", &until_}};
  for (const auto& [name, text] : times) {
    if (text->empty()) continue;
    const std::optional<int64_t> micros = ParseTimestamp(*text);
    if (!micros.has_value()) {
      return absl::InvalidArgumentError(
          StrCat("`", *text, "` is no time such as 2026-03-01 or 2026-03-01T08:30:00Z"));
    }
    reflection->MutableMessage(&rule, rule.GetDescriptor()->FindFieldByName(name))
        ->CopyFrom(ToProto(Timestamp{*micros}));
  }
  return rule;
}

template <typename Request>
void RulesCommand::SetOptions(Request* request) const {
  request->set_validate_only(dry_run_);
  request->set_comment(comment_);
  if (expected_.has_value()) request->set_expected_revision(*expected_);
  if (!dry_run_) request->set_request_id(NewRequestId());
}

template <typename Response>
absl::Status RulesCommand::Answer(const grpc::Status& status, const Response& response,
                                  const char* what, Console* console) {
  PQL_RETURN_IF_ERROR(connection_.FromServer(status));
  if (format_ == "json") {
    PQL_ASSIGN_OR_RETURN(const std::string line, JsonLine(response));
    console->out() << line;
    return absl::OkStatus();
  }
  if (response.diagnostics_size() > 0) {
    console->err() << FindingsText(response.diagnostics(), 0, {}, console->color_err());
  }
  if (dry_run_) {
    console->out() << "dry run: rule " << rule_ << " would be " << what
                   << "; nothing was changed\n";
  } else {
    console->out() << "rule " << rule_ << " is " << what << "; rule set " << rule_set_
                   << " is at revision " << response.revision() << "\n";
  }
  return absl::OkStatus();
}

absl::Status RulesCommand::Create(Console* console) {
  v1::CreateRuleRequest request;
  request.set_parent(RuleSetName(rule_set_));
  request.set_rule_id(rule_);
  request.set_language(language_);
  PQL_ASSIGN_OR_RETURN(*request.mutable_rule(), ToRule());
  SetOptions(&request);
  grpc::ClientContext context;
  connection_.Prepare(&context);
  v1::CreateRuleResponse response;
  const grpc::Status status = rules_->CreateRule(&context, request, &response);
  return Answer(status, response, "made", console);
}

absl::Status RulesCommand::Update(Console* console) {
  v1::UpdateRuleRequest request;
  request.set_language(language_);
  PQL_ASSIGN_OR_RETURN(*request.mutable_rule(), ToRule());
  std::set<std::string> paths(removed_.begin(), removed_.end());
  for (const auto& [name, value] : fields_) {
    if (!value.empty()) paths.insert(name);
  }
  if (!tags_.empty()) paths.insert("tags");
  if (!from_.empty()) paths.insert("active_from");
  if (!until_.empty()) paths.insert("active_until");
  if (paths.empty()) return absl::InvalidArgumentError("say what to change, as with --when");
  for (const std::string& path : paths) request.mutable_update_mask()->add_paths(path);
  SetOptions(&request);
  grpc::ClientContext context;
  connection_.Prepare(&context);
  v1::UpdateRuleResponse response;
  const grpc::Status status = rules_->UpdateRule(&context, request, &response);
  return Answer(status, response, "changed", console);
}

absl::Status RulesCommand::Delete(Console* console) {
  v1::DeleteRuleRequest request;
  request.set_name(RuleName(rule_set_, rule_));
  SetOptions(&request);
  grpc::ClientContext context;
  connection_.Prepare(&context);
  v1::DeleteRuleResponse response;
  const grpc::Status status = rules_->DeleteRule(&context, request, &response);
  return Answer(status, response, "deleted", console);
}

int RulesCommand::Run(Console* console) {
  rule_set_ = RuleSetIdOf(rule_set_);
  absl::Status status = connection_.Open();
  if (!status.ok()) return console->Fail(status);
  rules_ = v1::RuleService::NewStub(connection_.channel());
  if (list_->parsed()) status = List(console);
  if (get_->parsed()) status = Get(console);
  if (create_->parsed()) status = Create(console);
  if (update_->parsed()) status = Update(console);
  if (delete_->parsed()) status = Delete(console);
  return status.ok() ? kFine : console->Fail(status);
}

}  // namespace

std::unique_ptr<Command> MakeRulesCommand() { return std::make_unique<RulesCommand>(); }

}  // namespace pql
