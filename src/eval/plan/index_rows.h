// A rule's condition as rows, of which it is the Kleene `or`: each row is an `and` of predicates
// over one metric each, and of what no key can tell.  What the predicate index is built from. Pure
// functions; thread-safe.

#ifndef PQL_EVAL_PLAN_INDEX_ROWS_H_
#define PQL_EVAL_PLAN_INDEX_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "eval/plan/key_set.h"

namespace pql {

class Plan;

struct IndexRow {
  struct Test {
    uint32_t metric;
    KeySet set;
  };
  absl::InlinedVector<Test, 4> tests;  // at most one a metric
  // More than the tests must hold, which only the plan can tell.
  bool has_rest = false;
};

// The rows of a rule, at least one unless it is never anything but not qualified.  Distributive
// laws and De Morgan's hold for missing values too, so that rows without a rest say exactly what
// the condition does.  Conditions that would take too many rows become a rest.
std::vector<IndexRow> RowsOf(const Plan& plan, uint32_t rule);

}  // namespace pql

#endif  // PQL_EVAL_PLAN_INDEX_ROWS_H_
