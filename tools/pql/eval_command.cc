// pql eval: which rules accounts qualify for, offline.

#include <sstream>
#include <utility>

#include "accounts/account_blocks.h"
#include "accounts/account_reader.h"
#include "base/strings.h"
#include "tools/pql/account_evaluator.h"
#include "tools/pql/account_input.h"
#include "tools/pql/account_options.h"
#include "tools/pql/bulk_evaluation.h"
#include "tools/pql/commands.h"
#include "tools/pql/explanation_text.h"
#include "tools/pql/inferred_rule_set.h"
#include "tools/pql/progress.h"
#include "tools/pql/rule_set_loading.h"

namespace pql {
namespace {

class EvalCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  int EvaluateOne(const AccountEvaluator& evaluator, EvaluationRenderer* renderer,
                  Console* console) const;
  int EvaluateMany(const AccountEvaluator& evaluator, EvaluationRenderer* renderer,
                   Console* console);
  int EvaluateRows(AccountReader* reader, const AccountEvaluator& evaluator,
                   EvaluationRenderer* renderer, Console* console) const;
  int EvaluateBlocks(AccountBlocks* blocks, const AccountEvaluator& evaluator,
                     EvaluationRenderer* renderer, Console* console) const;
  int FailReading(const absl::Status& status, Console* console) const;

  std::string path_;
  std::string when_;
  std::string language_ = "pql";
  AccountOptions options_;

  std::istringstream replay_;  // what standard input held, when it is read twice

