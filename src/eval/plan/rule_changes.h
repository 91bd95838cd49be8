// Which rules of a rule set are those of the version before it.  A value; thread-safe when const.

#ifndef PQL_EVAL_PLAN_RULE_CHANGES_H_
#define PQL_EVAL_PLAN_RULE_CHANGES_H_

#include <cstdint>
#include <limits>
#include <vector>

#include "language/checked_rule_set.h"

namespace pql {

struct RuleChanges {
  static constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

  std::vector<uint32_t> now;     // by rule of the version before: its index; kNone: it is gone
  std::vector<uint32_t> before;  // by rule: its index in the version before; kNone: it is new
  std::vector<uint32_t> added;   // the new ones, ascending

  // Rules are the same where the two versions share them.
  static RuleChanges Between(const SharedList<Rule>& before, const SharedList<Rule>& now);
};

}  // namespace pql

#endif  // PQL_EVAL_PLAN_RULE_CHANGES_H_
