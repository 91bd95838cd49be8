#include "eval/plan/rule_changes.h"

namespace pql {

// Both are in order of name.  Where rules are shared, which is almost everywhere, only pointers are
// compared.
RuleChanges RuleChanges::Between(const SharedList<Rule>& before, const SharedList<Rule>& now) {
  RuleChanges changes;
  changes.now.assign(before.size(), kNone);
  changes.before.assign(now.size(), kNone);
  uint32_t old_rule = 0;
  uint32_t rule = 0;
  while (rule < now.size()) {
    if (old_rule < before.size() && before.handles()[old_rule] == now.handles()[rule]) {
      changes.before[rule] = old_rule;
      changes.now[old_rule++] = rule++;
      continue;
    }
    const int order = old_rule == before.size() ? 1 : before[old_rule].name.compare(now[rule].name);
    if (order <= 0) ++old_rule;
    if (order >= 0) changes.added.push_back(rule++);
  }
  return changes;
}

}  // namespace pql
