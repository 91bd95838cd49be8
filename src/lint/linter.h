// The linter: what is wrong with a rule set that compiles (grammar/README.md, "Findings").
//
// Thread-safe: no state.

#ifndef PQL_LINT_LINTER_H_
#define PQL_LINT_LINTER_H_

#include <cstddef>
#include <optional>
#include <set>
#include <vector>

#include "diagnostics/diagnostic.h"
#include "language/value.h"
#include "ruleset/rule_set.h"

namespace pql {

struct LintOptions {
  // When it is now: what `expired-rule` measures by, which is silent without it.
  std::optional<Timestamp> now;
  // Left out, as on the command line.
  std::set<DiagnosticKind> allowed;
  size_t max_diagnostics = 1000;
};

struct LintResult {
  std::vector<Diagnostic> diagnostics;  // warnings and hints, by file and place
  size_t dropped = 0;                   // findings past max_diagnostics
};

// Runs all checks.  REQUIRES: the rule set compiled without errors.
LintResult Lint(const RuleSet& rule_set, const LintOptions& options = {});

// Adds what the linter finds to what the compiler did, if that found no error.
void AddLintFindings(const LintOptions& options, CompileResult* result);

}  // namespace pql

#endif  // PQL_LINT_LINTER_H_
