#include "eval/rule_details.h"

#include <utility>

namespace pql {

const RuleCone& RuleDetailFinder::ConeOf(uint32_t rule) {
  if (cones_[rule] == nullptr) cones_[rule] = std::make_unique<RuleCone>(rule_set_, rule);
  return *cones_[rule];
}

RuleDetails RuleDetailFinder::Find(uint32_t rule, const EvaluationInput& input) {
  RuleDetails details;
  const RuleCone& cone = ConeOf(rule);
  if (options_.explanation) details.explanation = ExplainRule(sources_, cone, input);
  if (options_.gap) {
    Gap gap = FindGap(cone, input, options_.gap_search);
    if (gap.status != Gap::Status::kNone) details.gap = std::move(gap);
  }
  details.next_change = FindChange(rule, input);
  return details;
}

std::optional<NextChange> RuleDetailFinder::FindChange(uint32_t rule,
                                                       const EvaluationInput& input) {
  if (!options_.next_change) return std::nullopt;
  return FindNextChange(ConeOf(rule), input);
}

}  // namespace pql
