// marketing-only: a PQL rule over nothing but marketing metrics.  Who the account is and what it
// pays don't count as signals.

#include "lint/all_checks.h"
#include "lint/domain.h"

namespace pql {

void CheckMarketingOnly(LintContext* context) {
  const DomainFacts& facts = context->Shared<DomainFacts>();
  for (const uint32_t index : facts.pql_rules()) {
    const KindSet kinds = facts.KindsOf(index);
    const bool is_only_marketing = kinds.Has(MetricKind::kMarketing) &&
                                   !kinds.Has(MetricKind::kProduct) &&
                                   !kinds.Has(MetricKind::kHandRaise) &&
                                   !kinds.Has(MetricKind::kSales) && !kinds.Has(MetricKind::kNone);
    if (!is_only_marketing) continue;
    const Rule& rule = context->checked().rules[index];
    context->Report(DiagnosticKind::kMarketingOnly, rule.name_range, {rule.name}).hint =
        "that makes a marketing-qualified lead; ask for use of the product as well";
  }
}

}  // namespace pql
