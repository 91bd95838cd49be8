// pql eval: which rules accounts qualify for, offline.

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <utility>

#include "accounts/account_reader.h"
#include "base/file_system.h"
#include "base/strings.h"
#include "tools/pql/account_evaluator.h"
#include "tools/pql/account_input.h"
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
                   Console* console) const;
  int EvaluateRows(AccountReader* reader, const AccountEvaluator& evaluator,
                   EvaluationRenderer* renderer, Console* console) const;
  AccountReaderOptions ReaderOptions() const;
  int FailReading(const absl::Status& status, Console* console) const;

  std::string path_;
  std::string account_;  // file or `-`; exactly one of the two is given
  std::string accounts_;
  std::vector<std::string> rules_;
  std::string when_;
  std::string language_ = "pql";
  std::string at_;
  bool all_ = false;
  bool gap_ = false;
  bool explain_ = false;
  std::string format_ = "human";
  std::string id_;
  std::string held_;
  bool skip_invalid_ = false;

  std::istringstream replay_;  // what standard input held, when it is read twice

  std::shared_ptr<const RuleSet> rule_set_;
};

CLI::App* EvalCommand::AddTo(CLI::App* app) {
  CLI::App* command = app->add_subcommand("eval", "Evaluate accounts with a rule set");
  command->add_option("RULESET", path_,
                      "Directory of the rule set; without it, metrics are taken from the accounts");
  CLI::Option_group* input = command->add_option_group("Accounts", "One of these is required");
  input->add_option("--account", account_, "One account, a JSON object of metrics; - is stdin")
      ->type_name("FILE");
  input->add_option("--accounts", accounts_, "Many accounts, CSV or JSON Lines; - is stdin")
      ->type_name("FILE");
  input->require_option(1);
  command->add_option("--rule", rules_, "Report this rule only (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command->add_option("--when", when_, "Evaluate this condition instead of the rules")
      ->type_name("EXPR");
  command->add_option("--language", language_, "What --when is written in: pql, jsonlogic")
      ->check(CLI::IsMember(FrontendNames()))
      ->type_name("LANGUAGE");
  command->add_option("--at", at_, "Evaluation time, as 2026-03-01T08:30:00Z (default: now)")
      ->type_name("TIME");
  command->add_flag("--all", all_, "Report rules that are not qualified, too");
  command->add_flag("--gap", gap_, "Add what is missing for a rule to qualify (implies --all)");
  command->add_flag("--explain", explain_,
                    "Add what each condition saw, and when the outcome changes by itself");
  command->add_option("--format", format_, "human, json, jsonl or csv")
      ->check(CLI::IsMember(EvaluationFormats()))
      ->type_name("FORMAT");
  command->add_option("--id", id_, "Column with the account's id (default: id)")
      ->type_name("COLUMN");
  command->add_option("--held", held_, "Column with the rules that hold the account already")
      ->type_name("COLUMN");
  command->add_flag("--skip-invalid", skip_invalid_, "Count bad rows and go on");
  command->footer(
      "Examples:\n"
      "  echo '{\"messages\": 2500, \"channels\": 3}' | pql eval rules/slack --account -\n"
      "  pql eval rules/slack --accounts accounts.csv --format jsonl\n"
      "  pql eval rules/slack --accounts accounts.csv --when 'messages > 100 and channels > 2'\n"
      "  pql eval --accounts accounts.csv --when 'messages > 100'");
  return command;
}

AccountReaderOptions EvalCommand::ReaderOptions() const {
  AccountReaderOptions options;
  if (!id_.empty()) options.id_column = id_;
  options.id_column_required = !id_.empty();
  options.held_column = held_;
  return options;
}

int EvalCommand::FailReading(const absl::Status& status, Console* console) const {
  const std::string& file = account_.empty() ? accounts_ : account_;
  return console->Fail(
      StrCat(file == "-" ? "standard input" : file, ": ", FromAbsl(status.message())));
}

int EvalCommand::EvaluateOne(const AccountEvaluator& evaluator, EvaluationRenderer* renderer,
                             Console* console) const {
  std::vector<std::string> unknown;
  const absl::StatusOr<AccountRow> row =
      ReadAccount(rule_set_->checked, account_, ReaderOptions(), console, &unknown);
  if (!row.ok()) return console->Fail(row.status());
  OutcomeSummary unused;
  renderer->Begin();
  renderer->Add(evaluator.Evaluate(*row, &unused));
  renderer->End();
  NoteUnknownMetrics(rule_set_->checked, rule_set_->id, unknown, console);
  return kFine;
}

int EvalCommand::EvaluateMany(const AccountEvaluator& evaluator, EvaluationRenderer* renderer,
                              Console* console) const {
  std::ifstream file;
  std::istream* input = &console->in();
  if (accounts_ != "-") {
    if (IsDirectory(accounts_)) return console->Fail(StrCat("`", accounts_, "` is a directory"));
    file.open(accounts_, std::ios::binary);
    if (!file) {
      return console->Fail(StrCat("cannot read `", accounts_, "`: ", std::strerror(errno)));
    }
    input = &file;
  }
  const absl::StatusOr<std::unique_ptr<AccountReader>> reader =
      OpenAccounts(rule_set_->checked, input, ReaderOptions());
  if (!reader.ok()) return FailReading(reader.status(), console);
  return EvaluateRows(reader->get(), evaluator, renderer, console);
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
      if (!skip_invalid_ || row.status().code() != absl::StatusCode::kInvalidArgument) {
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
  if (!first_skipped.empty()) console->Note(StrCat("skipped bad rows, the first: ", first_skipped));
  const bool is_human = format_ == "human";
  if (is_human) console->out() << "\n";
  console->out().flush();
  summary.Print(is_human ? console->color_out() : console->color_err(),
                is_human ? &console->out() : &console->err());
  return kFine;
}

int EvalCommand::Run(Console* console) {
  const std::optional<Timestamp> now = EvaluationTime(at_, console);
  if (!now.has_value()) return kFailure;
  if (format_ == "csv" && (gap_ || explain_)) {
    return console->Fail("--format csv has no place for --gap and --explain; take json or jsonl");
  }
  all_ = all_ || gap_;
  int status = kFine;
  if (path_.empty() && when_.empty()) {
    return console->Fail("name a RULESET, or a condition with --when");
  }
  rule_set_ = path_.empty() ? InferRuleSet(account_.empty() ? accounts_ : account_,
                                           ReaderOptions(), &replay_, console, &status)
                            : LoadRuleSet(path_, console, &status);
  if (rule_set_ == nullptr) return status;

  RenderOptions render_options;
  render_options.color = console->color_out();
  render_options.utf8 = LocaleIsUtf8();
  render_options.single = !account_.empty();
  render_options.all = all_;
  AccountEvaluator evaluator(rule_set_, *now, WantsAllRules(format_, render_options));
  if (const absl::Status selected = evaluator.SelectRules(rules_); !selected.ok()) {
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
  evaluator.AddDetails({.explanation = explain_, .gap = gap_, .next_change = explain_});
  evaluator.DescribeColumns(&render_options);
  const auto renderer = MakeEvaluationRenderer(format_, render_options, &console->out());
  return render_options.single ? EvaluateOne(evaluator, renderer.get(), console)
                               : EvaluateMany(evaluator, renderer.get(), console);
}

}  // namespace

std::unique_ptr<Command> MakeEvalCommand() { return std::make_unique<EvalCommand>(); }

}  // namespace pql
