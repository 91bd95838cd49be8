// Calculating backwards: which values of one metric give a condition another outcome while all
// other metrics stay as they are.  Private to eval/; pure but for evaluations in the account.

#ifndef PQL_EVAL_INVERSE_H_
#define PQL_EVAL_INVERSE_H_

#include <cstdint>
#include <unordered_set>
#include <vector>

#include "eval/working_account.h"

namespace pql {

// Where a metric stands in a cone, through names.  Keeps a reference to the cone.
class Mentions {
 public:
  Mentions(const RuleCone& cone, uint32_t metric);

  uint32_t metric() const { return metric_; }
  // Whether a part of the value may come from the metric: not by the conditions of a scorecard, nor
  // by a rule.
  bool In(const TypedExpression& expression) const;

 private:
  bool IsIn(Item item) const;

  const RuleCone& cone_;
  const uint32_t metric_;
  std::unordered_set<size_t> items_;  // by index of cone.items()
};

// Values of the metric at which the atom may change its outcome, worked out from what it holds its
// operands against: through arithmetic, the built-in functions, defines and scorecards.  They may
// be off by a rounding; where the metric stands in several places, each is looked at alone.  Of
// texts, those that pass a test; of lists, those of the sizes that are asked for.  Nothing where
// another metric that matters is missing, or a plug-in's function is in the way.
std::vector<Value> ValuesThatMatter(const Atom& atom, const Mentions& metric,
                                    WorkingAccount* account);

}  // namespace pql

#endif  // PQL_EVAL_INVERSE_H_
