// unused-metric: a metric that nothing but tests mentions.

#include "lint/all_checks.h"
#include "lint/expressions.h"

namespace pql {

void CheckUnusedMetric(LintContext* context) {
  const NameUses& uses = context->Shared<NameUses>();
  const CheckedRuleSet& checked = context->checked();
  for (uint32_t i = 0; i < checked.metrics.size(); ++i) {
    const Metric& metric = checked.metrics[i];
    if (uses.OfMetric(i) > 0) continue;
    context->Report(DiagnosticKind::kUnusedMetric, metric.name_range, {metric.name}).hint =
        "take it away, or use it in a rule";
  }
}

}  // namespace pql
