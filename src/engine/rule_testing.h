// Runs the `test` blocks of a rule set's sources, in force or only sent: what TestRuleSet answers.
// Thread-safe: no state.

#ifndef PQL_ENGINE_RULE_TESTING_H_
#define PQL_ENGINE_RULE_TESTING_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/limits.h"
#include "engine/rule_set_change.h"
#include "engine/snapshot.h"
#include "eval/explanation.h"
#include "ruleset/coverage.h"
#include "ruleset/test_runner.h"

namespace pql {

struct TestRequest {
  std::string rule_set;           // id; empty: `files` are a whole rule set
  std::vector<SourceText> files;  // as ValidationRequest::files
  std::string run;                // regular expression, found in the names of tests; empty: all
  bool coverage = false;
};

struct TestReport {
  std::shared_ptr<const RuleSet> rule_set;
  std::vector<TestResult> results;
  Coverage coverage;  // empty: not asked for
};

// Takes as long as compiling and all tests.  INVALID_ARGUMENT, with `*rejection` set where the
// sources have errors; NOT_FOUND: no such rule set.  Between tests `still_wanted` is called, whose
// error ends the run.
absl::StatusOr<TestReport> RunTests(const Snapshot& snapshot, TestRequest request,
                                    const Limits& limits, const CompileOptions& options,
                                    const std::function<absl::Status()>& still_wanted,
                                    std::optional<Rejection>* rejection);

// What an `expect` that is not so saw.  REQUIRES: a failure of the report.
ExplanationNode ExplainFailure(const TestReport& report, const TestResult& result,
                               const ExpectFailure& failure);

}  // namespace pql

#endif  // PQL_ENGINE_RULE_TESTING_H_
