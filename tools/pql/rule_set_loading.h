// Rule sets from the paths of a command line.

#ifndef TOOLS_PQL_RULE_SET_LOADING_H_
#define TOOLS_PQL_RULE_SET_LOADING_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/rule_set.h"
#include "tools/pql/console.h"

namespace pql {

// The limits of the tool, and the functions that it was given.
CompileOptions CompileOptionsOf(const Console& console);

// Reads and compiles the directory.  Fails when it can't be read; findings are in the result.
absl::StatusOr<CompileResult> CompileDirectory(const std::string& directory,
                                               const Console& console);

// The one rule set that RULESET names, to be evaluated.  Null after it has told why not:
// `*status` is then kFindings or kFailure.
std::shared_ptr<const RuleSet> LoadRuleSet(const std::string& path, Console* console, int* status);

// Tells what keeps a rule set from being used; returns kFindings.
int ReportFindings(const CompileResult& compiled, Console* console);

// A rule-set directory that PATH... names.
struct RuleSetPath {
  std::string directory;
  std::vector<std::string> files;  // only these are asked for; empty: all of the directory

  // Whether a source of that name is asked for.
  bool Includes(const std::string& source_name) const;
  // The files, or the directory.
  std::string Shown() const;
};

// What PATH... (default `rules`) stands for, each directory once, in order.
absl::StatusOr<std::vector<RuleSetPath>> ResolvePaths(const std::vector<std::string>& paths);

// "1 error", "3 errors".
std::string Counted(size_t count, std::string_view noun);

}  // namespace pql

#endif  // TOOLS_PQL_RULE_SET_LOADING_H_
