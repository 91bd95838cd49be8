// Evaluates accounts with a rule set, and with an ad-hoc condition on top, for `pql eval`.

#ifndef TOOLS_PQL_ACCOUNT_EVALUATOR_H_
#define TOOLS_PQL_ACCOUNT_EVALUATOR_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "accounts/account_reader.h"
#include "eval/plan/plan.h"
#include "eval/plan/rule_index.h"
#include "eval/rule_details.h"
#include "ruleset/rule_set.h"
#include "tools/pql/evaluation_json.h"
#include "tools/pql/evaluation_renderer.h"

namespace pql {

// The name under which an ad-hoc condition is reported; no rule can have it.
inline constexpr std::string_view kConditionName = "<condition>";

// Not thread-safe.
class AccountEvaluator {
 public:
  AccountEvaluator(std::shared_ptr<const RuleSet> rule_set, Timestamp now, bool all)
      : rule_set_(std::move(rule_set)), now_(now) {
    json_options_.all = all;
  }

  // Reports these rules only.  NOT_FOUND, with what may have been meant; FAILED_PRECONDITION for a
  // draft.
  absl::Status SelectRules(const std::vector<std::string>& names);

  // Whether these are rules that are evaluated; the errors of SelectRules.
  absl::Status CheckRules(const std::vector<std::string>& names) const;

  // Evaluates `when` as well, in the place of the rules unless some were selected.  What is wrong
  // with the condition is returned as text for people; empty: nothing.
  std::string AddCondition(const Frontend& language, const std::string& when, bool color);

  // Finds these, too, for the rules and the condition that are reported.  REQUIRES: after
  // AddCondition, if that is called.
  void AddDetails(const DetailOptions& options);

  // Also counts the outcomes of every active rule that is reported.
  Json Evaluate(const AccountRow& row, OutcomeSummary* summary) const;

  // What Evaluate is made of, for who evaluates accounts in other ways: these are thread-safe.
  // The rules, the condition behind them, and their plan.
  const CheckedRuleSet& rules() const {
    return condition_ ? rules_with_condition_ : rule_set_->checked;
  }
  const Plan& plan() const { return condition_ ? *plan_with_condition_ : *rule_set_->plan; }
  Timestamp now() const { return now_; }
  // Whether rules that are not qualified are reported, too.
  bool all() const { return json_options_.all; }
  // Whether only rules that qualify are reported, out of so many that an index of them pays.
  bool WantsMatchesOfMany() const {
    return !all() && !condition_ && json_options_.only_rules.empty() &&
           rules().rules.size() >= RuleIndex::kMinRules;
  }
  // Indices of the rules of that mode that are reported, in their order; the condition comes first.
  std::vector<uint32_t> ReportedRules(RuleMode mode) const;
  // As EvaluationInput::held.
  std::vector<bool> HeldRules(const std::vector<std::string>& names) const;
  Json ToJson(std::string_view account_id, const Evaluation& evaluation) const;

  // Fills in what the columns are.
  void DescribeColumns(RenderOptions* options) const;

 private:
  bool Reports(uint32_t rule) const {
    return rule >= rule_set_->checked.rules.size() || json_options_.only_rules.empty() ||
           json_options_.only_rules[rule];
  }

  absl::StatusOr<uint32_t> FindRule(const std::string& name) const;
  void AddDetailsTo(const EvaluationInput& input, Json* json) const;

  std::shared_ptr<const RuleSet> rule_set_;
  Timestamp now_;
  EvaluationJsonOptions json_options_;
  std::optional<TypedExpression> condition_;

  // With the condition as one more rule, the last; its sources lie behind those of the rule set.
  SourceSet sources_with_condition_;
  CheckedRuleSet rules_with_condition_;
  std::unique_ptr<const Plan> plan_with_condition_;
  std::unique_ptr<RuleDetailFinder> details_;  // null: not asked for
};

}  // namespace pql

#endif  // TOOLS_PQL_ACCOUNT_EVALUATOR_H_
