#include "tools/pql/account_evaluator.h"

#include <utility>

#include "base/strings.h"
#include "diagnostics/render.h"

namespace pql {

absl::Status AccountEvaluator::SelectRules(const std::vector<std::string>& names) {
  const CheckedRuleSet& checked = rule_set_->checked;
  if (!names.empty()) json_options_.only_rules.assign(checked.rules.size(), false);
  for (const std::string& name : names) {
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
    json_options_.only_rules[*rule] = true;
  }
  return absl::OkStatus();
}

std::string AccountEvaluator::AddCondition(const Frontend& language, const std::string& when,
                                           bool color) {
  SourceSet sources;
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
  const Evaluation evaluation = pql::Evaluate(checked, input);
  summary->CountAccount();
  for (uint32_t i = 0; i < checked.rules.size(); ++i) {
    if (checked.rules[i].mode != RuleMode::kActive || !Reports(i)) continue;
    summary->Count(checked.rules[i].name, OutcomeName(evaluation.rules[i].outcome));
  }
  Json json = EvaluationToJson(checked, row.id, evaluation, json_options_);
  if (!condition_) return json;

  const Result seen = EvaluateExpression(checked, *condition_, input, evaluation);
  RuleResult result;
  result.outcome = seen.value.IsMissing() ? Outcome::kUnknown
                   : seen.value.IsTrue()  ? Outcome::kQualified
                                          : Outcome::kNotQualified;
  result.missing = seen.missing;
  summary->Count(kConditionName, OutcomeName(result.outcome));
  if (json_options_.all || result.outcome == Outcome::kQualified) {
    Json rules = Json::array({RuleResultToJson(checked, kConditionName, result)});
    for (Json& rule : json["rules"]) rules.push_back(std::move(rule));
    json["rules"] = std::move(rules);
  }
  return json;
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
