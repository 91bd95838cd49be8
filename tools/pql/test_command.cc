// pql test: runs the `test` blocks of rule sets.

#include <re2/re2.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/number_text.h"
#include "base/strings.h"
#include "diagnostics/render.h"
#include "tools/pql/commands.h"
#include "tools/pql/rule_set_loading.h"
#include "tools/pql/test_report.h"

namespace pql {
namespace {

class TestCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override;
  int Run(Console* console) override;

 private:
  TestRun RunRuleSet(std::shared_ptr<const RuleSet> rule_set, const RuleSetPath& path,
                     const RE2& pattern) const;
  TestRun Broken(const CompileResult& compiled, const RuleSetPath& path) const;
  bool IsCoverageEnough(const TestRun& run, Console* console) const;
  void Print(const std::vector<TestRun>& runs, Console* console) const;

  std::vector<std::string> paths_;
  std::string format_ = "human";
  std::string run_;
  bool coverage_ = false;
  std::optional<double> coverage_min_;
  bool mutate_ = false;
};

CLI::App* TestCommand::AddTo(CLI::App* app) {
  CLI::App* command = app->add_subcommand("test", "Run the tests of rule sets");
  command->add_option("PATH", paths_,
                      "Rule-set directories, directories of them, or single files "
                      "(default: rules)");
  command->add_option("--format", format_, "human, json or junit")
      ->check(CLI::IsMember({"human", "json", "junit"}))
      ->type_name("FORMAT");
  command
      ->add_option("--run", run_,
                   "Only tests in whose name this regular expression is found; coverage and "
                   "mutants are then judged by those alone")
      ->type_name("REGEX");
  command->add_flag("--coverage", coverage_,
                    "For each condition, whether the tests saw it true and saw it false");
  command
      ->add_option("--coverage-min", coverage_min_,
                   "Fail when a rule set has seen fewer outcomes of its conditions")
      ->check(CLI::Range(0.0, 100.0))
      ->type_name("PERCENT");
  command->add_flag("--mutate", mutate_,
                    "Change the conditions one by one, and fail when the tests don't notice; shows "
                    "the test that would");
  command->footer(
      "Examples:\n  pql test\n  pql test rules/slack --run 'free team'\n"
      "  pql test --coverage-min 90 --format junit > tests.xml\n  pql test rules/slack --mutate");
  return command;
}

// A file stands for the tests in it.
TestRun TestCommand::RunRuleSet(std::shared_ptr<const RuleSet> rule_set, const RuleSetPath& path,
                                const RE2& pattern) const {
  TestRun run;
  run.directory = path.directory;
  run.rule_set = std::move(rule_set);
  run.mutation_wanted = mutate_;
  std::vector<uint32_t> selected;
  for (uint32_t i = 0; i < run.rule_set->checked.tests.size(); ++i) {
    const Test& test = run.rule_set->checked.tests[i];
    if (!path.Includes(run.rule_set->sources.file(test.range.file).name())) continue;
    if (!RE2::PartialMatch(test.name, pattern)) continue;
    selected.push_back(i);
    run.results.push_back(RunTest(*run.rule_set, i));
  }
  if (coverage_ || coverage_min_.has_value()) {
    run.coverage = MeasureCoverage(run.rule_set->checked, selected);
  }
  if (mutate_ && run.failed() == 0) run.mutation = RunMutation(*run.rule_set, selected);
  return run;
}

TestRun TestCommand::Broken(const CompileResult& compiled, const RuleSetPath& path) const {
  TestRun run;
  run.directory = path.directory;
  run.rule_set = compiled.rule_set;
  for (const Diagnostic& diagnostic : compiled.diagnostics) {
    StrAppend(&run.findings, RenderOneLine(compiled.rule_set->sources, diagnostic), "\n");
  }
  return run;
}

bool TestCommand::IsCoverageEnough(const TestRun& run, Console* console) const {
  if (!coverage_min_.has_value() || !run.coverage.has_value()) return true;
  if (run.coverage->percent() >= *coverage_min_) return true;
  console->err() << "pql: " << run.directory << ": coverage is "
                 << PercentText(run.coverage->percent()) << ", less than "
                 << FormatNumber(*coverage_min_) << "%\n";
  return false;
}

void TestCommand::Print(const std::vector<TestRun>& runs, Console* console) const {
  if (format_ == "json") {
    console->out() << TestsToJson(runs) << "\n";
  } else if (format_ == "junit") {
    console->out() << TestsToJunit(runs);
  } else {
    PrintTestsHuman(runs, run_, console);
  }
}

int TestCommand::Run(Console* console) {
  RE2::Options quiet;
  quiet.set_log_errors(false);
  const RE2 pattern(run_, quiet);
  if (!pattern.ok()) {
    return console->Fail(StrCat("--run: `", run_, "` is no regular expression: ", pattern.error()));
  }
  if (paths_.empty()) paths_ = {"rules"};
  const absl::StatusOr<std::vector<RuleSetPath>> resolved = ResolvePaths(paths_);
  if (!resolved.ok()) return console->Fail(resolved.status());

  int status = kFine;
  size_t tests = 0;
  std::vector<TestRun> runs;
  for (const RuleSetPath& path : *resolved) {
    const absl::StatusOr<CompileResult> compiled = CompileDirectory(path.directory, *console);
    if (!compiled.ok()) {
      status = console->Fail(compiled.status());
    } else if (!compiled->ok()) {
      status = std::max<int>(status, ReportFindings(*compiled, console));
      runs.push_back(Broken(*compiled, path));
    } else {
      runs.push_back(RunRuleSet(compiled->rule_set, path, pattern));
    }
  }
  Print(runs, console);
  for (const TestRun& run : runs) {
    tests += run.results.size();
    const bool survivors = run.mutation.has_value() && !run.mutation->survivors.empty();
    const bool fine = run.failed() == 0 && !survivors && IsCoverageEnough(run, console);
    if (!fine) status = std::max<int>(status, kFindings);
  }
  // A test that was asked for and is not there has not passed.
  if (status == kFine && !run_.empty() && tests == 0) {
    return console->Fail(StrCat("--run: no test has a name with `", run_, "` in it"));
  }
  return status;
}

}  // namespace

std::unique_ptr<Command> MakeTestCommand() { return std::make_unique<TestCommand>(); }

}  // namespace pql
