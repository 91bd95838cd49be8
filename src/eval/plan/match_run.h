// Which rules an account qualifies for, and what an answer shows beside them: all that is to be
// known of an account where nobody asks for the rules that it does not meet.  By the predicate
// index where the rule set has one, else rule by rule.
//
// Finds what PlanRun::Evaluate finds.  Keeps references to the plan and the index, and to the
// account from Match on.  Not thread-safe: one a thread, or one after the other from a
// MatchRunPool.

#ifndef PQL_EVAL_PLAN_MATCH_RUN_H_
#define PQL_EVAL_PLAN_MATCH_RUN_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "eval/interpreter.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/plan.h"
#include "eval/plan/plan_run.h"
#include "eval/plan/rule_index.h"

namespace pql {

struct AccountMatches {
  // Rules in order of name, active and shadow ones together; all others are not qualified.
  std::vector<uint32_t> qualified;
  std::vector<uint32_t> unknown;
  std::optional<uint32_t> stage;
};

class MatchRun {
 public:
  // `index`: of the plan; null: it has none.
  MatchRun(const Plan& plan, const RuleIndex* index);

  // Valid until the next call.  `held`: as EvaluationInput::held.  REQUIRES: the account is bound
  // to the plan's layout.
  const AccountMatches& Match(const BoundAccount& account, Timestamp now,
                              const std::vector<bool>& held = {});

  // Everything, as PlanRun::Evaluate finds it, for answers that show rules that do not qualify too.
  // Valid until the next call.
  const Evaluation& EvaluateAll(const BoundAccount& account, Timestamp now,
                                const std::vector<bool>& held = {});

  // Of the account of the last Match:
  // For whatever else is to be known of it.
  PlanRun& run() { return run_; }
  // As RuleResult::score.  REQUIRES: the rule is qualified.
  std::optional<double> ScoreOf(uint32_t rule) { return run_.ScoreOf(rule); }
  // The outputs and scorecards, with the names of missing metrics; of all else nothing.
  const Evaluation& Answers();

 private:
  void Begin(const BoundAccount& account, Timestamp now, const std::vector<bool>& held);
  void MatchEach();
  // Appends the rules, each once, in ascending order.
  void Sort(std::span<const uint32_t> rules, std::vector<uint32_t>* sorted);

  const Plan& plan_;
  PlanRun run_;
  std::optional<RuleMatcher> matcher_;
  std::vector<bool> held_;
  AccountMatches matches_;
  std::vector<uint64_t> bits_;  // by rule; all clear between calls
  Evaluation answers_;
};

// Runs that are used again: one for 100,000 rules takes megabytes.  Thread-safe; keeps references
// to both.
class MatchRunPool {
 public:
  MatchRunPool(const Plan& plan, const RuleIndex* index) : plan_(plan), index_(index) {}

  // A run for the caller alone.  REQUIRES: it is given back while the pool exists.
  std::unique_ptr<MatchRun> Take();
  void GiveBack(std::unique_ptr<MatchRun> run);

 private:
  const Plan& plan_;
  const RuleIndex* const index_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<MatchRun>> idle_;
};

}  // namespace pql

#endif  // PQL_EVAL_PLAN_MATCH_RUN_H_
