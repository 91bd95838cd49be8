// Runs the `test` blocks of a rule set.  Pure; thread-safe.

#ifndef PQL_RULESET_TEST_RUNNER_H_
#define PQL_RULESET_TEST_RUNNER_H_

#include <functional>
#include <string>
#include <vector>

#include "diagnostics/source.h"
#include "eval/interpreter.h"
#include "ruleset/rule_set.h"

namespace pql {

// An `expect` that was not true.
struct ExpectFailure {
  uint32_t expect = 0;  // index into Test::expects
  SourceRange range;
  Value seen;                        // false or missing
  std::vector<std::string> missing;  // names of the metrics, when missing
  std::string message;               // "expected `slack_team`, but it is not qualified"
};

struct TestResult {
  uint32_t test = 0;  // index into CheckedRuleSet::tests
  // The test could not run: it reads the clock and has no `at`.
  std::string error;
  std::vector<ExpectFailure> failures;
  bool passed() const { return error.empty() && failures.empty(); }
};

// The input that the test's `given`, `at` and `previously` describe.  The account is owned by the
// result.
struct TestInput {
  Account account;
  EvaluationInput input;  // input.account points to `account`: not movable
  TestInput(const CheckedRuleSet& rule_set, const Test& test);
  TestInput(const TestInput&) = delete;
  TestInput& operator=(const TestInput&) = delete;
};

// Whether the test has the clock that it needs.
bool CanRun(const Test& test);

// REQUIRES: the rule set has no errors.
TestResult RunTest(const CheckedRuleSet& rule_set, uint32_t test);
inline TestResult RunTest(const RuleSet& rule_set, uint32_t test) {
  return RunTest(rule_set.checked, test);
}

// Those whose name `selects` accepts (all when empty), in order of file and offset.
std::vector<TestResult> RunTests(const RuleSet& rule_set,
                                 const std::function<bool(const std::string& name)>& selects = {});

}  // namespace pql

#endif  // PQL_RULESET_TEST_RUNNER_H_
