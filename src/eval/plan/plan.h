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
//
// The code of a plan comes in segments.  A plan for a rule set of which few rules are new has a
// segment for these, and shares the others with the plan before.

#ifndef PQL_EVAL_PLAN_PLAN_H_
#define PQL_EVAL_PLAN_PLAN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "eval/interpreter.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/plan_node.h"
#include "eval/plan/plan_program.h"
#include "eval/plan/rule_changes.h"
#include "language/checked_rule_set.h"

namespace pql {

class PlanBuilder;

// Code that was compiled together, and what keeps the expressions alive that it points into.
struct PlanSegment {
  PlanNodes nodes;
  PlanProgram program;
  std::vector<std::shared_ptr<const void>> owners;
};

class Plan {
 public:
  // REQUIRES: `rule_set` was checked without errors.
  explicit Plan(const CheckedRuleSet& rule_set);
  // Null where it has to be compiled as a whole.  REQUIRES: `rule_set` was checked without errors,
  // has the metrics, defines, scorecards and stages of the plan before, and `changes` leads to it.
  static std::unique_ptr<const Plan> After(const Plan& before, const RuleChanges& changes,
                                           const CheckedRuleSet& rule_set);
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;

  const CheckedRuleSet& rule_set() const { return rule_set_; }
  const MetricLayout& layout() const { return layout_; }
  // What an answer shows beside its rules, outputs and scorecards, and all that these depend on; in
  // evaluation order.
  const std::vector<Item>& answer_items() const { return answer_items_; }
  // How many rules there is code of that are not there any more, or have newer code.
  size_t stale_rules() const { return stale_rules_; }
  // What the compiled form takes, without the rule set itself.
  size_t MemoryBytes() const;

  // Items that depend on each other over more steps than this are computed in order, not on demand.
  static constexpr uint32_t kMaxChainOnDemand = 16;

 private:
  Plan(const Plan& before, const RuleChanges& changes, const CheckedRuleSet& rule_set);

  friend class PlanRun;
  friend class MissingNames;
  friend class RowExpander;
  friend class ColumnProgramBuilder;
  friend class MatchRun;

  struct RuleCode {
    const PlanSegment* segment = nullptr;
    Place begin = kFalseEnd;
    NodeIndex condition = kNoNode;
    NodeIndex score = kNoNode;  // or none

    const PlanNode& root() const { return segment->nodes[condition]; }
  };
  struct DefineCode {
    const PlanSegment* segment = nullptr;
    NodeIndex value = kNoNode;
    Place begin = kFalseEnd;  // of a boolean one
    bool is_condition = false;

    const PlanNode& root() const { return segment->nodes[value]; }
  };
  struct ScorecardCode {
    const PlanSegment* segment = nullptr;
    std::vector<NodeIndex> lines;  // a node each
  };

  void Compile(std::span<const Item> items);
  void CompileItem(Item item, PlanBuilder* builder, PlanSegment* segment);
  void NoteChain(Item item, const PlanSegment& segment, NodeIndex first_node);
  void FindAnswerItems();
  // Of an item among all of the rule set.
  size_t NumberOf(Item item) const;

  const CheckedRuleSet& rule_set_;
  MetricLayout layout_;
  std::vector<std::shared_ptr<const PlanSegment>> segments_;
  std::vector<RuleCode> rules_;
  std::vector<DefineCode> defines_;
  std::vector<ScorecardCode> scorecards_;
  // By rule: one more than the stage that it gives; 0: none, or it is not active.
  std::vector<uint32_t> stages_;
  std::vector<Item> answer_items_;
  std::vector<uint32_t> holding_rules_;  // whose code has their own index, ascending
  size_t stale_rules_ = 0;
  // How many items, at most, an item depends on one behind the other.
  std::vector<uint32_t> chain_;  // by NumberOf
  uint32_t longest_chain_ = 0;
};

// The interpreter's answer by way of a plan made by the caller; for many accounts use a PlanRun.
Evaluation Evaluate(const Plan& plan, const EvaluationInput& input);

}  // namespace pql

#endif  // PQL_EVAL_PLAN_PLAN_H_
