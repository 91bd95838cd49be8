// unused-define: a define that no rule, scorecard, output or other define mentions.

#include "base/strings.h"
#include "lint/all_checks.h"
#include "lint/expressions.h"

namespace pql {

void CheckUnusedDefine(LintContext* context) {
  const NameUses& uses = context->Shared<NameUses>();
  const CheckedRuleSet& checked = context->checked();
  for (uint32_t i = 0; i < checked.defines.size(); ++i) {
    const Define& define = checked.defines[i];
    if (define.is_output || uses.OfDefine(i) > 0) continue;
    const bool is_tested = uses.OfDefineInTests(i) > 0;
    Diagnostic& finding =
        context->Report(DiagnosticKind::kUnusedDefine, define.name_range, {define.name});
    finding.hint = is_tested ? "only tests mention it" : "take it away, or use it in a rule";
    if (!is_tested) {
      // Not safe: it may be one that a rule was meant to mention.
      finding.fix = Fix{"take it away", {{define.range, ""}}, false};
    }
  }
}

}  // namespace pql
