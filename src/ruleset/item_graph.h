// Which defines, scorecards and rules depend on which, and which of them a test speaks about: the
// common ground of coverage and mutation.
//
// Keeps a reference to the rule set.  Thread-safe when const.

#ifndef PQL_RULESET_ITEM_GRAPH_H_
#define PQL_RULESET_ITEM_GRAPH_H_

#include <cstdint>
#include <vector>

#include "language/checked_rule_set.h"

namespace pql {

class ItemGraph {
 public:
  // REQUIRES: the rule set outlives the graph, has no errors and keeps its names and their uses:
  // a rule set that was copied from it and has lost some uses is served as well.
  explicit ItemGraph(const CheckedRuleSet& rule_set);

  // What the test's `expect`s depend on, directly or through others, in evaluation order.  `stage`
  // depends on every active rule that gives one.
  std::vector<Item> NeededBy(const Test& test) const;
  // The item and what depends on it, in evaluation order.
  std::vector<Item> DependentsOf(Item item) const;

 private:
  uint32_t PositionOf(Item item) const;
  void AddUses(const TypedExpression& expression, std::vector<uint32_t>* uses) const;
  std::vector<Item> Closure(std::vector<uint32_t> pending,
                            const std::vector<std::vector<uint32_t>>& edges) const;

  const CheckedRuleSet& rule_set_;
  // By position in evaluation_order.
  std::vector<uint32_t> define_positions_;
  std::vector<uint32_t> scorecard_positions_;
  std::vector<uint32_t> rule_positions_;
  std::vector<std::vector<uint32_t>> uses_;
  std::vector<std::vector<uint32_t>> used_by_;
};

// How people call it: `rule slack_team`, `define activated`, `output grade`, `scorecard fit`.
std::string DescribeItem(const CheckedRuleSet& rule_set, Item item);
const std::string& NameOfItem(const CheckedRuleSet& rule_set, Item item);
SourceRange RangeOfItem(const CheckedRuleSet& rule_set, Item item);

// What a draft rule says is not in force yet, so that nobody owes a test for it.
bool IsDraft(const CheckedRuleSet& rule_set, Item item);

// The items but for draft rules, in order of file and place.
std::vector<Item> ItemsInSourceOrder(const CheckedRuleSet& rule_set);

}  // namespace pql

#endif  // PQL_RULESET_ITEM_GRAPH_H_
