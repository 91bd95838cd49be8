// Why a result is missing: the names that kleene.h gives it, found for the nodes of a plan.  Only
// asked for where a result is missing, so that what is decided does not pay for it.
//
// Keeps references to the run and the evaluation; not thread-safe.

#ifndef PQL_EVAL_PLAN_MISSING_NAMES_H_
#define PQL_EVAL_PLAN_MISSING_NAMES_H_

#include <vector>

#include "eval/interpreter.h"
#include "eval/kleene.h"
#include "eval/plan/plan_run.h"

namespace pql {

class MissingNames {
 public:
  // `done` holds the results of what was evaluated before, with their names.
  MissingNames(PlanRun& run, const Evaluation& done) : run_(run), done_(done) {}

  // The result of a node of the segment that the run is within.  Of a present one that is no
  // condition, its value is some number. REQUIRES: the items that it depends on are done.
  Result Of(const PlanNode& node);
  // The names of all of them together.
  MissingMetrics OfAll(const std::vector<NodeIndex>& roots);

 private:
  std::vector<Result> OfChildren(const PlanNode& node);
  Result OfOperator(const PlanNode& node);
  // What the cell says of a node of which nothing else is known.
  static Result Present(const Cell& cell);
  // The node is no logic: where an operand is missing, or none is but the result is.
  Result OfStrict(const PlanNode& node);
  bool IsHopeless(const PlanNode& node);
  // `a op b`, whose names are known.
  struct Operand {
    Cell cell;
    Result result;
  };
  Operand OperandOf(const PlanNode& node);
  static Result Compare(Operator op, const Operand& a, const Operand& b);
  Result OfIn(const PlanNode& node);
  Result OfBetween(const PlanNode& node);
  Result OfWithin(const PlanNode& node);

  const PlanNodes& nodes() const { return *run_.nodes_; }

  PlanRun& run_;
  const Evaluation& done_;
};

}  // namespace pql

#endif  // PQL_EVAL_PLAN_MISSING_NAMES_H_
