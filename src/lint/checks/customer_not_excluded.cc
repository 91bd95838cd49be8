// customer-not-excluded: a PQL rule that already paying accounts meet, where a billing metric says
// who pays.
//
// Certain in three cases: the rule looks at no billing metric at all; there is an account that
// qualifies for it and for a rule that gives the stage `customer`; or one that qualifies whatever
// its billing metrics say.

#include "base/strings.h"
#include "lint/all_checks.h"
#include "lint/domain.h"

namespace pql {
namespace {

void LooksAtNoBilling(const Rule& rule, const Metric& billing, LintContext* context) {
  Diagnostic& finding =
      context->Report(DiagnosticKind::kCustomerNotExcluded, rule.name_range, {rule.name});
  finding.hint = StrCat("add an `unless` over `", billing.name, "`");
  finding.related = {{billing.name_range, "says what an account pays"}};
}

void IsMetByCustomers(const Rule& rule, const Rule& customer, const Witness& witness,
                      LintContext* context) {
  Diagnostic& finding =
      context->Report(DiagnosticKind::kCustomerNotExcluded, rule.name_range, {rule.name});
  finding.hint =
      StrCat(DescribeAccount(witness), " qualifies for both this rule and `", customer.name, "`");
  finding.related = {{customer.name_range, "makes an account a customer"}};
}

void LookAtOutcomes(uint32_t index, const DomainFacts& facts, LintContext* context) {
  ConditionSpace& space = context->Shared<ConditionSpace>();
  const CheckedRuleSet& checked = context->checked();
  const Rule& rule = checked.rules[index];
  const Condition qualifies = space.OfRule(0, index);
  for (const uint32_t customer : facts.customer_rules()) {
    const std::optional<Witness> both = space.FindBoth(qualifies, space.OfRule(0, customer));
    if (both) return IsMetByCustomers(rule, checked.rules[customer], *both, context);
  }
  const std::optional<Witness> any = FindAccountWhateverItPays(checked, index, &space);
  if (!any) return;
  context->Report(DiagnosticKind::kCustomerNotExcluded, rule.name_range, {rule.name}).hint =
      StrCat(DescribeAccount(*any), " qualifies whatever it pays");
}

}  // namespace

void CheckCustomerNotExcluded(LintContext* context) {
  const DomainFacts& facts = context->Shared<DomainFacts>();
  const CheckedRuleSet& checked = context->checked();
  if (!facts.billing_metric()) return;
  for (const uint32_t index : facts.pql_rules()) {
    const KindSet kinds = facts.KindsOf(index);
    if (kinds.Has(MetricKind::kBilling)) {
      LookAtOutcomes(index, facts, context);
    } else if (!kinds.Has(MetricKind::kNone)) {
      LooksAtNoBilling(checked.rules[index], checked.metrics[*facts.billing_metric()], context);
    }
  }
}

}  // namespace pql
