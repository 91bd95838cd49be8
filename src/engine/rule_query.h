// Reading rules and rule sets: names of resources, filters, pages, etags.  Pure; thread-safe.

#ifndef PQL_ENGINE_RULE_QUERY_H_
#define PQL_ENGINE_RULE_QUERY_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/snapshot.h"

namespace pql {

// `ruleSets/slack`, `ruleSets/slack/schema`, `ruleSets/slack/rules/slack_team`: see rule.proto.
std::string RuleSetName(std::string_view rule_set);
std::string RuleName(std::string_view rule_set, std::string_view rule);
struct RuleReference {
  std::string rule_set;
  std::string rule;
};
std::string RevisionName(std::string_view rule_set, int64_t revision);
struct RevisionReference {
  std::string rule_set;
  int64_t revision = 0;
};
// INVALID_ARGUMENT naming `field` when the text has another form.
absl::StatusOr<std::string> ParseRuleSetName(std::string_view field, std::string_view name);
absl::StatusOr<std::string> ParseSchemaName(std::string_view field, std::string_view name);
absl::StatusOr<RevisionReference> ParseRevisionName(std::string_view field, std::string_view name);
absl::StatusOr<RuleReference> ParseRuleName(std::string_view field, std::string_view name);

// Empty fields let everything through.
struct RuleFilter {
  std::string stage;
  std::string mode;  // "active", "shadow", "draft"
  std::string tag;
  std::string owner;
};
// Indices in order of name.  INVALID_ARGUMENT for a mode that there is not; a stage, tag or owner
// that no rule has selects none.
absl::StatusOr<std::vector<uint32_t>> SelectRules(const CheckedRuleSet& rule_set,
                                                  const RuleFilter& filter);

struct PageRequest {
  int32_t size = 0;   // 0: 100; above 1000: 1000
  std::string token;  // of the page before
  std::string query;  // what the pages are of: parent and filters; a token fits no other
  int64_t revision = 0;
};
struct Page {
  size_t begin = 0;
  size_t end = 0;
  std::string next_token;  // empty: the last page
};
// Which of `total` results to return.  INVALID_ARGUMENT: a negative size, a token that is no token
// or of another query; ABORTED: the revision is another one by now.
absl::StatusOr<Page> SelectPage(const PageRequest& request, size_t total);

// Pages of what is not counted but has positions, which grow smaller from page to page.
struct Cursor {
  size_t size = 0;
  int64_t position = 0;  // the last one of the page before; 0: the first page
};
// INVALID_ARGUMENT as SelectPage; `revision` does not count.
absl::StatusOr<Cursor> ReadCursor(const PageRequest& request);
std::string WriteCursor(int64_t position, std::string_view query);

// Change whenever what they stand for does.
std::string RuleEtag(const RuleSet& rule_set, const Rule& rule);
std::string RuleSetEtag(const RuleSetState& state);

}  // namespace pql

#endif  // PQL_ENGINE_RULE_QUERY_H_
