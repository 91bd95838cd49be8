#include "lint/linter.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "lint/allow.h"
#include "lint/check.h"

namespace pql {

LintResult Lint(const RuleSet& rule_set, const LintOptions& options) {
  LintContext context(rule_set, options);
  for (const LintCheck& check : AllLintChecks()) {
    if (!options.allowed.contains(check.kind)) check.run(&context);
  }
  LintResult result;
  AllowList allow(rule_set, &result.diagnostics);
  for (Diagnostic& finding : context.Take()) {
    if (!allow.Covers(finding)) result.diagnostics.push_back(std::move(finding));
  }
  allow.ReportUnused(options, &result.diagnostics);
  std::erase_if(result.diagnostics, [&options](const Diagnostic& finding) {
    return options.allowed.contains(finding.kind);
  });
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

void AddLintFindings(const LintOptions& options, CompileResult* result) {
  if (!result->ok()) return;
  LintResult found = Lint(*result->rule_set, options);
  result->diagnostics = std::move(found.diagnostics);  // without errors there were none
  result->dropped = found.dropped;
}

}  // namespace pql
