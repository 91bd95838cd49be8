#include "tools/pql/account_options.h"

#include <cerrno>
#include <cstring>

#include "base/file_system.h"
#include "base/strings.h"

namespace pql {

void AccountOptions::AddInput(CLI::App* command) {
  CLI::Option_group* input = command->add_option_group("Accounts", "One of these is required");
  input->add_option("--account", account, "One account, a JSON object of metrics; - is stdin")
      ->type_name("FILE");
  input->add_option("--accounts", accounts, "Many accounts, CSV or JSON Lines; - is stdin")
      ->type_name("FILE");
  input->require_option(1);
  command->add_option("--rule", rules, "Report this rule only (repeatable)")
      ->type_name("NAME")
      ->allow_extra_args(false);
}

void AccountOptions::AddReport(CLI::App* command, const std::string& clock) {
  command
      ->add_option("--at", at,
                   StrCat("Evaluation time, as 2026-03-01T08:30:00Z (default: ", clock, ")"))
      ->type_name("TIME");
  command->add_flag("--all", all, "Report rules that are not qualified, too");
  command->add_flag("--gap", gap, "Add what is missing for a rule to qualify (implies --all)");
  command->add_flag("--explain", explain,
                    "Add what each condition saw, and when the outcome changes by itself");
  command->add_option("--format", format, "human, json, jsonl, csv, or summary: the counts only")
      ->check(CLI::IsMember(EvaluationFormats()))
      ->type_name("FORMAT");
  command->add_option("--id", id_, "Column with the account's id (default: id)")
      ->type_name("COLUMN");
  command->add_option("--held", held_, "Column with the rules that hold the account already")
      ->type_name("COLUMN");
  command->add_flag("--skip-invalid", skip_invalid, "Count bad rows and go on");
}

absl::Status AccountOptions::Check() {
  if (format == "csv" && (gap || explain)) {
    return absl::InvalidArgumentError(
        "--format csv has no place for --gap and --explain; take json or jsonl");
  }
  if (format == "summary" && single()) {
    return absl::InvalidArgumentError("--format summary is for many accounts; give --accounts");
  }
  all = all || gap;
  return absl::OkStatus();
}

AccountReaderOptions AccountOptions::ReaderOptions() const {
  AccountReaderOptions options;
  if (!id_.empty()) options.id_column = id_;
  options.id_column_required = !id_.empty();
  options.held_column = held_;
  return options;
}

absl::StatusOr<std::istream*> AccountOptions::OpenAccountsFile(Console* console) {
  if (accounts == "-") return &console->in();
  if (IsDirectory(accounts)) {
    return absl::InvalidArgumentError(StrCat("`", accounts, "` is a directory"));
  }
  file_.open(accounts, std::ios::binary);
  if (!file_) {
    return absl::NotFoundError(StrCat("cannot read `", accounts, "`: ", std::strerror(errno)));
  }
  return &file_;
}

void AccountOptions::PrintSummary(const OutcomeSummary& summary, const std::string& first_skipped,
                                  Console* console) const {
  if (!first_skipped.empty()) console->Note(StrCat("skipped bad rows, the first: ", first_skipped));
  const bool is_result = format == "human" || format == "summary";
  if (format == "human") console->out() << "\n";
  console->out().flush();
  summary.Print(is_result ? console->color_out() : console->color_err(),
                is_result ? &console->out() : &console->err());
}

}  // namespace pql
