// One evaluation request: which rule set, which rules to report, which time; then one account after
// the other.  All of them see the same revision.
//
// Keeps its snapshot alive.  Thread-safe when const, but for RunInDetail.

#ifndef PQL_ENGINE_EVALUATION_H_
#define PQL_ENGINE_EVALUATION_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "engine/snapshot.h"
#include "eval/interpreter.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/plan.h"
#include "eval/rule_details.h"

namespace pql {

struct EvaluationRequest {
  std::string rule_set;            // its id
  bool all = false;                // report every rule, not only those that qualify
  std::vector<std::string> rules;  // report only these; empty: all
  std::optional<Timestamp> now;    // absent: the clock
  DetailOptions details;           // what to find out about reported rules beyond their outcomes
};

// A rule that the answer shows.
struct ReportedRule {
  uint32_t rule = 0;
  RuleResult result;
};

// What was found out about one account, as far as the request asks for it.
struct AccountResult {
  std::vector<ReportedRule> rules;         // active ones, in order of name
  std::vector<ReportedRule> shadow_rules;  // likewise
  std::vector<Result> defines;             // by define, of outputs; others may be left out
  std::vector<ScorecardResult> scorecards;
  std::optional<uint32_t> stage;
  std::vector<RuleDetails> details;      // by rule; empty: not asked for
  std::optional<Timestamp> next_change;  // the first of any rule that is evaluated
};

class EvaluationSession {
 public:
  // NOT_FOUND: no such rule set, or none of its versions ever compiled (FAILED_PRECONDITION);
  // INVALID_ARGUMENT: a name in `rules` that is no active or shadow rule.
  static absl::StatusOr<EvaluationSession> Begin(std::shared_ptr<const Snapshot> snapshot,
                                                 const EvaluationRequest& request,
                                                 const Clock& clock);

  const CheckedRuleSet& checked() const { return state_->rule_set->checked; }
  const RuleSet& rule_set() const { return *state_->rule_set; }
  const std::shared_ptr<const RuleSet>& shared_rule_set() const { return state_->rule_set; }
  const Snapshot& snapshot() const { return *snapshot_; }
  int64_t revision() const { return state_->revision; }
  // Where its evaluations are counted; Run and RunInDetail do that themselves.
  RevisionTelemetry& telemetry() const { return *state_->telemetry; }
  Timestamp now() const { return now_; }
  // Whether the answer may show the rule, whatever its outcome.
  bool IsSelected(uint32_t rule) const;
  // The rules of the mode that answers may show, in order of name.
  std::vector<uint32_t> RulesOf(RuleMode mode) const;

  // `held`: names of the rules that hold the account already; others are ignored.
  Evaluation Run(const AccountView& account, const std::vector<std::string>& held) const {
    return RunOn(InputOf(account, held));
  }
  EvaluationInput InputOf(const AccountView& account, const std::vector<std::string>& held) const;
  // Whether the answer is only about rules that qualify, and without details: then Match finds it,
  // among many rules by the predicate index.
  bool wants_matches_only() const { return !all_ && details_ == nullptr; }
  // REQUIRES: wants_matches_only(); the account is bound to the layout of rule_set().plan.
  AccountResult Match(const BoundAccount& account, const std::vector<std::string>& held) const;
  // Whatever was asked for; between rules whose details are searched for, `still_wanted` is called,
  // whose error ends the search.
  absl::StatusOr<AccountResult> RunInDetail(
      const AccountView& account, const std::vector<std::string>& held,
      const std::function<absl::Status()>& still_wanted) const;

 private:
  EvaluationSession() = default;
  absl::Status SelectRules(const std::vector<std::string>& names);
  Evaluation RunOn(const EvaluationInput& input) const;
  bool Reports(uint32_t rule, Outcome outcome) const {
    return (all_ || outcome == Outcome::kQualified) && IsSelected(rule);
  }
  void Report(uint32_t rule, RuleResult result, AccountResult* out) const;
  std::vector<bool> HeldBy(const std::vector<std::string>& names) const;
  absl::Status FindDetails(const EvaluationInput& input, const Evaluation& evaluation,
                           const std::function<absl::Status()>& still_wanted,
                           AccountResult* result) const;

  std::shared_ptr<const Snapshot> snapshot_;
  const RuleSetState* state_ = nullptr;  // of snapshot_
  Timestamp now_;
  bool all_ = false;
  std::unique_ptr<RuleDetailFinder> details_;  // null: not asked for
  std::vector<uint32_t> selected_;             // ascending; empty: all
};

// Finds a rule set that has a version in force.  NOT_FOUND, with a suggestion; FAILED_PRECONDITION
// when none of its versions ever compiled.
absl::StatusOr<const RuleSetState*> FindUsable(const Snapshot& snapshot, std::string_view id);
// The same, whether or not a version is in force.
absl::StatusOr<const RuleSetState*> FindRuleSet(const Snapshot& snapshot, std::string_view id);

}  // namespace pql

#endif  // PQL_ENGINE_EVALUATION_H_
