#include "service/evaluation_conversion.h"

#include "service/explanation_conversion.h"
#include "service/value_conversion.h"

namespace pql {
namespace {

void AddRules(const EvaluationSession& session, const std::vector<ReportedRule>& rules,
              const AccountResult& account,
              google::protobuf::RepeatedPtrField<v1::RuleEvaluation>* out) {
  const CheckedRuleSet& checked = session.checked();
  for (const ReportedRule& reported : rules) {
    const RuleResult& result = reported.result;
    v1::RuleEvaluation* rule = out->Add();
    rule->set_rule(checked.rules[reported.rule].name);
    rule->set_outcome(std::string(OutcomeName(result.outcome)));
    if (result.score.has_value()) rule->set_score(*result.score);
    for (const uint32_t metric : result.missing) rule->add_missing(checked.metrics[metric].name);
    if (!account.details.empty()) {
      AddDetails(session.rule_set(), account.details[reported.rule], rule);
    }
  }
}

}  // namespace

void ToProto(const EvaluationSession& session, const std::string& account_id,
             const AccountResult& result, v1::AccountEvaluation* out) {
  const CheckedRuleSet& checked = session.checked();
  out->set_account_id(account_id);
  if (result.stage.has_value()) out->set_stage(checked.stages[*result.stage]);
  AddRules(session, result.rules, result, out->mutable_rules());
  AddRules(session, result.shadow_rules, result, out->mutable_shadow_rules());
  for (size_t i = 0; i < checked.scorecards.size(); ++i) {
    const std::string& name = checked.scorecards[i].name;
    const ScorecardResult& score = result.scorecards[i];
    (*out->mutable_scores())[name] = score.value;
    if (!score.incomplete) continue;
    google::protobuf::ListValue& missing = (*out->mutable_incomplete_scores())[name];
    for (const uint32_t metric : score.missing) {
      missing.add_values()->set_string_value(checked.metrics[metric].name);
    }
  }
  for (size_t i = 0; i < checked.defines.size(); ++i) {
    const Value& value = result.defines[i].value;
    if (!checked.defines[i].is_output || value.IsMissing()) continue;
    (*out->mutable_outputs())[checked.defines[i].name] = ToProto(value);
  }
  if (result.next_change.has_value()) {
    *out->mutable_next_change_time() = ToProto(*result.next_change);
  }
}

}  // namespace pql
