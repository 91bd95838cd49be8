// confusable-name: a name whose letters come from several scripts, or only look like Latin ones.

#include "base/unicode.h"
#include "lint/all_checks.h"

namespace pql {

void CheckConfusableName(LintContext* context) {
  const auto look = [context](const auto& declared) {
    if (!IsSuspiciousIdentifier(declared.name)) return;
    context->Report(DiagnosticKind::kConfusableName, declared.name_range, {declared.name}).hint =
        "write it with the letters of one script, so that everybody can type it";
  };
  const CheckedRuleSet& checked = context->checked();
  for (const Metric& metric : checked.metrics) look(metric);
  for (const Define& define : checked.defines) look(define);
  for (const Scorecard& scorecard : checked.scorecards) look(scorecard);
  for (const Rule& rule : checked.rules) look(rule);
}

}  // namespace pql
