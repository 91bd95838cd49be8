// pql explain: why one account came out as it did, what is missing, and when that changes.

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "tools/pql/account_evaluator.h"
#include "tools/pql/account_input.h"
#include "tools/pql/commands.h"
#include "tools/pql/explanation_text.h"
#include "tools/pql/rule_set_loading.h"

namespace pql {
namespace {

class ExplainCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  std::string path_;
  std::string account_;
  std::vector<std::string> rules_;
  std::string when_;
  std::string at_;
  std::string held_;
  std::vector<std::string> previously_;
};

CLI::App* ExplainCommand::AddTo(CLI::App* app) {
  CLI::App* command =
      app->add_subcommand("explain", "Show why an account qualifies or not, and what is missing");
  command->add_option("RULESET", path_, "Directory of the rule set")->required();
  command->add_option("--account", account_, "The account, a JSON object of metrics; - is stdin")
      ->type_name("FILE")
      ->required();
  command->add_option("--rule", rules_, "Explain this rule only (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_option("--when", when_, "Explain this condition instead of the rules")
      ->type_name("EXPR");
  command->add_option("--at", at_, "Evaluation time, as 2026-03-01T08:30:00Z (default: now)")
      ->type_name("TIME");
  command->add_option("--held", held_, "Field with the rules that hold the account already")
      ->type_name("FIELD");
  command->add_option("--previously", previously_, "A rule that holds it already (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->footer(
      "Examples:\n"
      "  echo '{\"messages\": 2500, \"channels\": 2}' | pql explain rules/slack --account -\n"
      "  pql explain rules/slack --account ada.json --rule slack_team --at 2026-03-01");
  return command;
}

int ExplainCommand::Run(Console* console) {
  const std::optional<Timestamp> now = EvaluationTime(at_, console);
  if (!now.has_value()) return kFailure;
  int status = kFine;
  const std::shared_ptr<const RuleSet> rule_set = LoadRuleSet(path_, console, &status);
  if (rule_set == nullptr) return status;

  AccountEvaluator evaluator(rule_set, *now, /*all=*/true);
  absl::Status selected = evaluator.SelectRules(rules_);
  if (selected.ok()) selected = evaluator.CheckRules(previously_);
  if (!selected.ok()) return console->Fail(selected);
  if (!when_.empty()) {
    const std::string findings = evaluator.AddCondition(PqlFrontend(), when_, console->color_err());
    if (!findings.empty()) {
      console->err() << findings << std::flush;
      return kFindings;
    }
  }
  evaluator.AddDetails({.explanation = true, .gap = true, .next_change = true});

  AccountReaderOptions options;
  options.held_column = held_;
  std::vector<std::string> unknown;
  absl::StatusOr<AccountRow> row =
      ReadAccount(rule_set->checked, account_, options, console, &unknown);
  if (!row.ok()) return console->Fail(row.status());
  row->held.insert(row->held.end(), previously_.begin(), previously_.end());

  RenderOptions render_options;
  render_options.color = console->color_out();
  render_options.utf8 = LocaleIsUtf8();
  render_options.single = true;
  const auto renderer = MakeEvaluationRenderer("human", render_options, &console->out());
  OutcomeSummary unused;
  renderer->Add(evaluator.Evaluate(*row, &unused));
  NoteUnknownMetrics(rule_set->checked, rule_set->id, unknown, console);
  return kFine;
}

}  // namespace

std::unique_ptr<Command> MakeExplainCommand() { return std::make_unique<ExplainCommand>(); }

}  // namespace pql
