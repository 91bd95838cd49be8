// The sources of a rule set, those from files and those of the API side by side.  Pure;
// thread-safe.

#ifndef PQL_ENGINE_RULE_CONTENT_H_
#define PQL_ENGINE_RULE_CONTENT_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "engine/limits.h"
#include "ruleset/rule_set.h"
#include "store/rule_store.h"

namespace pql {

// A source; its text is shared by all revisions that have it.
struct ContentSource {
  std::shared_ptr<const SourceFile> file;
  bool api_managed = false;

  const std::string& path() const { return file->name(); }
};
// In order of path, of two with the same path that of the files first.
using RuleContent = std::vector<ContentSource>;

enum class ContentPart { kFiles, kApi };
RuleContent PartOf(const RuleContent& content, ContentPart part);
// `content` with one part replaced.  REQUIRES: all of `replacement` is of that part.
RuleContent Replace(const RuleContent& content, ContentPart part, RuleContent replacement);
void Insert(ContentSource source, RuleContent* content);
// Null where there is none of that path.
const ContentSource* FindSource(const RuleContent& content, std::string_view path);

// Sources as they are read or sent, in any order.
RuleContent ContentOf(std::vector<SourceText> texts, ContentPart part);
RuleContent ContentOf(std::vector<StoredSource> sources);
// The same texts, taken from `known` where it has them.
RuleContent Shared(RuleContent content, const RuleContent& known);
// For the compiler.
SharedSources SourcesOf(const RuleContent& content);
// By file of a rule set that was compiled from the content.
std::vector<bool> ApiManaged(const RuleSet& rule_set, const RuleContent& content);
// Whether they have the same paths and texts, whoever manages them.
bool HaveSameTexts(const RuleContent& a, const RuleContent& b);

// What makes one content of the other, for the store.
struct ContentChange {
  std::vector<StoredSource> put;      // new, or with another text
  std::vector<StoredSource> removed;  // without their texts
};
ContentChange ChangeOf(const RuleContent& before, const RuleContent& after);

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
