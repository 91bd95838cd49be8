// `pql lint --fix`: applies safe fixes to the files of a rule set.

#ifndef TOOLS_PQL_LINT_FIX_H_
#define TOOLS_PQL_LINT_FIX_H_

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "diagnostics/diagnostic.h"
#include "ruleset/rule_set.h"

namespace pql {

struct FixResult {
  std::vector<SourceText> sources;   // all of the rule set, fixed
  std::vector<std::string> changed;  // names of those that differ from before
  size_t applied = 0;                // fixes
};

// What is found in a rule set: its compiler's findings and whatever else a linter adds.
using FindFindings = std::function<CompileResult(const std::vector<SourceText>& sources)>;

// Applies the safe fixes of those findings that `wanted` accepts, again and again until none is
// left, for a fix may uncover the next finding.  Fixes that would make a file's syntax worse, or
// break a rule set without errors, are not applied.  Pure.
FixResult FixSources(std::vector<SourceText> sources, const FindFindings& find,
                     const std::function<bool(const SourceSet&, const Diagnostic&)>& wanted);

}  // namespace pql

#endif  // TOOLS_PQL_LINT_FIX_H_