  std::shared_ptr<const RuleSet> rule_set_;
  RenderOptions render_options_;
};

CLI::App* EvalCommand::AddTo(CLI::App* app) {
  CLI::App* command = app->add_subcommand("eval", "Evaluate accounts with a rule set");
  command->add_option("RULESET", path_,
                      "Directory of the rule set; without it, metrics are taken from the accounts");
  options_.AddInput(command);
  command->add_option("--when", when_, "Evaluate this condition instead of the rules")
      ->type_name("EXPR");
  command->add_option("--language", language_, "What --when is written in: pql, jsonlogic")
      ->check(CLI::IsMember(FrontendNames()))
      ->type_name("LANGUAGE");
  options_.AddReport(command, "now");
  command->footer(
      "Examples:\n"
      "  echo '{\"messages\": 2500, \"channels\": 3}' | pql eval rules/slack --account -\n"
      "  pql eval rules/slack --accounts accounts.csv --format jsonl\n"
      "  pql eval rules/slack --accounts accounts.csv --when 'messages > 100 and channels > 2'\n"
      "  pql eval --accounts accounts.csv --when 'messages > 100'");
  return command;
}

int EvalCommand::FailReading(const absl::Status& status, Console* console) const {
  const std::string& file = options_.single() ? options_.account : options_.accounts;
  return console->Fail(
      StrCat(file == "-" ? "standard input" : file, ": ", FromAbsl(status.message())));
}

int EvalCommand::EvaluateOne(const AccountEvaluator& evaluator, EvaluationRenderer* renderer,
                             Console* console) const {
  std::vector<std::string> unknown;
  const absl::StatusOr<AccountRow> row = ReadAccount(rule_set_->checked, options_.account,
                                                     options_.ReaderOptions(), console, &unknown);
  if (!row.ok()) return console->Fail(row.status());
  OutcomeSummary unused;
  renderer->Begin();
  renderer->Add(evaluator.Evaluate(*row, &unused));
  renderer->End();
  NoteUnknownMetrics(rule_set_->checked, rule_set_->id, unknown, console);
  return kFine;
}

int EvalCommand::EvaluateMany(const AccountEvaluator& evaluator, EvaluationRenderer* renderer,
                              Console* console) {
  const absl::StatusOr<std::istream*> input = options_.OpenAccountsFile(console);
  if (!input.ok()) return console->Fail(input.status());
  // Details take their time, and the list that `json` prints is one text: row after row.
  if (options_.gap || options_.explain || options_.format == "json") {
    const absl::StatusOr<std::unique_ptr<AccountReader>> reader =
        OpenAccounts(rule_set_->checked, *input, options_.ReaderOptions());
    if (!reader.ok()) return FailReading(reader.status(), console);
    return EvaluateRows(reader->get(), evaluator, renderer, console);
  }
  const absl::StatusOr<std::unique_ptr<AccountBlocks>> blocks =
      AccountBlocks::Open(rule_set_->checked, *input, options_.ReaderOptions());
  if (!blocks.ok()) return FailReading(blocks.status(), console);
  return EvaluateBlocks(blocks->get(), evaluator, renderer, console);
}

int EvalCommand::EvaluateBlocks(AccountBlocks* blocks, const AccountEvaluator& evaluator,
                                EvaluationRenderer* renderer, Console* console) const {
  Progress progress(console);
  renderer->Begin();
  const BulkResult result = EvaluateInBulk(
      evaluator, blocks,
      {.format = options_.format, .render = render_options_, .skip_invalid = options_.skip_invalid},
      &console->out(), &progress);
  progress.Clear();
  if (!result.status.ok()) return FailReading(result.status, console);
  renderer->End();
  NoteUnknownMetrics(rule_set_->checked, rule_set_->id, result.unknown_columns, console);
  options_.PrintSummary(result.summary, result.first_skipped, console);
  return kFine;
}

int EvalCommand::EvaluateRows(AccountReader* reader, const AccountEvaluator& evaluator,
                              EvaluationRenderer* renderer, Console* console) const {
  OutcomeSummary summary;
  std::string first_skipped;
  Progress progress(console);
  renderer->Begin();
  for (uint64_t rows = 1;; ++rows) {
    const absl::StatusOr<std::optional<AccountRow>> row = reader->Next();
    if (row.ok() && !row->has_value()) break;
    if (!row.ok()) {
      if (!options_.skip_invalid || row.status().code() != absl::StatusCode::kInvalidArgument) {
        progress.Clear();
        return FailReading(row.status(), console);
      }
      if (first_skipped.empty()) first_skipped = FromAbsl(row.status().message());
      summary.CountSkipped();
      continue;
    }
    renderer->Add(evaluator.Evaluate(**row, &summary));
    if (!console->out()) break;
    progress.Update(rows, reader->bytes_read());
  }
  progress.Clear();
  renderer->End();
  NoteUnknownMetrics(rule_set_->checked, rule_set_->id, reader->unknown_columns(), console);
  options_.PrintSummary(summary, first_skipped, console);
  return kFine;
}

int EvalCommand::Run(Console* console) {
  const std::optional<Timestamp> now = EvaluationTime(options_.at, console);
  if (!now.has_value()) return kFailure;
  if (const absl::Status fits = options_.Check(); !fits.ok()) return console->Fail(fits);
  int status = kFine;
  if (path_.empty() && when_.empty()) {
    return console->Fail("name a RULESET, or a condition with --when");
  }
  rule_set_ = path_.empty() ? InferRuleSet(options_.single() ? options_.account : options_.accounts,
                                           options_.ReaderOptions(), &replay_, console, &status)
                            : LoadRuleSet(path_, console, &status);
  if (rule_set_ == nullptr) return status;

  render_options_.color = console->color_out();
  render_options_.utf8 = LocaleIsUtf8();
  render_options_.single = options_.single();
  render_options_.all = options_.all;
  AccountEvaluator evaluator(rule_set_, *now, WantsAllRules(options_.format, render_options_));
  if (const absl::Status selected = evaluator.SelectRules(options_.rules); !selected.ok()) {
    return console->Fail(selected);
  }
  if (!when_.empty()) {
    const std::string findings =
        evaluator.AddCondition(*FindFrontend(language_), when_, console->color_err());
    if (!findings.empty()) {
      console->err() << findings << std::flush;
      return kFindings;
    }
  }
  evaluator.AddDetails(
      {.explanation = options_.explain, .gap = options_.gap, .next_change = options_.explain});
  evaluator.DescribeColumns(&render_options_);
  const auto renderer = MakeEvaluationRenderer(options_.format, render_options_, &console->out());
  return render_options_.single ? EvaluateOne(evaluator, renderer.get(), console)
                                : EvaluateMany(evaluator, renderer.get(), console);
}

}  // namespace

std::unique_ptr<Command> MakeEvalCommand() { return std::make_unique<EvalCommand>(); }

}  // namespace pql
