#include "lint/reasoning/condition_space.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace pql {

ConditionSpace::ConditionSpace(const CheckedRuleSet& rule_set)
    : ConditionSpace(std::vector<const CheckedRuleSet*>{&rule_set}) {}

ConditionSpace::ConditionSpace(std::vector<const CheckedRuleSet*> rule_sets)
    : rule_sets_(std::move(rule_sets)),
      terms_(&diagrams_),
      lowering_(rule_sets_, &diagrams_, &terms_),
      probe_(rule_sets_),
      search_(rule_sets_, diagrams_, terms_) {}

Condition ConditionSpace::OfExpression(size_t rule_set, const TypedExpression& expression) {
  return {{.rule_set = rule_set, .expression = &expression},
          lowering_.OfExpression(rule_set, expression)};
}

Condition ConditionSpace::OfRule(size_t rule_set, uint32_t rule) {
  return {{.rule_set = rule_set, .rule = rule}, lowering_.OfRuleItself(rule_set, rule)};
}

ConditionSpace::Range ConditionSpace::RangeOfScorecard(size_t rule_set, uint32_t scorecard) const {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  Range range = {kInfinity, -kInfinity};
  const auto extend = [&range](double value) {
    range = {std::min(range.least, value), std::max(range.most, value)};
  };
  const DiagramId values = lowering_.OfScorecard(rule_set, scorecard);
  for (const DiagramId terminal : diagrams_.Possible(values, [](AxisId) { return std::nullopt; })) {
    if (!terms_.IsTerm(terminal)) {
      extend(terms_.ConstantOf(terminal).number());
      continue;
    }
    const KeyRange keys = terms_.RangeOf(terms_.TermOf(terminal));
    for (const int64_t key : {keys.low, keys.high}) {
      extend(FromOrderedKey(key, Type::Kind::kNumber).number());
    }
  }
  return range;
}

bool ConditionSpace::AlwaysTrue(DiagramId a) const {
  return NeverFalse(a) && diagrams_.CanBe(a, kTrue) && !diagrams_.CanBeWithAllMetrics(a, kMissing);
}

std::optional<Witness> ConditionSpace::FindTrue(const Condition& a) {
  return search_.Find(a.diagram, kTrue, [&](const Witness& witness) { return IsTrue(a, witness); });
}

std::optional<Witness> ConditionSpace::FindBoth(const Condition& a, const Condition& b) {
  return search_.Find(diagrams_.And(a.diagram, b.diagram), kTrue, [&](const Witness& witness) {
    return IsTrue(a, witness) && IsTrue(b, witness);
  });
}

std::optional<Witness> ConditionSpace::FindFirstOnly(const Condition& a, const Condition& b) {
  const DiagramId not_b = diagrams_.Not(diagrams_.TrueOnly(b.diagram));
  return search_.Find(diagrams_.And(a.diagram, not_b), kTrue, [&](const Witness& witness) {
    return IsTrue(a, witness) && !IsTrue(b, witness);
  });
}

Answer ConditionSpace::CanBeTrue(const Condition& a) {
  if (NeverTrue(a)) return Answer::kNo;
  return FindTrue(a).has_value() ? Answer::kYes : Answer::kDontKnow;
}

Answer ConditionSpace::AskImplies(const Condition& a, const Condition& b) {
  if (Implies(a, b)) return Answer::kYes;
  return FindFirstOnly(a, b).has_value() ? Answer::kNo : Answer::kDontKnow;
}

Answer ConditionSpace::TrueOnTheSame(const Condition& a, const Condition& b) {
  const Answer forth = AskImplies(a, b);
  if (forth == Answer::kNo) return Answer::kNo;
  const Answer back = AskImplies(b, a);
  if (back == Answer::kNo) return Answer::kNo;
  return forth == Answer::kYes && back == Answer::kYes ? Answer::kYes : Answer::kDontKnow;
}

}  // namespace pql
