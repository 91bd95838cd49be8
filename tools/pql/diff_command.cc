// pql diff: what a change of rules means.

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/file_system.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "lint/rule_comparison.h"
#include "ruleset/rule_directory.h"
#include "tools/pql/account_input.h"
#include "tools/pql/commands.h"
#include "tools/pql/diff_accounts.h"
#include "tools/pql/diff_report.h"
#include "tools/pql/git_sources.h"
#include "tools/pql/rule_set_loading.h"

namespace pql {
namespace {

using RuleSetTexts = std::map<std::string, std::vector<SourceText>>;  // by id

// The last part of a path, be it a directory's or git's.
std::string LastPart(std::string path) {
  while (path.ends_with('/')) path.pop_back();
  const size_t at = path.find_last_of("/:");
  return at == std::string::npos ? path : path.substr(at + 1);
}

// Files of a git tree by rule set, as a directory would be read: one rule set where some *.pql file
// lies directly in it, else one a subdirectory.
absl::StatusOr<RuleSetTexts> ReadGit(const std::string& path, size_t max_bytes) {
  PQL_ASSIGN_OR_RETURN(std::vector<SourceText> files, ReadGitTree(path, max_bytes));
  std::string tree = path;
  while (tree.ends_with('/')) tree.pop_back();
  const size_t begin = tree.size() + (tree.ends_with(':') ? 0 : 1);
  const bool is_one = std::any_of(files.begin(), files.end(), [begin](const SourceText& file) {
    return !IsLintConfig(file.name) && file.name.find('/', begin) == std::string::npos;
  });
  RuleSetTexts texts;
  for (SourceText& file : files) {
    const size_t slash = file.name.find('/', begin);
    if (!is_one && slash == std::string::npos) continue;
    const std::string id = is_one ? LastPart(tree) : file.name.substr(begin, slash - begin);
    texts[id].push_back(std::move(file));
  }
  std::erase_if(texts, [](const auto& each) {
    return std::all_of(each.second.begin(), each.second.end(),
                       [](const SourceText& file) { return IsLintConfig(file.name); });
  });
  if (texts.empty()) {
    return absl::NotFoundError(StrCat("`", path, "` holds no *.pql file"));
  }
  return texts;
}

absl::StatusOr<RuleSetTexts> ReadDirectories(const std::string& path, size_t max_bytes) {
  PQL_ASSIGN_OR_RETURN(const std::vector<std::string> directories, FindRuleDirectories(path));
  if (!IsDirectory(path)) {
    return absl::InvalidArgumentError(StrCat("`", path, "` is no directory"));
  }
  RuleSetTexts texts;
  for (const std::string& directory : directories) {
    PQL_ASSIGN_OR_RETURN(texts[RuleSetIdOf(directory)], ReadRuleDirectory(directory, max_bytes));
  }
  return texts;
}

absl::StatusOr<RuleSetTexts> ReadSide(const std::string& path, size_t max_bytes) {
  return !IsDirectory(path) && IsGitPath(path) ? ReadGit(path, max_bytes)
                                               : ReadDirectories(path, max_bytes);
}

class DiffCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  absl::StatusOr<RuleSetDifference> Compare(const std::string& id, const RuleSet& before,
                                            const RuleSet& after, Timestamp now,
                                            Console* console) const;
  bool Fails(const RuleSetDifference& difference) const;
  void Print(const std::vector<RuleSetDifference>& differences, Console* console) const;

