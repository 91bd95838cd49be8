// pql evaluate: as `pql eval`, by the rules of a server.

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

#include "accounts/account_reader.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/unicode.h"
#include "ruleset/rule_directory.h"
#include "tools/pql/explanation_text.h"
#include "tools/pql/progress.h"
#include "tools/pql/remote/commands.h"
#include "tools/pql/remote/connection.h"
#include "tools/pql/remote/rule_set_client.h"

namespace pql {
namespace {

constexpr size_t kAccountsPerCall = 200;
constexpr size_t kMaxNotedUnknown = 5;

// The server is asked for all rules, so that the summary can count them.
void KeepQualified(Json* evaluation) {
  for (const char* field : {"rules", "shadowRules"}) {
    if (!evaluation->contains(field)) continue;
    Json kept = Json::array();
    for (Json& rule : (*evaluation)[field]) {
      if (rule["outcome"] == "QUALIFIED") kept.push_back(std::move(rule));
    }
    if (kept.empty()) {
      evaluation->erase(field);
    } else {
      (*evaluation)[field] = std::move(kept);
    }
  }
}

class EvaluateCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  absl::Status EvaluateOne(EvaluationRenderer* renderer, Console* console);
  absl::Status EvaluateMany(EvaluationRenderer* renderer, Console* console);
  absl::Status EvaluateRows(AccountReader* reader, EvaluationRenderer* renderer, Console* console);
  absl::Status Send(std::vector<AccountRow>* rows, EvaluationRenderer* renderer,
                    OutcomeSummary* summary);
  AccountReaderOptions ReaderOptions() const;
  void NoteUnknown(const std::vector<std::string>& names, Console* console) const;

