// pql test: runs the `test` blocks of rule sets.

#include <re2/re2.h>

#include <algorithm>
#include <utility>

#include "ast/rule_file.h"
#include "base/strings.h"
#include "diagnostics/render.h"
#include "ruleset/test_runner.h"
#include "tools/pql/commands.h"
#include "tools/pql/json_text.h"
#include "tools/pql/rule_set_loading.h"

namespace pql {
namespace {

struct TestRun {
  std::string directory;
  std::shared_ptr<const RuleSet> rule_set;
  std::vector<TestResult> results;
};

// pql.v1.SourceLocation.
Json Location(const SourceSet& sources, SourceRange range) {
  const SourceFile& file = sources.file(range.file);
  const LineColumn begin = file.Locate(range.begin);
  const LineColumn end = file.Locate(range.end);
  return {{"file", file.name()},     {"startByte", range.begin},    {"endByte", range.end},
          {"startLine", begin.line}, {"startColumn", begin.column}, {"endLine", end.line},
          {"endColumn", end.column}};
}

// pql.v1.TestResult.
Json ResultToJson(const RuleSet& rule_set, const TestResult& result) {
  const Test& test = rule_set.checked.tests[result.test];
  Json json = {{"test", test.name},
               {"location", Location(rule_set.sources, test.range)},
               {"passed", result.passed()}};
  for (const ExpectFailure& failure : result.failures) {
    json["failures"].push_back({{"source", rule_set.sources.Text(failure.range)},
                                {"location", Location(rule_set.sources, failure.range)},
                                {"outcome", failure.seen.IsMissing() ? "MISSING" : "FALSE"},
                                {"message", failure.message}});
  }
  if (!result.error.empty()) json["error"] = result.error;
  return json;
}

class TestCommand : public Command {
 public:
  CLI::App* AddTo(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("test", "Run the tests of rule sets");
    command->add_option("PATH", paths_,
                        "Rule-set directories, directories of them, or single files "
                        "(default: rules)");
    command->add_option("--format", format_, "human or json")
        ->check(CLI::IsMember({"human", "json"}))
        ->type_name("FORMAT");
    command->add_option("--run", run_, "Only tests in whose name this regular expression is found")
        ->type_name("REGEX");
    command->footer("Examples:\n  pql test\n  pql test rules/slack --run 'free team'");
    return command;
  }

  int Run(Console* console) override;

 private:
  std::vector<TestResult> RunSelected(const RuleSet& rule_set, const RuleSetPath& path,
                                      const RE2& pattern) const;
  void PrintHuman(const std::vector<TestRun>& runs, Console* console) const;
  void PrintJson(const std::vector<TestRun>& runs, Console* console) const;

  std::vector<std::string> paths_;
  std::string format_ = "human";
  std::string run_;
  size_t passed_ = 0;
  size_t failed_ = 0;
};

// A file stands for the tests in it.
std::vector<TestResult> TestCommand::RunSelected(const RuleSet& rule_set, const RuleSetPath& path,
                                                 const RE2& pattern) const {
  std::vector<TestResult> results;
  for (uint32_t i = 0; i < rule_set.checked.tests.size(); ++i) {
    const Test& test = rule_set.checked.tests[i];
    if (!path.Includes(rule_set.sources.file(test.range.file).name())) continue;
    if (RE2::PartialMatch(test.name, pattern)) results.push_back(RunTest(rule_set, i));
  }
  return results;
}

void TestCommand::PrintHuman(const std::vector<TestRun>& runs, Console* console) const {
  std::ostream& out = console->out();
  for (const TestRun& run : runs) {
    const RuleSet& rule_set = *run.rule_set;
    const HumanStyle style{.color = console->color_out()};
    size_t failed = 0;
    for (const TestResult& result : run.results) {
      if (result.passed()) continue;
      ++failed;
      const Test& test = rule_set.checked.tests[result.test];
      const std::string name = StrCat("test ", QuoteString(test.name), ": ");
      if (!result.error.empty()) {
        out << RenderHumanAt(rule_set.sources, test.name_range, "failed",
                             StrCat(name, result.error), style)
            << "\n";
      }
      for (const ExpectFailure& failure : result.failures) {
        out << RenderHumanAt(rule_set.sources, failure.range, "failed",
                             StrCat(name, failure.message), style)
            << "\n";
      }
    }
    out << run.directory << ": ";
    if (failed > 0) {
      out << console->OnOut(Paint::kRed,
                            StrCat(failed, " of ", Counted(run.results.size(), "test"), " failed"));
    } else if (run.results.empty()) {
      out << (run_.empty() ? "no tests" : "no test of that name");
    } else {
      out << console->OnOut(Paint::kGreen, StrCat(Counted(run.results.size(), "test"), " passed"));
    }
    out << "\n";
  }
}

// pql.v1.TestRuleSetResponse, of all rule sets together.
void TestCommand::PrintJson(const std::vector<TestRun>& runs, Console* console) const {
  Json json = {{"results", Json::array()}, {"passedCount", passed_}, {"failedCount", failed_}};
  for (const TestRun& run : runs) {
    for (const TestResult& result : run.results) {
      json["results"].push_back(ResultToJson(*run.rule_set, result));
    }
  }
  console->out() << PrettyJson(json) << "\n";
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
  std::vector<TestRun> runs;
  for (const RuleSetPath& path : *resolved) {
    const absl::StatusOr<CompileResult> compiled = CompileDirectory(path.directory, *console);
    if (!compiled.ok()) {
      status = console->Fail(compiled.status());
    } else if (!compiled->ok()) {
      status = std::max<int>(status, ReportFindings(*compiled, console));
    } else {
      TestRun run{path.directory, compiled->rule_set,
                  RunSelected(*compiled->rule_set, path, pattern)};
      for (const TestResult& result : run.results) ++(result.passed() ? passed_ : failed_);
      runs.push_back(std::move(run));
    }
  }
  format_ == "json" ? PrintJson(runs, console) : PrintHuman(runs, console);
  if (status == kFine && failed_ > 0) status = kFindings;
  // A test that was asked for and is not there has not passed.
  if (status == kFine && !run_.empty() && passed_ == 0) {
    return console->Fail(StrCat("--run: no test has a name with `", run_, "` in it"));
  }
  return status;
}

}  // namespace

std::unique_ptr<Command> MakeTestCommand() { return std::make_unique<TestCommand>(); }

}  // namespace pql
