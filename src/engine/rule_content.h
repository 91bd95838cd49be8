// The sources of a rule set as the store keeps them: those from files and those of the API side by
// side.  Pure; thread-safe.

#ifndef PQL_ENGINE_RULE_CONTENT_H_
#define PQL_ENGINE_RULE_CONTENT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/limits.h"
#include "ruleset/rule_set.h"
#include "store/rule_store.h"

namespace pql {

using RuleContent = std::vector<StoredSource>;

enum class ContentPart { kFiles, kApi };
RuleContent PartOf(const RuleContent& content, ContentPart part);
// `content` with one part replaced.  REQUIRES: all of `replacement` is of that part.
RuleContent Replace(const RuleContent& content, ContentPart part, RuleContent replacement);

// Sources as the directory watcher reads them, and back, for the compiler.
RuleContent FromFiles(const std::vector<SourceText>& files);
std::vector<SourceText> TextsOf(const RuleContent& content);
// What a compiled rule set was made of.
RuleContent ContentOf(const RuleSet& rule_set, const std::vector<bool>& api_managed);
// By file of the compiled content.
std::vector<bool> ApiManaged(const RuleSet& rule_set, const RuleContent& content);

// The path that a source of the API and one from the files share: findings could not tell them
// apart.  Empty: there is none.
std::string SharedPath(const RuleContent& content);

// INVALID_ARGUMENT: more sources of a rule set than the limit.
absl::Status CheckSourceCount(size_t count, const Limits& limits);
// INVALID_ARGUMENT: a path that is no path, a path twice, more files or bytes than the limits.
absl::Status CheckSentFiles(const std::vector<SourceText>& files, const Limits& limits);
// INVALID_ARGUMENT naming `field`: an id that can't be that of a new rule set, whose name is one
// part of a path.
absl::Status CheckNewRuleSetId(std::string_view field, std::string_view id);

}  // namespace pql

#endif  // PQL_ENGINE_RULE_CONTENT_H_
