// duplicate-rule: two rules that qualify the same accounts, give the same stage and are undecided
// about the same accounts.

#include "base/strings.h"
#include "lint/all_checks.h"
#include "lint/logic.h"

namespace pql {

void CheckDuplicateRule(LintContext* context) {
  const CheckedRuleSet& checked = context->checked();
  ConditionSpace& space = context->Shared<ConditionSpace>();
  for (const RulePair& pair : FindDuplicateRules(checked, &space)) {
    const Rule& rule = checked.rules[pair.rule];
    const Rule& other = checked.rules[pair.other];
    Diagnostic& finding =
        context->Report(DiagnosticKind::kDuplicateRule, rule.name_range, {rule.name, other.name});
    finding.hint = "keep one of them, or let them differ";
    if (const auto account = space.FindTrue(space.OfRule(0, pair.rule))) {
      finding.hint =
          StrCat("an account with ", account->ToText(), " qualifies for both; ", finding.hint);
    }
    finding.related.push_back({other.name_range, "the same condition"});
  }
}

}  // namespace pql
