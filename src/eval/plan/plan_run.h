// The evaluation of accounts by a compiled plan, one after the other, with memory that is used
// again.
//
// Defines, scorecards and rules that others name are computed when they are asked for, once an
// account.  Keeps a reference to the plan, and to the account from Begin on.  Not thread-safe: one
// a thread.

#ifndef PQL_EVAL_PLAN_PLAN_RUN_H_
#define PQL_EVAL_PLAN_PLAN_RUN_H_

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "eval/interpreter.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/cell.h"
#include "eval/plan/plan.h"

namespace pql {

class PlanRun {
 public:
  explicit PlanRun(const Plan& plan);

  // Turns to an account.  `held`: as EvaluationInput::held.  Both must stay until the next Begin.
  // REQUIRES: the account is bound to this plan's layout.
  void Begin(const BoundAccount& account, Timestamp now,
             const std::vector<bool>& held = kNoneHeld) {
    keys_ = account.keys();
    payloads_ = account.payloads();
    held_ = &held;
    now_ = now;
    if (++account_number_ == 0 || has_work_to_begin_) BeginAnew();
  }

  const MetricKey* keys() const { return keys_; }  // of the account

  Outcome OutcomeOf(uint32_t rule) {
    Computed<Outcome>& computed = rules_[rule];
    if (computed.account != account_number_) {
      const Plan::RuleCode& code = plan_.rules_[rule];
      computed.value = static_cast<Outcome>(Execute(*code.segment, code.begin));
      computed.account = account_number_;
    }
    return computed.value;
  }
  // As RuleResult::score.  REQUIRES: the rule is qualified.
  std::optional<double> ScoreOf(uint32_t rule);
  const ScorecardResult& ScorecardOf(uint32_t scorecard);  // without missing names
  Cell DefineOf(uint32_t define);
  // Of any boolean node of the plan: what a rule of that condition would come to.
  Outcome OutcomeOfNode(const PlanSegment& segment, NodeIndex node) {
    const Within within(this, segment);
    return static_cast<Outcome>(Decide(segment.nodes[node]));
  }
  // The highest stage that an active qualified rule gives.
  std::optional<uint32_t> Stage();

  // Everything, with the names of missing metrics: what the interpreter's Evaluate returns.
  Evaluation Evaluate();
  // As the interpreter's EvaluateItems: only the entries of these items change in `done`.
  // REQUIRES: with each item, those that it depends on come before it.
  void EvaluateItems(std::span<const Item> items, Evaluation* done);

 private:
  friend class MissingNames;
  static const std::vector<bool> kNoneHeld;

  enum class Truth : uint8_t { kFalse, kTrue, kMissing };  // numbered as Outcome, and as the ends

  // Nodes that are walked are those of one segment at a time.
  class Within {
   public:
    Within(PlanRun* run, const PlanSegment& segment)
        : nodes_(run->nodes_), before_(std::exchange(run->nodes_, &segment.nodes)) {}
    ~Within() { nodes_ = before_; }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;

   private:
    const PlanNodes*& nodes_;
    const PlanNodes* const before_;
  };

  Place Execute(const PlanSegment& segment, Place place);
  static Place PlaceAfter(const Exits& exits, Truth truth);
  Truth DecideInstruction(const PlanSegment& segment, const Instruction& op);
  Cell Evaluate(const PlanNode& node);
  Truth Decide(const PlanNode& node);
  Truth DecideOperator(const PlanNode& node);
  Truth DecideAtLeast(int needed, const PlanNode& node);
  Truth DecideIn(const PlanNode& node);
  Truth DecideBetween(const PlanNode& node);
  Truth DecideWithin(const PlanNode& node);
  Truth DecideMatches(const PlanNode& node);
  Cell EvaluateOperator(const PlanNode& node);
  Cell EvaluateMetric(uint32_t metric) const;
  Cell EvaluateFirstPresent(const PlanNode& node);
  Cell Call(const PlanNode& node);
  Cell Keep(Value value);
  static Truth TruthOf(bool truth) { return truth ? Truth::kTrue : Truth::kFalse; }
  static Truth TruthOf(const Cell& cell);
  static Truth Opposite(Truth truth);
  static Cell CellOf(Truth truth);
  // Before the first value of an account, where items could depend on each other so deeply that
  // asking one for the next would use up the stack.
  void ComputeInOrder();
  // What is rarely to be done when an account begins.
  void BeginAnew();

  const Plan& plan_;
  const PlanNodes* nodes_ = nullptr;
  const MetricKey* keys_ = nullptr;
  const MetricPayload* payloads_ = nullptr;
  const std::vector<bool>* held_ = &kNoneHeld;
  Timestamp now_;

  // What was computed, and for which account of those that came.
  template <typename T>
  struct Computed {
    uint32_t account = 0;
    T value;
  };
  uint32_t account_number_ = 0;
  std::vector<Computed<Outcome>> rules_;
  std::vector<Computed<Cell>> defines_;
  std::vector<Computed<ScorecardResult>> scorecards_;
  std::deque<Value> values_;  // texts and lists that functions returned
  // Calls that gave nothing, so that who looks for the names of what is missing does not make them
  // again: a plug-in's may be slow, and are counted.
  std::vector<const PlanNode*> failed_calls_;
  const bool compute_in_order_;
  bool has_work_to_begin_;
};

}  // namespace pql

#endif  // PQL_EVAL_PLAN_PLAN_RUN_H_
