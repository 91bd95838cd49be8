// missing-owner: a rule that nobody answers for.

#include "lint/all_checks.h"

namespace pql {

void CheckMissingOwner(LintContext* context) {
  for (const Rule& rule : context->checked().rules) {
    if (!rule.owner.empty() || rule.mode == RuleMode::kDraft) continue;
    context->Report(DiagnosticKind::kMissingOwner, rule.name_range, {rule.name}).hint =
        "add `owner \"...\"`, so that people know whom to ask";
  }
}

}  // namespace pql
