// Checks what little of a large rule set has changed: takes over from the version before whatever
// the change can't concern.
//
// Only rules may differ.  Checked anew are those in files with another text, and those that name
// other rules, whose indices may have moved.  All other rules name nothing but metrics, defines and
// scorecards, which are the same: their checked form is shared.  Pure function; thread-safe.

#ifndef PQL_CHECKER_CHANGE_CHECKER_H_
#define PQL_CHECKER_CHANGE_CHECKER_H_

#include <optional>
#include <vector>

#include "ast/rule_file.h"
#include "checker/checker.h"
#include "diagnostics/source.h"
#include "language/checked_rule_set.h"
#include "language/function_registry.h"

namespace pql {

// A rule set that was checked without findings, with the syntax of its rules, by index.
struct RulesBefore {
  const CheckedRuleSet& checked;
  const std::vector<const RuleSyntax*>& syntax;
};

// The files that differ, without which the two versions are the same.
struct ChangedFiles {
  std::vector<const RuleFile*> before;
  std::vector<const RuleFile*> after;
};

struct ChangedRules {
  CheckedRuleSet checked;
  std::vector<const RuleSyntax*> syntax;
};

// What CheckRuleSet makes of the rule set after the change, but for the order of evaluation, which
// may be another right one.  Nothing where the change can't be checked so: it concerns more than
// rules, or there are findings, or a test may mean something else; then check the whole.
// REQUIRES: as CheckRuleSet.
std::optional<ChangedRules> CheckChange(const SourceSet& sources, const RulesBefore& before,
                                        const ChangedFiles& files,
                                        const FunctionRegistry& functions,
                                        const CheckLimits& limits);

}  // namespace pql

#endif  // PQL_CHECKER_CHANGE_CHECKER_H_