  std::string rule_set_;
  std::string account_;  // file or `-`; exactly one of the two is given
  std::string accounts_;
  std::string at_;
  std::string format_ = "human";
  std::string id_;
  std::string held_;
  bool all_ = false;
  bool show_all_ = false;  // the renderer wants rules of every outcome
  bool skip_invalid_ = false;
  RemoteEvaluation how_;
  Connection connection_;
  std::unique_ptr<RuleSetClient> client_;
};

CLI::App* EvaluateCommand::AddTo(CLI::App* app) {
  CLI::App* command = app->add_subcommand("evaluate", "Evaluate accounts on a server");
  command->add_option("RULESET", rule_set_, "Id of the rule set, or its directory")->required();
  connection_.AddOptions(command);
  CLI::Option_group* input = command->add_option_group("Accounts", "One of these is required");
  input->add_option("--account", account_, "One account, a JSON object of metrics; - is stdin")
      ->type_name("FILE");
  input->add_option("--accounts", accounts_, "Many accounts, CSV or JSON Lines; - is stdin")
      ->type_name("FILE");
  input->require_option(1);
  command->add_option("--rule", how_.rules, "Report this rule only (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      ->add_option("--at", at_, "Evaluation time, as 2026-03-01T08:30:00Z (default: the server's)")
      ->type_name("TIME");
  command->add_flag("--all", all_, "Report rules that are not qualified, too");
  command->add_flag("--gap", how_.gap, "Add what is missing for a rule to qualify (implies --all)");
  command->add_flag("--explain", how_.explain,
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
      "Example:\n"
      "  echo '{\"messages\": 2500, \"channels\": 3}' |\n"
      "    pql evaluate slack --server localhost:50051 --account -");
  return command;
}

AccountReaderOptions EvaluateCommand::ReaderOptions() const {
  AccountReaderOptions options;
  if (!id_.empty()) options.id_column = id_;
  options.id_column_required = !id_.empty();
  options.held_column = held_;
  return options;
}

// A typo in the name of a metric must not pass in silence.
void EvaluateCommand::NoteUnknown(const std::vector<std::string>& names, Console* console) const {
  std::vector<std::string_view> known;
  for (const Metric& metric : client_->metrics().metrics) known.push_back(metric.name);
  for (size_t i = 0; i < names.size(); ++i) {
    if (i == kMaxNotedUnknown) {
      console->Note(StrCat("and ", names.size() - i, " more"));
      break;
    }
    const std::string_view nearest = NearestWord(names[i], known);
    console->Note(StrCat("`", EscapeUnprintable(names[i]), "` is no metric of rule set ",
                         RuleSetIdOf(rule_set_), " and is ignored",
                         nearest.empty() ? "" : StrCat("; did you mean `", nearest, "`?")));
  }
}

// Evaluates and prints the rows, and empties them.
absl::Status EvaluateCommand::Send(std::vector<AccountRow>* rows, EvaluationRenderer* renderer,
                                   OutcomeSummary* summary) {
  if (rows->empty()) return absl::OkStatus();
  PQL_ASSIGN_OR_RETURN(std::vector<Json> evaluations, client_->Evaluate(*rows, how_));
  rows->clear();
  for (Json& evaluation : evaluations) {
    summary->CountAccount();
    if (evaluation.contains("rules")) {
      for (const Json& rule : evaluation["rules"]) {
        summary->Count(rule["rule"].get_ref<const std::string&>(),
                       rule["outcome"].get_ref<const std::string&>());
      }
    }
    if (!show_all_) KeepQualified(&evaluation);
    renderer->Add(evaluation);
  }
  return absl::OkStatus();
}

absl::Status EvaluateCommand::EvaluateOne(EvaluationRenderer* renderer, Console* console) {
  const AccountReaderOptions options = ReaderOptions();
  std::string text;
  if (account_ == "-") {
    text.assign(std::istreambuf_iterator<char>(console->in()), std::istreambuf_iterator<char>());
  } else {
    PQL_ASSIGN_OR_RETURN(text, ReadFile(account_, options.max_row_bytes));
  }
  std::vector<std::string> unknown;
  absl::StatusOr<AccountRow> row = ReadJsonAccount(client_->metrics(), text, options, &unknown);
  if (!row.ok()) return row.status();
  std::vector<AccountRow> rows;
  rows.push_back(*std::move(row));
  OutcomeSummary unused;
  renderer->Begin();
  PQL_RETURN_IF_ERROR(Send(&rows, renderer, &unused));
  renderer->End();
  NoteUnknown(unknown, console);
  return absl::OkStatus();
}

absl::Status EvaluateCommand::EvaluateMany(EvaluationRenderer* renderer, Console* console) {
  std::ifstream file;
  std::istream* input = &console->in();
  if (accounts_ != "-") {
    if (IsDirectory(accounts_)) {
      return absl::InvalidArgumentError(StrCat("`", accounts_, "` is a directory"));
    }
    file.open(accounts_, std::ios::binary);
    if (!file) {
      return absl::NotFoundError(StrCat("cannot read `", accounts_, "`: ", std::strerror(errno)));
    }
    input = &file;
  }
  PQL_ASSIGN_OR_RETURN(const std::unique_ptr<AccountReader> reader,
                       OpenAccounts(client_->metrics(), input, ReaderOptions()));
  return EvaluateRows(reader.get(), renderer, console);
}

absl::Status EvaluateCommand::EvaluateRows(AccountReader* reader, EvaluationRenderer* renderer,
                                           Console* console) {
  OutcomeSummary summary;
  std::string first_skipped;
  std::vector<AccountRow> pending;
  Progress progress(console);
  renderer->Begin();
  for (uint64_t rows = 1; console->out().good(); ++rows) {
    absl::StatusOr<std::optional<AccountRow>> row = reader->Next();
    if (row.ok() && !row->has_value()) break;
    if (row.ok()) {
      pending.push_back(**std::move(row));
    } else if (skip_invalid_ && row.status().code() == absl::StatusCode::kInvalidArgument) {
      if (first_skipped.empty()) first_skipped = FromAbsl(row.status().message());
      summary.CountSkipped();
    } else {
      progress.Clear();
      // What came before the bad row is answered, as offline.
      PQL_RETURN_IF_ERROR(Send(&pending, renderer, &summary));
      return row.status();
    }
    if (pending.size() == kAccountsPerCall) {
      PQL_RETURN_IF_ERROR(Send(&pending, renderer, &summary));
    }
    progress.Update(rows, reader->bytes_read());
  }
  progress.Clear();
  PQL_RETURN_IF_ERROR(Send(&pending, renderer, &summary));
  renderer->End();
  NoteUnknown(reader->unknown_columns(), console);
  if (!first_skipped.empty()) console->Note(StrCat("skipped bad rows, the first: ", first_skipped));
  const bool is_human = format_ == "human";
  if (is_human) console->out() << "\n";
  console->out().flush();
  summary.Print(is_human ? console->color_out() : console->color_err(),
                is_human ? &console->out() : &console->err());
  return absl::OkStatus();
}

int EvaluateCommand::Run(Console* console) {
  if (!at_.empty()) {
    const std::optional<int64_t> micros = ParseTimestamp(at_);
    if (!micros.has_value()) {
      return console->Fail(StrCat("--at: `", at_, "` is no time such as 2026-03-01T08:30:00Z"));
    }
    how_.now = Timestamp{*micros};
  }
  if (format_ == "csv" && (how_.gap || how_.explain)) {
    return console->Fail("--format csv has no place for --gap and --explain; take json or jsonl");
  }
  all_ = all_ || how_.gap;
  RenderOptions options;
  options.utf8 = LocaleIsUtf8();
  options.color = console->color_out();
  options.single = !account_.empty();
  options.all = all_;
  show_all_ = WantsAllRules(format_, options);
  how_.all = true;
  absl::Status status = connection_.Open();
  if (!status.ok()) return console->Fail(status);
  client_ = std::make_unique<RuleSetClient>(&connection_, RuleSetIdOf(rule_set_));
  status = client_->Connect();
  if (status.ok()) status = client_->DescribeColumns(how_.rules, &options);
  if (!status.ok()) return console->Fail(status);
  const auto renderer = MakeEvaluationRenderer(format_, options, &console->out());
  status =
      options.single ? EvaluateOne(renderer.get(), console) : EvaluateMany(renderer.get(), console);
  return status.ok() ? kFine : console->Fail(status);
}

}  // namespace

std::unique_ptr<Command> MakeEvaluateCommand() { return std::make_unique<EvaluateCommand>(); }

}  // namespace pql
