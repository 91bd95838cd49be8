// Conditions as sets of accounts: whether one can be true at all, is always true, holds wherever
// another does, comes to the same as another; and an account that shows it.
//
//   ConditionSpace space(rule_set);
//   const Condition a = space.OfRule(0, index);
//   if (space.NeverTrue(a)) ...                      // proven: no account qualifies
//   if (auto account = space.FindTrue(a)) ...        // shown: this one does
//
// Proofs are never wrong; that there is none says nothing.  Accounts are shown only after the
// reference interpreter has agreed.  So a question has three answers, of which the third is "don't
// know": the condition is too large, or turns on something that is not followed, such as a pattern.
// What is followed exactly stands in grammar/README.md, "What the lint tool can decide".
//
// Rule sets are compared with each other by giving several (`pql diff`): their metrics are matched
// by name.  Keeps references to them.  Methods extend caches: not thread-safe.

#ifndef PQL_LINT_REASONING_CONDITION_SPACE_H_
#define PQL_LINT_REASONING_CONDITION_SPACE_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "language/checked_rule_set.h"
#include "language/typed_expression.h"
#include "lint/reasoning/diagram.h"
#include "lint/reasoning/lowering.h"
#include "lint/reasoning/probe.h"
#include "lint/reasoning/terms.h"
#include "lint/reasoning/witness_search.h"

namespace pql {

enum class Answer : uint8_t { kNo, kYes, kDontKnow };

// Three sets of accounts that make up all of them: on which the condition is true, false, missing.
struct Condition {
  Subject subject;
  // Equal for two conditions of one space if, and in all but a few cases only if, they come to the
  // same for every account: true, false or missing alike.
  DiagramId diagram = kMissing;
};

class ConditionSpace {
 public:
  // REQUIRES: rule sets without errors, which outlive the space.
  explicit ConditionSpace(const CheckedRuleSet& rule_set);
  explicit ConditionSpace(std::vector<const CheckedRuleSet*> rule_sets);
  ConditionSpace(const ConditionSpace&) = delete;
  ConditionSpace& operator=(const ConditionSpace&) = delete;

  // `rule_set` is the place in the list that the space was made with.
  // REQUIRES: a condition of the rule set, which lives as long as the space.
  Condition OfExpression(size_t rule_set, const TypedExpression& expression);
  // The rule's outcome: true is qualified.  Two rules are compared for accounts that both hold
  // already, or neither (`keep while`).
  Condition OfRule(size_t rule_set, uint32_t rule);
  // The rule's outcome within the time that it is active.
  DiagramId OfRuleAnyTime(size_t rule_set, uint32_t rule) {
    return lowering_.OfRuleAnyTime(rule_set, rule);
  }

  // The least and the most that the scorecard can come to, as far as is known.
  struct Range {
    double least = 0;
    double most = 0;
  };
  Range RangeOfScorecard(size_t rule_set, uint32_t scorecard) const;

  // Proven for every account.
  bool NeverTrue(const Condition& a) const { return NeverTrue(a.diagram); }
  bool NeverTrue(DiagramId a) const { return a != kTooLarge && !diagrams_.CanBe(a, kTrue); }
  bool NeverFalse(DiagramId a) const { return a != kTooLarge && !diagrams_.CanBe(a, kFalse); }
  // Never false, and true whenever all metrics are present: it tells no two accounts apart.
  bool AlwaysTrue(const Condition& a) const { return AlwaysTrue(a.diagram); }
  bool AlwaysTrue(DiagramId a) const;
  // b is true wherever a is.
  bool Implies(const Condition& a, const Condition& b) { return Implies(a.diagram, b.diagram); }
  bool Implies(DiagramId a, DiagramId b) { return diagrams_.Implies(a, b).value_or(false); }
  // True, false and missing on the same accounts.
  static bool Same(const Condition& a, const Condition& b) { return a.diagram == b.diagram; }

  // What the reference interpreter says: true, false or missing.
  Value Evaluate(const Condition& condition, const Witness& witness) {
    return probe_.Evaluate(condition.subject, witness);
  }

  // Shown by an account.
  std::optional<Witness> FindTrue(const Condition& a);
  // On which both are true.
  std::optional<Witness> FindBoth(const Condition& a, const Condition& b);
  // On which a is true and b is not.
  std::optional<Witness> FindFirstOnly(const Condition& a, const Condition& b);

  // Both together.
  Answer CanBeTrue(const Condition& a);
  Answer AskImplies(const Condition& a, const Condition& b);
  // Whether they are true on the same accounts; where they are not, false and missing may differ.
  Answer TrueOnTheSame(const Condition& a, const Condition& b);

  // For what is put together of conditions; see diagram.h.
  DiagramStore& diagrams() { return diagrams_; }
  const Terms& terms() const { return terms_; }
  const Lowering& lowering() const { return lowering_; }

 private:
  bool IsTrue(const Condition& condition, const Witness& witness) {
    return Evaluate(condition, witness).IsTrue();
  }

  std::vector<const CheckedRuleSet*> rule_sets_;
  DiagramStore diagrams_;
  Terms terms_;
  Lowering lowering_;
  Probe probe_;
  WitnessSearch search_;
};

}  // namespace pql

#endif  // PQL_LINT_REASONING_CONDITION_SPACE_H_
