// The changes that callers make: of one rule, of all that the API manages, back to an earlier
// revision.  Each blocks while it compiles and commits.  Thread-safe.

#ifndef PQL_ENGINE_RULE_CHANGES_H_
#define PQL_ENGINE_RULE_CHANGES_H_

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/rule_edit.h"
#include "engine/rule_set_change.h"

namespace pql {

using EncodeChange = std::function<std::string(const ChangeResult& result)>;

// What all changes have in common.
struct ChangeFrame {
  std::string rule_set;  // its id
  ChangeOptions options;
  Caller caller;
  EncodeChange encode;
};

struct RuleChange {
  std::string rule;
  RuleFields fields;
  std::set<std::string> mask;  // the fields to change
  std::string language;        // of expressions; empty: the rules language
  std::string etag;            // of the rule that is meant; empty: any
};

// Besides the errors of RuleSetManager::Change:
// ALREADY_EXISTS: a rule has the name.
ChangeAnswer CreateRule(Engine* engine, ChangeFrame frame, const RuleChange& change);
// NOT_FOUND; FAILED_PRECONDITION: it comes from a file; ABORTED: its etag is another one.
ChangeAnswer UpdateRule(Engine* engine, ChangeFrame frame, const RuleChange& change);
ChangeAnswer DeleteRule(Engine* engine, ChangeFrame frame, const std::string& rule,
                        const std::string& etag);
// Makes the rule set if there is none.  INVALID_ARGUMENT: a bad path or id, too much.
ChangeAnswer ApplyRuleSet(Engine* engine, ChangeFrame frame, const std::vector<SourceText>& files);
// NOT_FOUND: there is no such revision.
ChangeAnswer RollbackRuleSet(Engine* engine, ChangeFrame frame, int64_t revision);

}  // namespace pql

#endif  // PQL_ENGINE_RULE_CHANGES_H_
