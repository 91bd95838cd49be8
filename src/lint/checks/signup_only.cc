// signup-only: a PQL rule that someone meets by merely signing up or starting a trial.
//
// Decided by an account, found and evaluated, that has sent nothing but who it is and what it pays.
// A rule without any signal of activity whose only kind of activity would be marketing is
// marketing-only; what has none at all is found here.

#include "base/strings.h"
#include "lint/all_checks.h"
#include "lint/domain.h"

namespace pql {

void CheckSignupOnly(LintContext* context) {
  const DomainFacts& facts = context->Shared<DomainFacts>();
  ConditionSpace& space = context->Shared<ConditionSpace>();
  for (const uint32_t index : facts.pql_rules()) {
    const std::optional<Witness> witness = FindInactiveAccount(context->checked(), index, &space);
    if (!witness) continue;
    const Rule& rule = context->checked().rules[index];
    context->Report(DiagnosticKind::kSignupOnly, rule.name_range, {rule.name}).hint =
        StrCat(DescribeAccount(*witness), " qualifies; ask for use of the product as well");
  }
}

}  // namespace pql
