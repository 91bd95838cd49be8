#include "engine/rule_testing.h"

#include <re2/re2.h>

#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "engine/error.h"
#include "engine/rule_validation.h"

namespace pql {
namespace {

constexpr size_t kMaxPatternBytes = 1'000;
constexpr int64_t kMaxPatternMemory = 1 << 20;

absl::StatusOr<std::unique_ptr<RE2>> CompilePattern(const std::string& pattern) {
  if (pattern.size() > kMaxPatternBytes) {
    return InvalidField("run", StrCat("is longer than ", kMaxPatternBytes, " bytes"));
  }
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMaxPatternMemory);
  auto compiled = std::make_unique<RE2>(pattern, options);
  if (!compiled->ok()) {
    return InvalidField("run", StrCat("is no regular expression: ", compiled->error()));
  }
  return compiled;
}

}  // namespace

absl::StatusOr<TestReport> RunTests(const Snapshot& snapshot, TestRequest request,
                                    const Limits& limits, const CompileOptions& options,
                                    const std::function<absl::Status()>& still_wanted,
                                    std::optional<Rejection>* rejection) {
  PQL_ASSIGN_OR_RETURN(const std::unique_ptr<RE2> pattern, CompilePattern(request.run));
  PQL_ASSIGN_OR_RETURN(
      CompileResult compiled,
      ValidateRules(snapshot,
                    {.rule_set = std::move(request.rule_set), .files = std::move(request.files)},
                    limits, options));
  if (!compiled.ok()) {
    *rejection = RejectionOf(std::move(compiled));
    return absl::InvalidArgumentError("the sources have errors");
  }
  TestReport report{.rule_set = std::move(compiled.rule_set)};
  const CheckedRuleSet& checked = report.rule_set->checked;
  std::vector<uint32_t> run;
  for (uint32_t i = 0; i < checked.tests.size(); ++i) {
    if (!RE2::PartialMatch(checked.tests[i].name, *pattern)) continue;
    PQL_RETURN_IF_ERROR(still_wanted());
    report.results.push_back(RunTest(checked, i));
    run.push_back(i);
  }
  if (request.coverage) report.coverage = MeasureCoverage(checked, run);
  return report;
}

ExplanationNode ExplainFailure(const TestReport& report, const TestResult& result,
                               const ExpectFailure& failure) {
  const CheckedRuleSet& checked = report.rule_set->checked;
  const Test& test = checked.tests[result.test];
  const TestInput given(checked, test);
  const Evaluation evaluation = Evaluate(checked, given.input);
  return ExplainCondition(report.rule_set->sources, checked, test.expects[failure.expect],
                          given.input, evaluation);
}

}  // namespace pql
