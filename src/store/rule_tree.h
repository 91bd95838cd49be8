// The directory of a server's rule files: each subdirectory that holds *.pql files is a rule set
// (README.md, "The server"), `.pqllint` included.  Bytes only; nothing is parsed.
// Thread-safe: no state.

#ifndef PQL_STORE_RULE_TREE_H_
#define PQL_STORE_RULE_TREE_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/rule_set.h"

namespace pql {

// The sources of a rule set, named relative to the directory of all (`slack/metrics.pql`), or why
// they can't be read: a rule set is never half read.
using RuleSetSources = absl::StatusOr<std::vector<SourceText>>;

// All rule sets by id.
using RuleTree = std::map<std::string, RuleSetSources, std::less<>>;

struct RuleTreeLimits {
  size_t max_file_bytes = 4 << 20;       // of one file
  size_t max_rule_set_bytes = 64 << 20;  // of all files of a rule set
  size_t max_files = 100'000;            // of a rule set
};

// Reads all rule sets below `root`.  Fails only when `root` itself can't be listed; what is wrong
// with one rule set is that rule set's error.
absl::StatusOr<RuleTree> ReadRuleTree(const std::string& root, const RuleTreeLimits& limits);

// The *.pql files that lie directly in `root`, outside of every rule set: names, in order.
absl::StatusOr<std::vector<std::string>> FindStrayRuleFiles(const std::string& root);

// Changes whenever a file of the tree is added, removed, replaced or written to; reads no content.
// A tree that can't be listed has a fingerprint too.
std::string FingerprintOf(const std::string& root);

}  // namespace pql

#endif  // PQL_STORE_RULE_TREE_H_
