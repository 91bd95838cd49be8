// Rule sets: directories of *.pql files (grammar/README.md, "A rule set").  Thread-safe: no state.

#ifndef PQL_RULESET_RULE_DIRECTORY_H_
#define PQL_RULESET_RULE_DIRECTORY_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/rule_set.h"

namespace pql {

// All *.pql files below the directory, in order of path, each named `<directory>/<relative path>`,
// and behind them its `.pqllint` if there is one.
// Fails, naming the path, when the directory or one of the files can't be read or is no regular
// file, when the files have more than `max_bytes` altogether, or far too many files lie in the
// directory (ListFiles): a rule set is never half loaded.
absl::StatusOr<std::vector<SourceText>> ReadRuleDirectory(const std::string& directory,
                                                          size_t max_bytes);

// The id of the rule set kept in a directory: its name (`rules/slack/` gives `slack`, `.` the name
// of the current one).
std::string RuleSetIdOf(const std::string& directory);

// The rule-set directories that `path` stands for: itself when it holds *.pql files at any depth
// but none of its subdirectories is to be a rule set of its own (some *.pql file lies directly in
// it), else its subdirectories that hold some.  A file stands for the directory it lies in.
// NOT_FOUND when nothing is there.
absl::StatusOr<std::vector<std::string>> FindRuleDirectories(const std::string& path);

}  // namespace pql

#endif  // PQL_RULESET_RULE_DIRECTORY_H_
