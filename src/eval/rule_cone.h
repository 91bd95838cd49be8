// What one rule's outcome depends on, and its evaluation alone: the common ground of explanation,
// gap and next change.  Its size is that of the rules it is made of, however they build on each
// other.
//
// Keeps references to the rule set.  Thread-safe when const.

#ifndef PQL_EVAL_RULE_CONE_H_
#define PQL_EVAL_RULE_CONE_H_

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "eval/interpreter.h"
#include "eval/metric_set.h"
#include "language/checked_rule_set.h"

namespace pql {

// An atom is a boolean expression that is no connective (`and`, `or`, `not`, `at least`, `if`, the
// name of a condition): where a condition meets data.  Atoms may lie inside of others
// (`coalesce(x > 3, false)`).
struct Atom {
  const TypedExpression* expression = nullptr;
  // Through defines, scorecards and rules.  Where there are very many different sets, it may be
  // that of all metrics of the cone.
  MetricSet metrics;
  // Itself, or through defines and scorecards, but not through other atoms.
  bool sees_clock = false;
  std::vector<size_t> items;  // that it names itself, by index of RuleCone::items(), ascending
};

inline bool IsAtom(const TypedExpression& node) {
  return node.type.IsBool() && !IsConnective(node) && !ItemOf(node).has_value();
}

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
  const std::vector<uint32_t>& metrics() const { return *metrics_; }
  const MetricSet& metric_set() const { return metrics_; }
  bool reads_clock() const { return reads_clock_; }
  bool calls_functions() const { return calls_functions_; }

  // What names a metric or an item itself, by index of atoms() and items(), ascending.
  struct Users {
    std::vector<size_t> atoms;
    std::vector<size_t> items;
  };
  const Users& UsersOf(uint32_t metric) const;
  const Users& UsersOfItem(size_t index) const { return users_of_item_[index]; }
  // Whether an item is true or false: a rule, or a define of that type.
  bool IsCondition(size_t index) const;
  // The items that an item's conditions name themselves, by index, ascending.
  const std::vector<size_t>& ItemsIn(size_t index) const { return items_in_[index]; }
  // The metrics that an item depends on, as an atom's.
  const MetricSet& MetricsOf(size_t index) const { return metrics_of_item_[index]; }
  // Those given and all that they depend on, by index, ascending: each after what it depends on.
  std::vector<size_t> WithAllBelow(const std::vector<size_t>& indices) const;
  // Whether an expression sees the clock, itself or through defines and scorecards, but not through
  // atoms.
  bool SeesClock(const TypedExpression& expression) const;

  // By index, ascending, some items: what goes from name to name, and stops at these, is never
  // nested deeply.  None where nothing is.  Who has done them in this order, and knows what they
  // came to, can be recursive.
  const std::vector<size_t>& landings() const { return landings_; }

  // REQUIRES: it is in the cone.
  size_t IndexOf(Item item) const;
  // Null when the expression is no atom of this cone.
  const Atom* FindAtom(const TypedExpression* expression) const;
  // The instants at which a rule of the cone begins or ends to be active, ascending.
  std::vector<Timestamp> ActiveBounds() const;

  // Evaluates the items of this cone only, into `done`, which can be used again and again, and
  // returns the rule's result there.
  const RuleResult& EvaluateRule(const EvaluationInput& input, Evaluation* done) const;

 private:
  // What stands in an expression itself.
  struct Names {
    std::vector<uint32_t> metrics;  // ascending, as are items
    std::vector<size_t> items;
    bool clock = false;
    void Sort();
  };
  void CollectItems(Item root);
  void LinkItems();
  void CollectNames(const TypedExpression& expression, Names* names) const;
  MetricSet MetricsOf(const Names& names, MetricUnions* unions) const;
  bool SeesClockBelow(const TypedExpression& expression) const;
  void CollectAtoms(const TypedExpression& expression, MetricUnions* unions);
  void CollectLandings();

  const CheckedRuleSet& rule_set_;
  uint32_t rule_;
  std::vector<Item> items_;
  std::vector<Atom> atoms_;
  std::unordered_map<const TypedExpression*, size_t> atom_index_;
  std::unordered_map<uint64_t, size_t> item_index_;  // by kind and index
  MetricSet metrics_;
  bool reads_clock_ = false;
  bool calls_functions_ = false;
  std::unordered_map<uint32_t, Users> users_of_metric_;
  const Users nobody_;
  std::vector<Users> users_of_item_;  // parallel to items_, as are the next three
  std::vector<std::vector<size_t>> items_in_;
  std::vector<MetricSet> metrics_of_item_;
  std::vector<bool> item_sees_clock_;
  std::vector<size_t> landings_;
};

}  // namespace pql

#endif  // PQL_EVAL_RULE_CONE_H_
