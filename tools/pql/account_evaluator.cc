#include "tools/pql/account_evaluator.h"

#include <algorithm>
#include <map>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "diagnostics/render.h"
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
  rules_with_condition_ = rule_set_->checked;
  Rule& rule = rules_with_condition_.rules.emplace_back();
  rule.name = kConditionName;
  rule.name_range = condition_->range;
  rule.when = *condition_;
  rules_with_condition_.evaluation_order.push_back(
      {Item::Kind::kRule, static_cast<uint32_t>(rules_with_condition_.rules.size() - 1)});
  plan_with_condition_ = std::make_unique<Plan>(rules_with_condition_);
  if (json_options_.only_rules.empty()) {
    json_options_.only_rules.assign(rule_set_->checked.rules.size(), false);
    // An empty selection would mean all rules.
    if (json_options_.only_rules.empty()) json_options_.only_rules.push_back(false);
  }
  return "";
}

std::vector<uint32_t> AccountEvaluator::ReportedRules(RuleMode mode) const {
  std::vector<uint32_t> reported;
  for (uint32_t i = 0; i < rules().rules.size(); ++i) {
    if (rules().rules[i].mode == mode && Reports(i)) reported.push_back(i);
  }
  if (condition_ && mode == RuleMode::kActive) {
    std::rotate(reported.begin(), reported.end() - 1, reported.end());
  }
  return reported;
}

std::vector<bool> AccountEvaluator::HeldRules(const std::vector<std::string>& names) const {
  std::vector<bool> held;
  if (names.empty()) return held;
  held.resize(rule_set_->checked.rules.size());
  for (const std::string& name : names) {
    if (const auto rule = rule_set_->checked.FindRule(name)) held[*rule] = true;
  }
  return held;
}

Json AccountEvaluator::ToJson(std::string_view account_id, const Evaluation& evaluation) const {
  Json json = EvaluationToJson(rule_set_->checked, account_id, evaluation, json_options_);
  if (!condition_) return json;
  const RuleResult& result = evaluation.rules.back();
  if (json_options_.all || result.outcome == Outcome::kQualified) {
    Json rules = Json::array({RuleResultToJson(rule_set_->checked, kConditionName, result)});
    for (Json& rule : json["rules"]) rules.push_back(std::move(rule));
    json["rules"] = std::move(rules);
  }
  return json;
}

Json AccountEvaluator::Evaluate(const AccountRow& row, OutcomeSummary* summary) const {
  const EvaluationInput input{&row.account, now_, HeldRules(row.held)};
  const Evaluation evaluation = pql::Evaluate(plan(), input);
  summary->CountAccount();
  for (const uint32_t rule : ReportedRules(RuleMode::kActive)) {
    summary->Count(rules().rules[rule].name, OutcomeName(evaluation.rules[rule].outcome));
  }
  Json json = ToJson(row.id, evaluation);
  if (details_ != nullptr) AddDetailsTo(input, &json);
  return json;
}

void AccountEvaluator::AddDetails(const DetailOptions& options) {
  if (!options.any()) return;
  details_ = std::make_unique<RuleDetailFinder>(
      condition_ ? sources_with_condition_ : rule_set_->sources, rules(), options);
}

void AccountEvaluator::AddDetailsTo(const EvaluationInput& input, Json* json) const {
  const CheckedRuleSet& rules = this->rules();
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
  for (const uint32_t i : ReportedRules(RuleMode::kActive)) {
    const Rule& rule = rules().rules[i];
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
