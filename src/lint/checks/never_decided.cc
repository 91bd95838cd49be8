// never-decided: a rule that says neither yes nor no as long as a metric is absent, whatever else
// is known.

#include "base/strings.h"
#include "lint/all_checks.h"
#include "lint/logic.h"

namespace pql {

void CheckNeverDecided(LintContext* context) {
  const CheckedRuleSet& checked = context->checked();
  ConditionSpace& space = context->Shared<ConditionSpace>();
  for (uint32_t i = 0; i < checked.rules.size(); ++i) {
    const Rule& rule = checked.rules[i];
    if (rule.mode == RuleMode::kDraft) continue;
    const DiagramId outcome = space.OfRuleAnyTime(0, i);
    if (outcome == kMissing) continue;
    for (const AxisId axis : space.diagrams().AxesOf(outcome)) {
      const AxisMeaning& meaning = space.terms().MeaningOf(axis);
      if (meaning.subject != AxisMeaning::Subject::kMetric) continue;
      if (space.diagrams().WhereMissing(outcome, axis) != kMissing) continue;
      Diagnostic& finding = context->Report(DiagnosticKind::kNeverDecided, rule.name_range,
                                            {rule.name, meaning.name});
      finding.hint = "give the metric a default, or say with `is missing` what its absence means";
      const Metric& metric = checked.metrics[*checked.FindMetric(meaning.name)];
      finding.related.push_back({metric.name_range, "has no default"});
    }
  }
}

}  // namespace pql
