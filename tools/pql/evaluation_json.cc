#include "tools/pql/evaluation_json.h"

#include <string>

#include "base/time_text.h"

namespace pql {
namespace {

Json RulesToJson(const CheckedRuleSet& rule_set, const Evaluation& evaluation, RuleMode mode,
                 const EvaluationJsonOptions& options) {
  Json rules = Json::array();
  for (size_t i = 0; i < rule_set.rules.size(); ++i) {
    const RuleResult& result = evaluation.rules[i];
    if (rule_set.rules[i].mode != mode) continue;
    if (!options.only_rules.empty() && !options.only_rules[i]) continue;
    if (!options.all && result.outcome != Outcome::kQualified) continue;
    rules.push_back(RuleResultToJson(rule_set, rule_set.rules[i].name, result));
  }
  return rules;
}

}  // namespace

Json MissingNames(const CheckedRuleSet& rule_set, const MissingMetrics& missing) {
  Json names = Json::array();
  for (const uint32_t metric : missing) names.push_back(rule_set.metrics[metric].name);
  return names;
}

Json ValueToJson(const Value& value) {
  if (value.IsNumber()) return value.number();
  if (value.IsBool()) return value.boolean();
  if (value.IsString()) return value.string();
  if (value.IsTimestamp()) return FormatTimestamp(value.timestamp().micros);
  if (value.IsDuration()) return FormatDuration(value.duration().micros);
  if (value.IsNumberList()) return value.numbers();
  return value.strings();
}

Json RuleResultToJson(const CheckedRuleSet& rule_set, std::string_view rule,
                      const RuleResult& result) {
  Json json = {{"rule", rule}, {"outcome", OutcomeName(result.outcome)}};
  if (result.score) json["score"] = *result.score;
  if (!result.missing.empty()) json["missing"] = MissingNames(rule_set, result.missing);
  return json;
}

Json EvaluationToJson(const CheckedRuleSet& rule_set, std::string_view account_id,
                      const Evaluation& evaluation, const EvaluationJsonOptions& options) {
  Json json = {{"accountId", account_id}};
  if (evaluation.stage) json["stage"] = rule_set.stages[*evaluation.stage];
  Json rules = RulesToJson(rule_set, evaluation, RuleMode::kActive, options);
  if (!rules.empty()) json["rules"] = std::move(rules);
  Json shadow = RulesToJson(rule_set, evaluation, RuleMode::kShadow, options);
  if (!shadow.empty()) json["shadowRules"] = std::move(shadow);
  for (size_t i = 0; i < rule_set.scorecards.size(); ++i) {
    json["scores"][rule_set.scorecards[i].name] = evaluation.scorecards[i].value;
  }
  for (size_t i = 0; i < rule_set.defines.size(); ++i) {
    const Value& value = evaluation.defines[i].value;
    if (!rule_set.defines[i].is_output || value.IsMissing()) continue;
    json["outputs"][rule_set.defines[i].name] = ValueToJson(value);
  }
  for (size_t i = 0; i < rule_set.scorecards.size(); ++i) {
    const ScorecardResult& result = evaluation.scorecards[i];
    if (!result.incomplete) continue;
    json["incompleteScores"][rule_set.scorecards[i].name] = MissingNames(rule_set, result.missing);
  }
  return json;
}

}  // namespace pql
