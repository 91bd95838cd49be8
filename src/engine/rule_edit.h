// Rules as callers send them, field by field, and what they do to source texts: a new declaration,
// one changed in place, one taken out.  Pure; thread-safe.

#ifndef PQL_ENGINE_RULE_EDIT_H_
#define PQL_ENGINE_RULE_EDIT_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "ast/rule_file.h"
#include "engine/rule_set_change.h"
#include "language/value.h"
#include "parser/frontend.h"

namespace pql {

// The fields of v1.Rule that a caller can set, by their names there, in their order.
inline constexpr std::string_view kRuleFields[] = {
    "title", "description", "owner", "tags",       "stage",       "mode",
    "when",  "unless",      "score", "keep_while", "active_from", "active_until"};

struct RuleFields {
  std::string title;
  std::string description;
  std::string owner;
  std::vector<std::string> tags;
  std::string stage;
  std::string mode;
  std::string when;
  std::string unless;
  std::string keep_while;
  std::string score;
  std::optional<Timestamp> active_from;
  std::optional<Timestamp> active_until;
};
// Those that are not empty.
std::set<std::string> FilledFields(const RuleFields& fields);

// Fields of a rule, parsed.
struct RuleClauses {
  std::set<std::string> fields;  // which are meant; one that is empty in `syntax` is to go
  RuleSyntax syntax;             // without a name, and without places in any source
  // The expressions as the caller wrote them, by field, with their places in `sources`.
  std::map<std::string, ExpressionPtr> written;
  std::shared_ptr<const SourceSet> sources;
  const Frontend* language = nullptr;
};

// INVALID_ARGUMENT naming the field that is no good.  `*rejection` is set, and the status INVALID_
// ARGUMENT, when an expression is not understood; its findings are in files named `rule.when`.
absl::StatusOr<RuleClauses> ParseClauses(const RuleFields& fields, std::set<std::string> which,
                                         std::string_view language, const ParseLimits& limits,
                                         std::optional<Rejection>* rejection);

// A declaration with these clauses as canonical source.  INVALID_ARGUMENT: no name.
absl::StatusOr<std::string> NewRuleSource(std::string_view name, const RuleClauses& clauses);
// Where a new rule is put: `rules/slack_team.pql`, or with a number where that is taken.
std::string NewRulePath(std::string_view name,
                        const std::function<bool(std::string_view path)>& is_taken);

// The text of a file with the declaration in `range` changed, and in canonical form, its comments
// kept; all else byte for byte.  INTERNAL: that can't be done.
absl::StatusOr<std::string> ChangeRule(std::string_view text, SourceRange range,
                                       const RuleClauses& clauses);
// The text without the declaration and the comments that belong to it: those on the lines right
// above it and behind it.
std::string RemoveDeclaration(std::string_view text, SourceRange range);

// Moves the findings in the rule's conditions to where the caller wrote them.
void MoveToClauses(const RuleClauses& clauses, std::string_view rule, const RuleSet& compiled,
                   Rejection* rejection);

}  // namespace pql

#endif  // PQL_ENGINE_RULE_EDIT_H_
