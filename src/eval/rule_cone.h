// What one rule's outcome depends on, and its evaluation alone: the common ground of explanation,
// gap and next change.
//
// Keeps references to the rule set.  Thread-safe when const.

#ifndef PQL_EVAL_RULE_CONE_H_
#define PQL_EVAL_RULE_CONE_H_

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "eval/interpreter.h"
#include "language/checked_rule_set.h"

namespace pql {

// An atom is a boolean expression that is no connective (`and`, `or`, `not`, `at least`, `if`, the
// name of a condition): where a condition meets data.  Atoms may lie inside of others
// (`coalesce(x > 3, false)`).
struct Atom {
  const TypedExpression* expression = nullptr;
  std::vector<uint32_t> metrics;  // ascending, through defines and scorecards
  bool reads_clock = false;
  // Defines, scorecards and rules that it depends on, by index of RuleCone::items(), ascending.
  std::vector<size_t> items;
};

class RuleCone {
 public:
  // REQUIRES: an index into rule_set.rules; the rule set outlives the cone.
  RuleCone(const CheckedRuleSet& rule_set, uint32_t rule);

  const CheckedRuleSet& rule_set() const { return rule_set_; }
  uint32_t rule() const { return rule_; }
  // In evaluation order, the rule itself last.
  const std::vector<Item>& items() const { return items_; }
  // In source order of the items they stand in.
  const std::vector<Atom>& atoms() const { return atoms_; }
  const std::vector<uint32_t>& metrics() const { return metrics_; }
  bool reads_clock() const { return reads_clock_; }
  bool calls_functions() const { return calls_functions_; }
  // By index of atoms() and items(), those that depend on a metric.
  const std::vector<size_t>& AtomsThatUse(uint32_t metric) const { return atoms_of_[metric]; }
  const std::vector<size_t>& ItemsThatUse(uint32_t metric) const { return items_of_[metric]; }
  // Null when the expression is no atom of this cone.
  const Atom* FindAtom(const TypedExpression* expression) const;
  // The instants at which a rule of the cone begins or ends to be active, ascending.
  std::vector<Timestamp> ActiveBounds() const;

  // Evaluates the items of this cone only, into `done`, which can be used again and again, and
  // returns the rule's result there.
  const RuleResult& EvaluateRule(const EvaluationInput& input, Evaluation* done) const;

 private:
  struct Dependencies {
    std::vector<uint32_t> metrics;
    std::vector<size_t> items;
    bool reads_clock = false;
  };
  static void Merge(const Dependencies& from, Dependencies* into);
  void CollectItems(Item root);
  Dependencies DependenciesOf(const TypedExpression& expression) const;
  void CollectAtoms(const TypedExpression& expression);

  const CheckedRuleSet& rule_set_;
  uint32_t rule_;
  std::vector<Item> items_;
  std::vector<Atom> atoms_;
  std::unordered_map<const TypedExpression*, size_t> atom_index_;
  std::vector<uint32_t> metrics_;
  std::vector<std::vector<size_t>> atoms_of_;  // by metric, as is the next
  std::vector<std::vector<size_t>> items_of_;
  bool reads_clock_ = false;
  bool calls_functions_ = false;
  std::vector<Dependencies> item_dependencies_;      // parallel to items_
  std::unordered_map<uint64_t, size_t> item_index_;  // by kind and index
};

}  // namespace pql

#endif  // PQL_EVAL_RULE_CONE_H_