  std::string old_;
  std::string new_;
  std::string accounts_;
  std::string id_;
  std::string held_;
  std::string at_;
  std::vector<std::string> fail_on_;
  std::string format_ = "human";
};

CLI::App* DiffCommand::AddTo(CLI::App* app) {
  CLI::App* command = app->add_subcommand("diff", "Say what a change of rules means");
  command->add_option("OLD", old_, "Rules before: a directory, or REV:PATH of git")->required();
  command->add_option("NEW", new_, "Rules after: a directory, or REV:PATH of git")->required();
  command
      ->add_option("--accounts", accounts_,
                   "List who of these enters and leaves, CSV or JSON Lines; - is stdin")
      ->type_name("FILE");
  command->add_option("--id", id_, "Column with the account's id (default: id)")
      ->type_name("COLUMN");
  command->add_option("--held", held_, "Column with the rules that hold the account already")
      ->type_name("COLUMN");
  command->add_option("--at", at_, "Evaluation time of --accounts (default: now)")
      ->type_name("TIME");
  command
      ->add_option("--fail-on", fail_on_,
                   "Exit with 1 if a rule is widened, narrowed or moved (repeatable); one that "
                   "moved is widened and narrowed, and one that can't be decided may be either")
      ->check(CLI::IsMember({"widened", "narrowed", "moved"}))
      ->type_name("CHANGE")
      ->allow_extra_args(false);
  command->add_option("--format", format_, "human or json")
      ->check(CLI::IsMember({"human", "json"}))
      ->type_name("FORMAT");
  command->footer(
      "Examples:\n"
      "  pql diff HEAD:rules rules\n"
      "  pql diff HEAD~1:rules/slack rules/slack --accounts accounts.csv\n"
      "  pql diff origin/main:rules rules --fail-on widened");
  return command;
}

absl::StatusOr<RuleSetDifference> DiffCommand::Compare(const std::string& id, const RuleSet& before,
                                                       const RuleSet& after, Timestamp now,
                                                       Console* console) const {
  RuleSetDifference difference;
  difference.rule_set = id;
  difference.rules = CompareRules(before, after);
  if (accounts_.empty()) return difference;
  AccountReaderOptions options;
  if (!id_.empty()) options.id_column = id_;
  options.id_column_required = !id_.empty();
  options.held_column = held_;
  absl::StatusOr<AccountComparison> accounts =
      CompareAccounts(before, after, accounts_, options, now, console);
  if (!accounts.ok()) {
    return absl::Status(accounts.status().code(),
                        StrCat(accounts_ == "-" ? "standard input" : accounts_, ": ",
                               FromAbsl(accounts.status().message())));
  }
  difference.accounts = *std::move(accounts);
  return difference;
}

bool DiffCommand::Fails(const RuleSetDifference& difference) const {
  const auto is_asked = [this](std::string_view change) {
    return std::find(fail_on_.begin(), fail_on_.end(), change) != fail_on_.end();
  };
  return std::any_of(
      difference.rules.begin(), difference.rules.end(), [&](const RuleComparison& rule) {
        const bool may_be_either = rule.shift == RuleShift::kMoved ||
                                   rule.shift == RuleShift::kUndecided || !rule.is_certain;
        const bool widens = rule.shift == RuleShift::kWidened || may_be_either;
        const bool narrows = rule.shift == RuleShift::kNarrowed || may_be_either;
        return (widens && is_asked("widened")) || (narrows && is_asked("narrowed")) ||
               (may_be_either && is_asked("moved"));
      });
}

void DiffCommand::Print(const std::vector<RuleSetDifference>& differences, Console* console) const {
  if (format_ == "json") {
    Json json = {{"ruleSets", Json::array()}};
    for (const RuleSetDifference& each : differences) {
      json["ruleSets"].push_back(DifferenceToJson(each));
    }
    console->out() << PrettyJson(json) << "\n";
    return;
  }
  for (const RuleSetDifference& each : differences) {
    console->out() << DifferenceToText(each, *console);
  }
}

int DiffCommand::Run(Console* console) {
  const std::optional<Timestamp> now = EvaluationTime(at_, console);
  if (!now.has_value()) return kFailure;
  const CompileOptions options = CompileOptionsOf(*console);
  absl::StatusOr<RuleSetTexts> before = ReadSide(old_, options.max_total_bytes);
  if (!before.ok()) return console->Fail(before.status());
  absl::StatusOr<RuleSetTexts> after = ReadSide(new_, options.max_total_bytes);
  if (!after.ok()) return console->Fail(after.status());
  if (before->size() == 1 && after->size() == 1) {
    // Two versions of one rule set, whatever their directories are called.
    auto only = before->extract(before->begin());
    only.key() = after->begin()->first;
    before->insert(std::move(only));
  } else if (!accounts_.empty()) {
    return console->Fail("--accounts takes OLD and NEW of one rule set");
  }
  std::set<std::string> ids;
  for (const RuleSetTexts* texts : {&*before, &*after}) {
    for (const auto& [id, files] : *texts) ids.insert(id);
  }

  std::vector<RuleSetDifference> differences;
  for (const std::string& id : ids) {
    // A rule set that is not there has no rules.
    const CompileResult old = CompileRuleSet(id, (*before)[id], options);
    if (!old.ok()) return ReportFindings(old, console);
    const CompileResult next = CompileRuleSet(id, (*after)[id], options);
    if (!next.ok()) return ReportFindings(next, console);
    absl::StatusOr<RuleSetDifference> difference =
        Compare(id, *old.rule_set, *next.rule_set, *now, console);
    if (!difference.ok()) return console->Fail(difference.status());
    differences.push_back(*std::move(difference));
  }
  Print(differences, console);
  return std::any_of(differences.begin(), differences.end(),
                     [this](const RuleSetDifference& each) { return Fails(each); })
             ? kFindings
             : kFine;
}

}  // namespace

std::unique_ptr<Command> MakeDiffCommand() { return std::make_unique<DiffCommand>(); }

}  // namespace pql
