// What `pql test` found, for people, for scripts and for CI systems.  Stateless; thread-safe.

#ifndef TOOLS_PQL_TEST_REPORT_H_
#define TOOLS_PQL_TEST_REPORT_H_

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ruleset/coverage.h"
#include "ruleset/mutation.h"
#include "ruleset/rule_set.h"
#include "ruleset/test_runner.h"
#include "tools/pql/console.h"

namespace pql {

// The tests of one rule set, and what was asked for beside.
struct TestRun {
  std::string directory;
  std::shared_ptr<const RuleSet> rule_set;
  std::string findings;  // why it does not compile, a line each; nothing was run then
  std::vector<TestResult> results;
  std::optional<Coverage> coverage;
  bool mutation_wanted = false;
  std::optional<MutationReport> mutation;  // absent where tests fail

  size_t failed() const;
};

// Failures with their source, a line for each rule set, coverage by rule, and each surviving mutant
// with the test that would kill it; for several rule sets a sum, and which of them do not compile.
// `run` is the regular expression of --run.
void PrintTestsHuman(std::span<const TestRun> runs, const std::string& run, Console* console);

// pql.v1.TestRuleSetResponse, of all rule sets together; with `mutation` where it was asked for,
// which the server has no message for.
std::string TestsToJson(std::span<const TestRun> runs);

// JUnit XML, as Jenkins, GitLab and GitHub's test reporters read it: a `testsuite` for each rule
// set, a `testcase` for each test; a rule set that does not compile is an `error`.  Coverage is a
// property of the suite; a surviving mutant is a failed `testcase` of a suite of its own.
std::string TestsToJunit(std::span<const TestRun> runs);

// `95.8%`, rounded down: only what is complete shows as `100%`.
std::string PercentText(double percent);

}  // namespace pql

#endif  // TOOLS_PQL_TEST_REPORT_H_
