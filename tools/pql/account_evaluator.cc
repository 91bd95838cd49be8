#include "tools/pql/account_evaluator.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "diagnostics/render.h"
#include "eval/plan/plan.h"
#include "tools/pql/explanation_json.h"

namespace pql {

absl::StatusOr<uint32_t> AccountEvaluator::FindRule(const std::string& name) const {
  const CheckedRuleSet& checked = rule_set_->checked;
  const std::optional<uint32_t> rule = checked.FindRule(name);
  if (!rule) {
    std::vector<std::string_view> known;
    for (const Rule& each : checked.rules) known.push_back(each.name);
    const std::string_view nearest = NearestWord(name, known);
    return absl::NotFoundError(
        ToAbsl(StrCat("rule set ", rule_set_->id, " has no rule `", name, "`",
                      nearest.empty() ? "" : StrCat("; did you mean `", nearest, "`?"))));
  }
  if (checked.rules[*rule].mode == RuleMode::kDraft) {
    return absl::FailedPreconditionError(
        ToAbsl(StrCat("rule `", name, "` is a draft: it is checked, but not evaluated")));
  }
  return *rule;
}

absl::Status AccountEvaluator::SelectRules(const std::vector<std::string>& names) {
  if (!names.empty()) json_options_.only_rules.assign(rule_set_->checked.rules.size(), false);
  for (const std::string& name : names) {
    PQL_ASSIGN_OR_RETURN(const uint32_t rule, FindRule(name));
    json_options_.only_rules[rule] = true;
  }
  return absl::OkStatus();
}

absl::Status AccountEvaluator::CheckRules(const std::vector<std::string>& names) const {
  for (const std::string& name : names) PQL_RETURN_IF_ERROR(FindRule(name).status());
  return absl::OkStatus();
}

std::string AccountEvaluator::AddCondition(const Frontend& language, const std::string& when,
                                           bool color) {
  SourceSet& sources = sources_with_condition_;
  sources = rule_set_->sources;
  const FileId file = sources.AddFile(std::string(kConditionName), when);
  DiagnosticSink sink;
  const CompileOptions options;
  const ExpressionPtr condition = language.ParseCondition(sources, file, options.parse, &sink);
  TypedExpression typed = CheckCondition(sources, *condition, rule_set_->checked,
                                         *rule_set_->functions, options.check, &sink);
  if (sink.has_errors()) {
    const size_t dropped = sink.dropped();
    std::vector<Diagnostic> findings = sink.Take();
    for (Diagnostic& finding : findings) language.Localize(sources, &finding);
    return RenderHuman(sources, findings, dropped, {.color = color});
  }
  condition_ = std::move(typed);
  if (json_options_.only_rules.empty()) {
    json_options_.only_rules.assign(rule_set_->checked.rules.size(), false);
    // An empty selection would mean all rules.
    if (json_options_.only_rules.empty()) json_options_.only_rules.push_back(false);
  }
  return "";
}

Json AccountEvaluator::Evaluate(const AccountRow& row, OutcomeSummary* summary) const {
  const CheckedRuleSet& checked = rule_set_->checked;
  EvaluationInput input{&row.account, now_, {}};
  if (!row.held.empty()) {
    input.held.resize(checked.rules.size());
    for (const std::string& name : row.held) {
      if (const auto rule = checked.FindRule(name)) input.held[*rule] = true;
    }
  }
  const Evaluation evaluation = pql::Evaluate(*rule_set_->plan, input);
  summary->CountAccount();
  for (uint32_t i = 0; i < checked.rules.size(); ++i) {
    if (checked.rules[i].mode != RuleMode::kActive || !Reports(i)) continue;
    summary->Count(checked.rules[i].name, OutcomeName(evaluation.rules[i].outcome));
  }
  Json json = EvaluationToJson(checked, row.id, evaluation, json_options_);
  if (condition_) AddCondition(input, evaluation, &json, summary);
  if (details_ != nullptr) AddDetailsTo(input, &json);
  return json;
}

void AccountEvaluator::AddCondition(const EvaluationInput& input, const Evaluation& evaluation,
                                    Json* json, OutcomeSummary* summary) const {
  const CheckedRuleSet& checked = rule_set_->checked;

  const Result seen = EvaluateExpression(checked, *condition_, input, evaluation);
  RuleResult result;
  result.outcome = seen.value.IsMissing() ? Outcome::kUnknown
                   : seen.value.IsTrue()  ? Outcome::kQualified
                                          : Outcome::kNotQualified;
  result.missing = seen.missing;
  summary->Count(kConditionName, OutcomeName(result.outcome));
  if (json_options_.all || result.outcome == Outcome::kQualified) {
    Json rules = Json::array({RuleResultToJson(checked, kConditionName, result)});
    for (Json& rule : (*json)["rules"]) rules.push_back(std::move(rule));
    (*json)["rules"] = std::move(rules);
  }
}

void AccountEvaluator::AddDetails(const DetailOptions& options) {
  if (!options.any()) return;
  const CheckedRuleSet* rules = &rule_set_->checked;
  const SourceSet* sources = &rule_set_->sources;
  if (condition_) {
    rules_with_condition_ = rule_set_->checked;
    Rule& rule = rules_with_condition_.rules.emplace_back();
    rule.name = kConditionName;
    rule.name_range = condition_->range;
    rule.when = *condition_;
    rules_with_condition_.evaluation_order.push_back(
        {Item::Kind::kRule, static_cast<uint32_t>(rules_with_condition_.rules.size() - 1)});
    rules = &rules_with_condition_;
    sources = &sources_with_condition_;
  }
  details_ = std::make_unique<RuleDetailFinder>(*sources, *rules, options);
}

void AccountEvaluator::AddDetailsTo(const EvaluationInput& input, Json* json) const {
  const CheckedRuleSet& rules = condition_ ? rules_with_condition_ : rule_set_->checked;
  const SourceSet& sources = condition_ ? sources_with_condition_ : rule_set_->sources;
  std::map<std::string, Json*> reported;
  for (const char* field : {"rules", "shadowRules"}) {
    if (!json->contains(field)) continue;
    for (Json& rule : (*json)[field]) reported[rule["rule"].get<std::string>()] = &rule;
  }
  std::optional<Timestamp> next_change;
  for (uint32_t i = 0; i < rules.rules.size(); ++i) {
    if (rules.rules[i].mode == RuleMode::kDraft) continue;
    const auto found = reported.find(rules.rules[i].name);
    RuleDetails details;
    if (found == reported.end()) {
      details.next_change = details_->FindChange(i, input);
    } else {
      details = details_->Find(i, input);
      pql::AddDetails(sources, rules, details, found->second);
    }
    if (!details.next_change.has_value()) continue;
    next_change =
        std::min(next_change.value_or(details.next_change->time), details.next_change->time);
  }
  if (next_change.has_value()) (*json)["nextChangeTime"] = TimeToJson(*next_change);
}

void AccountEvaluator::DescribeColumns(RenderOptions* options) const {
  const CheckedRuleSet& checked = rule_set_->checked;
  if (condition_) options->rules.emplace_back(kConditionName);
  for (uint32_t i = 0; i < checked.rules.size(); ++i) {
    const Rule& rule = checked.rules[i];
    if (rule.mode != RuleMode::kActive || !Reports(i)) continue;
    options->rules.push_back(rule.name);
    if (rule.score) options->scored_rules.push_back(rule.name);
  }
  for (const Scorecard& scorecard : checked.scorecards) {
    options->scorecards.push_back(scorecard.name);
  }
  for (const Define& define : checked.defines) {
    if (define.is_output) options->outputs.push_back(define.name);
  }
}

}  // namespace pql
