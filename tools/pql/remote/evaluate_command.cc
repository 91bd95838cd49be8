// pql evaluate: as `pql eval`, by the rules of a server.

#include <iterator>
#include <utility>

#include "accounts/account_reader.h"
#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "ruleset/rule_directory.h"
#include "tools/pql/account_input.h"
#include "tools/pql/account_options.h"
#include "tools/pql/explanation_text.h"
#include "tools/pql/progress.h"
#include "tools/pql/remote/commands.h"
#include "tools/pql/remote/connection.h"
#include "tools/pql/remote/rule_set_client.h"

namespace pql {
namespace {

constexpr size_t kAccountsPerCall = 200;

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

  std::string rule_set_;
  AccountOptions options_;
  bool show_all_ = false;  // the renderer wants rules of every outcome
  RemoteEvaluation how_;
  Connection connection_;
  std::unique_ptr<RuleSetClient> client_;
};

CLI::App* EvaluateCommand::AddTo(CLI::App* app) {
  CLI::App* command = app->add_subcommand("evaluate", "Evaluate accounts on a server");
  command->add_option("RULESET", rule_set_, "Id of the rule set, or its directory")->required();
  connection_.AddOptions(command);
  options_.AddInput(command);
  options_.AddReport(command, "the server's");
  command->footer(
      "Example:\n"
      "  echo '{\"messages\": 2500, \"channels\": 3}' |\n"
      "    pql evaluate slack --server localhost:50051 --account -");
  return command;
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
  const AccountReaderOptions options = options_.ReaderOptions();
  std::string text;
  if (options_.account == "-") {
    text.assign(std::istreambuf_iterator<char>(console->in()), std::istreambuf_iterator<char>());
  } else {
    PQL_ASSIGN_OR_RETURN(text, ReadFile(options_.account, options.max_row_bytes));
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
  NoteUnknownMetrics(client_->metrics(), RuleSetIdOf(rule_set_), unknown, console);
  return absl::OkStatus();
}

absl::Status EvaluateCommand::EvaluateMany(EvaluationRenderer* renderer, Console* console) {
  PQL_ASSIGN_OR_RETURN(std::istream* const input, options_.OpenAccountsFile(console));
  PQL_ASSIGN_OR_RETURN(const std::unique_ptr<AccountReader> reader,
                       OpenAccounts(client_->metrics(), input, options_.ReaderOptions()));
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
    } else if (options_.skip_invalid && row.status().code() == absl::StatusCode::kInvalidArgument) {
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
  NoteUnknownMetrics(client_->metrics(), RuleSetIdOf(rule_set_), reader->unknown_columns(),
                     console);
  options_.PrintSummary(summary, first_skipped, console);
  return absl::OkStatus();
}

int EvaluateCommand::Run(Console* console) {
  if (!options_.at.empty()) {
    const std::optional<int64_t> micros = ParseTimestamp(options_.at);
    if (!micros.has_value()) {
      return console->Fail(
          StrCat("--at: `", options_.at, "` is no time such as 2026-03-01T08:30:00Z"));
    }
    how_.now = Timestamp{*micros};
  }
  if (const absl::Status fits = options_.Check(); !fits.ok()) return console->Fail(fits);
  how_.rules = options_.rules;
  how_.gap = options_.gap;
  how_.explain = options_.explain;
  RenderOptions options;
  options.utf8 = LocaleIsUtf8();
  options.color = console->color_out();
  options.single = options_.single();
  options.all = options_.all;
  show_all_ = WantsAllRules(options_.format, options);
  how_.all = true;
  absl::Status status = connection_.Open();
  if (!status.ok()) return console->Fail(status);
  client_ = std::make_unique<RuleSetClient>(&connection_, RuleSetIdOf(rule_set_));
  status = client_->Connect();
  if (status.ok()) status = client_->DescribeColumns(how_.rules, &options);
  if (!status.ok()) return console->Fail(status);
  const auto renderer = MakeEvaluationRenderer(options_.format, options, &console->out());
  status =
      options.single ? EvaluateOne(renderer.get(), console) : EvaluateMany(renderer.get(), console);
  return status.ok() ? kFine : console->Fail(status);
}

}  // namespace

std::unique_ptr<Command> MakeEvaluateCommand() { return std::make_unique<EvaluateCommand>(); }

}  // namespace pql
