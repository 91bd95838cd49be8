// What a change of rules means: for each rule, who qualifies now that did not, and who no longer
// does.
//
// A verdict is proven, or shown by an account that the reference interpreter evaluated in both
// versions; where neither succeeds the answer says so.  Pure functions; thread-safe.

#ifndef PQL_LINT_RULE_COMPARISON_H_
#define PQL_LINT_RULE_COMPARISON_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lint/reasoning/probe.h"
#include "ruleset/rule_set.h"

namespace pql {

enum class RuleShift : uint8_t {
  kUnchanged,  // the same accounts qualify
  kWidened,    // some qualify that did not
  kNarrowed,   // some no longer do
  kMoved,      // both
  kUndecided,  // the conditions differ; whether that makes a difference is not known
  kAdded,
  kRemoved,
};
std::string_view RuleShiftName(RuleShift shift);  // "widened"

struct RuleComparison {
  std::string rule;
  RuleShift shift = RuleShift::kUnchanged;
  // Of kWidened and kNarrowed: whether the other direction was excluded.
  bool is_certain = true;
  std::optional<Witness> enters;   // qualifies after, and did not before
  std::optional<Witness> leaves;   // qualified before, and does not after
  std::vector<std::string> notes;  // other changes of effect: "stage `sql` became `pql`"
};

// By name, in order; rules are compared for accounts that both versions hold already, or neither.
// REQUIRES: compiled without errors.
std::vector<RuleComparison> CompareRules(const RuleSet& before, const RuleSet& after);

}  // namespace pql

#endif  // PQL_LINT_RULE_COMPARISON_H_
