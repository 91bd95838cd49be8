// Rule sets as git has them: `HEAD~1:rules/slack`.
//
// git runs as a child process, without a shell; nothing of the working tree is touched.
// Thread-safe: no state.

#ifndef TOOLS_PQL_GIT_SOURCES_H_
#define TOOLS_PQL_GIT_SOURCES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ruleset/rule_set.h"

namespace pql {

// Whether it has the form REV:PATH.
bool IsGitPath(const std::string& path);

// All *.pql files below the tree `REV:PATH`, and the `.pqllint`s, in order of path, named
// `REV:PATH/<relative path>`; hidden directories are left out.  Fails with what git says.
// REQUIRES: IsGitPath(path).
absl::StatusOr<std::vector<SourceText>> ReadGitTree(const std::string& path, size_t max_bytes);

}  // namespace pql

#endif  // TOOLS_PQL_GIT_SOURCES_H_
