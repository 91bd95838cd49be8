// subsumed-rule: a rule that gives its stage to nobody who does not have it from another rule.

#include "base/strings.h"
#include "lint/all_checks.h"
#include "lint/logic.h"

namespace pql {

void CheckSubsumedRule(LintContext* context) {
  const CheckedRuleSet& checked = context->checked();
  ConditionSpace& space = context->Shared<ConditionSpace>();
  for (const RulePair& pair : FindSubsumedRules(checked, &space)) {
    const Rule& rule = checked.rules[pair.rule];
    const Rule& other = checked.rules[pair.other];
    Diagnostic& finding =
        context->Report(DiagnosticKind::kSubsumedRule, rule.name_range, {rule.name, other.name});
    finding.hint = StrCat("both give stage `", checked.stages[*rule.stage], "`");
    const Condition narrow = space.OfRule(0, pair.rule);
    const Condition wide = space.OfRule(0, pair.other);
    if (const auto both = space.FindTrue(narrow)) {
      StrAppend(&finding.hint, "; an account with ", both->ToText(), " qualifies for both");
      if (const auto one = space.FindFirstOnly(wide, narrow)) {
        StrAppend(&finding.hint, ", one with ", one->ToText(), " for `", other.name, "` only");
      }
    }
    finding.related.push_back({other.name_range, "qualifies all of them"});
  }
}

}  // namespace pql
