// expired-rule: a rule whose time is over, so that nobody will ever qualify again.

#include "base/strings.h"
#include "base/time_text.h"
#include "lint/all_checks.h"

namespace pql {

void CheckExpiredRule(LintContext* context) {
  const std::optional<Timestamp> now = context->options().now;
  if (!now) return;
  const RuleSet& rule_set = context->rule_set();
  for (size_t i = 0; i < rule_set.checked.rules.size(); ++i) {
    const Rule& rule = rule_set.checked.rules[i];
    if (!rule.active_until || rule.mode == RuleMode::kDraft || *now < *rule.active_until) continue;
    context
        ->Report(DiagnosticKind::kExpiredRule, rule_set.rule_syntax[i]->active_until->range,
                 {rule.name, FormatTimestampLiteral(rule.active_until->micros)})
        .hint = "take it away, or give it a later end";
  }
}

}  // namespace pql
