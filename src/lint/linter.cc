#include "lint/linter.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "lint/check.h"

namespace pql {

LintResult Lint(const RuleSet& rule_set, const LintOptions& options) {
  LintContext context(rule_set, options);
  for (const LintCheck& check : AllLintChecks()) {
    if (!options.allowed.contains(check.kind)) check.run(&context);
  }
  LintResult result;
  result.diagnostics = context.Take();
  std::stable_sort(result.diagnostics.begin(), result.diagnostics.end(),
                   [](const Diagnostic& a, const Diagnostic& b) {
                     return std::tie(a.range, a.kind) < std::tie(b.range, b.kind);
                   });
  if (result.diagnostics.size() > options.max_diagnostics) {
    result.dropped = result.diagnostics.size() - options.max_diagnostics;
    result.diagnostics.resize(options.max_diagnostics);
  }
  return result;
}

}  // namespace pql
