// A compiled plan: a checked rule set made ready to be evaluated fast.
//
// Every predicate over one metric is one comparison of keys (metric_key.h), every condition a chain
// of instructions with exits for true, false and missing (plan_program.h), all else typed nodes
// over keys and views (plan_node.h, cell.h).  The answers are those of the interpreter, bit for
// bit, which plan_differential_test holds it to.
//
// Usage:
//   Plan plan(checked);
//   PlanRun run(plan);                       // one a thread, for any number of accounts
//   BoundAccounts accounts(plan.layout());
//   BoundAccount account = accounts[0];
//   account.SetNumber(metric, 2'000);        // or account.Bind(view)
//   run.Begin(account, now);
//   run.OutcomeOf(rule);                     // outcomes only
//   run.Evaluate();                          // everything, as Evaluate(checked, input) has it
//
// Keeps references to the rule set, which must outlive it.  Immutable; thread-safe.

#ifndef PQL_EVAL_PLAN_PLAN_H_
#define PQL_EVAL_PLAN_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "eval/interpreter.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/plan_node.h"
#include "eval/plan/plan_program.h"
#include "language/checked_rule_set.h"

namespace pql {

class Plan {
 public:
  // REQUIRES: `rule_set` was checked without errors.
  explicit Plan(const CheckedRuleSet& rule_set);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  const CheckedRuleSet& rule_set() const { return rule_set_; }
  const MetricLayout& layout() const { return layout_; }
  // What the compiled form takes, without the rule set itself.
  size_t MemoryBytes() const;

 private:
  friend class PlanRun;
  friend class MissingNames;
  friend class RowExpander;
  friend class ColumnProgramBuilder;

  struct RuleCode {
    Place begin = kFalseEnd;
    NodeIndex condition = kNoNode;
    NodeIndex score = kNoNode;  // or none
  };
  struct DefineCode {
    NodeIndex value = kNoNode;
    Place begin = kFalseEnd;  // of a boolean one
    bool is_condition = false;
  };

  void BuildNodes();
  void BuildPrograms();
  void NoteChain(Item item, NodeIndex first_node);
  uint32_t& ChainOf(Item item);

  const CheckedRuleSet& rule_set_;
  MetricLayout layout_;
  PlanNodes nodes_;
  PlanProgram program_;
  std::vector<RuleCode> rules_;
  std::vector<DefineCode> defines_;
  std::vector<std::vector<NodeIndex>> scorecards_;  // by scorecard, a node a line
  // How many items, at most, an item depends on one behind the other.
  std::vector<uint32_t> chain_;
  uint32_t longest_chain_ = 0;
};

// The interpreter's answer by way of a plan made by the caller; for many accounts use a PlanRun.
Evaluation Evaluate(const Plan& plan, const EvaluationInput& input);

}  // namespace pql

#endif  // PQL_EVAL_PLAN_PLAN_H_
