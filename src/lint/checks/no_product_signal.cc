// no-product-signal: a PQL rule that looks at other activity, but not at the use of the product.
//
// Where it looks at marketing only, or at no activity at all, marketing-only and signup-only say
// more.  A metric without a kind may be anything, so a rule that uses one is left alone.

#include "lint/all_checks.h"
#include "lint/domain.h"

namespace pql {

void CheckNoProductSignal(LintContext* context) {
  const DomainFacts& facts = context->Shared<DomainFacts>();
  for (const uint32_t index : facts.pql_rules()) {
    const KindSet kinds = facts.KindsOf(index);
    const bool has_other_signal =
        kinds.Has(MetricKind::kHandRaise) || kinds.Has(MetricKind::kSales);
    if (kinds.Has(MetricKind::kProduct) || kinds.Has(MetricKind::kNone) || !has_other_signal) {
      continue;
    }
    const Rule& rule = context->checked().rules[index];
    context->Report(DiagnosticKind::kNoProductSignal, rule.name_range, {rule.name}).hint =
        "use a metric of kind `product`, or give it another stage";
  }
}

}  // namespace pql
