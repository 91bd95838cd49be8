// Names, types, units, cycles: from syntax trees to a checked rule set.
//
// All files of a rule set are checked together, in any order; findings go to the sink, one a
// mistake.  The result is complete enough for tools even after errors (expressions with a finding
// are TypedExpression::Kind::kError) but must be evaluated only when the sink has no error.
// Pure functions; thread-safe.

#ifndef PQL_CHECKER_CHECKER_H_
#define PQL_CHECKER_CHECKER_H_

#include <span>
#include <vector>

#include "ast/rule_file.h"
#include "diagnostics/diagnostic.h"
#include "language/checked_rule_set.h"
#include "language/function_registry.h"

namespace pql {

struct CheckLimits {
  size_t max_rules = 100'000;
  // Size of a compiled `matches` pattern, in bytes of RE2's program, and of its text.
  int64_t max_pattern_memory = 1 << 20;
  size_t max_pattern_bytes = 1'000;
};

// REQUIRES: `files` were parsed from `sources`; `functions` outlives the result.
CheckedRuleSet CheckRuleSet(const SourceSet& sources, std::vector<const RuleFile*> files,
                            const FunctionRegistry& functions, const CheckLimits& limits,
                            DiagnosticSink* sink);
CheckedRuleSet CheckRuleSet(const SourceSet& sources, std::span<const RuleFile> files,
                            const FunctionRegistry& functions, const CheckLimits& limits,
                            DiagnosticSink* sink);

// Checks one more condition against a rule set that was checked before: `pql eval --when`, the
// repl.  The result is boolean, or an error node with a finding in the sink.  With `any_type`, any
// expression is welcome.
TypedExpression CheckCondition(const SourceSet& sources, const Expression& condition,
                               const CheckedRuleSet& rule_set, const FunctionRegistry& functions,
                               const CheckLimits& limits, DiagnosticSink* sink,
                               bool any_type = false);

}  // namespace pql

#endif  // PQL_CHECKER_CHECKER_H_
