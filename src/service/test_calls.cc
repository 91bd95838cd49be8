#include "service/test_calls.h"

#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "engine/rule_query.h"
#include "engine/rule_testing.h"
#include "service/change_calls.h"
#include "service/diagnostic_conversion.h"
#include "service/explanation_conversion.h"
#include "service/status_mapping.h"

namespace pql {
namespace {

void ToProto(const TestReport& report, const TestResult& result, v1::TestResult* out) {
  const SourceSet& sources = report.rule_set->sources;
  const Test& test = report.rule_set->checked.tests[result.test];
  out->set_test(test.name);
  *out->mutable_location() = ToProto(sources, test.range);
  out->set_passed(result.passed());
  out->set_error(result.error);
  for (const ExpectFailure& failure : result.failures) {
    v1::ExpectationFailure* added = out->add_failures();
    added->set_source(std::string(sources.Text(failure.range)));
    *added->mutable_location() = ToProto(sources, failure.range);
    added->set_outcome(failure.seen.IsMissing() ? "MISSING" : "FALSE");
    added->set_message(failure.message);
    ToProto(sources, ExplainFailure(report, result, failure), added->mutable_explanation());
  }
}

void AddCoverage(const TestReport& report, v1::TestRuleSetResponse* response) {
  const RuleSet& rule_set = *report.rule_set;
  for (const ConditionCoverage& condition : report.coverage.conditions) {
    if (condition.item.kind != Item::Kind::kRule) continue;
    v1::ConditionCoverage* added = response->add_coverage();
    added->set_rule(rule_set.checked.rules[condition.item.index].name);
    added->set_source(std::string(rule_set.sources.Text(condition.range)));
    *added->mutable_location() = ToProto(rule_set.sources, condition.range);
    added->set_seen_true(condition.seen_true);
    added->set_seen_false(condition.seen_false);
  }
}

}  // namespace

absl::Status TestRuleSet(Engine* engine, const v1::TestRuleSetRequest& request,
                         const std::function<absl::Status()>& still_wanted,
                         v1::TestRuleSetResponse* response) {
  TestRequest test{.run = request.run(), .coverage = request.include_coverage()};
  if (!request.name().empty()) {
    PQL_ASSIGN_OR_RETURN(test.rule_set, ParseRuleSetName("name", request.name()));
  }
  PQL_ASSIGN_OR_RETURN(test.files, ToSources(request.files()));
  std::optional<Rejection> rejection;
  const absl::StatusOr<TestReport> report =
      RunTests(*engine->rule_sets().snapshot(), std::move(test), engine->limits(),
               engine->compile_options(), still_wanted, &rejection);
  if (rejection.has_value()) {
    const ChangeAnswer answer = Reject(*std::move(rejection));
    return WithFindings(answer.status, *answer.rejection);
  }
  if (!report.ok()) return report.status();
  int passed = 0;
  for (const TestResult& result : report->results) {
    ToProto(*report, result, response->add_results());
    passed += result.passed() ? 1 : 0;
  }
  response->set_passed_count(passed);
  response->set_failed_count(static_cast<int>(report->results.size()) - passed);
  if (request.include_coverage()) AddCoverage(*report, response);
  return absl::OkStatus();
}

}  // namespace pql
