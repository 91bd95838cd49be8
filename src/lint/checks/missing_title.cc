// missing-title: a rule or scorecard that people meet by its identifier only.

#include "lint/all_checks.h"

namespace pql {

void CheckMissingTitle(LintContext* context) {
  for (const Rule& rule : context->checked().rules) {
    if (!rule.title.empty() || rule.mode == RuleMode::kDraft) continue;
    context->Report(DiagnosticKind::kMissingTitle, rule.name_range, {rule.name}).hint =
        "add `title \"...\"`, which is what people read in lists and alerts";
  }
}

}  // namespace pql
