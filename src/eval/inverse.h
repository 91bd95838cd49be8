// Calculating backwards: which values of one metric give a condition another outcome while all
// other metrics stay as they are.  Private to eval/; pure but for evaluations in the account.

#ifndef PQL_EVAL_INVERSE_H_
#define PQL_EVAL_INVERSE_H_

#include <cstdint>
#include <vector>

#include "eval/working_account.h"

namespace pql {

// Values of `metric` at which the atom may change its outcome, worked out from what it holds its
// operands against: through arithmetic, the built-in functions, defines and scorecards.  They may
// be off by a rounding; where the metric stands in several places, each is looked at alone.  Of
// texts, those that pass a test; of lists, those of the sizes that are asked for.  Nothing where
// another metric that matters is missing, or a plug-in's function is in the way.
std::vector<Value> ValuesThatMatter(const Atom& atom, uint32_t metric, WorkingAccount* account);

}  // namespace pql

#endif  // PQL_EVAL_INVERSE_H_
