// Checks sources without taking them into force: what ValidateRules answers.  Thread-safe: no
// state.

#ifndef PQL_ENGINE_RULE_VALIDATION_H_
#define PQL_ENGINE_RULE_VALIDATION_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/limits.h"
#include "engine/snapshot.h"

namespace pql {

struct ValidationRequest {
  std::string rule_set;  // id; empty: `files` are a whole rule set
  // In the place of what the API manages of the rule set, beside what comes from its files; empty:
  // the sources that it has.
  std::vector<SourceText> files;
  std::vector<std::string> allow;  // names of warnings and hints to leave out
  // Looks for warnings, too, as of this moment; nothing: for errors only.
  std::optional<Timestamp> lint_at;
};

// Compiles: takes milliseconds to seconds, so not for a thread that must not wait.
// NOT_FOUND: no such rule set.  INVALID_ARGUMENT: a bad path, a path twice, an unknown name in
// `allow`, more source than limits.max_source_bytes.
absl::StatusOr<CompileResult> ValidateRules(const Snapshot& snapshot, ValidationRequest request,
                                            const Limits& limits, const CompileOptions& options);

}  // namespace pql

#endif  // PQL_ENGINE_RULE_VALIDATION_H_
