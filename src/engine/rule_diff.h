// What a change of sources means, rule by rule.  Pure; thread-safe.

#ifndef PQL_ENGINE_RULE_DIFF_H_
#define PQL_ENGINE_RULE_DIFF_H_

#include <vector>

#include "ruleset/rule_set.h"
#include "store/rule_store.h"

namespace pql {

// In order of name.  A rule whose own text is the same in canonical form is a change only where
// something that it depends on, directly or not, is not: comments and layout do not count there.
// `before` may be null: everything is new.  REQUIRES: both compiled without errors.
std::vector<StoredRuleChange> DiffRules(const RuleSet* before, const RuleSet& after);

}  // namespace pql

#endif  // PQL_ENGINE_RULE_DIFF_H_
