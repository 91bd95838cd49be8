#include "service/rule_conversion.h"

#include <algorithm>
#include <string>

#include "base/strings.h"
#include "engine/rule_query.h"
#include "engine/rule_source.h"
#include "format/formatter.h"
#include "ruleset/metric_dependencies.h"
#include "service/diagnostic_conversion.h"
#include "service/value_conversion.h"

namespace pql {
namespace {

std::string TextOf(const RuleSet& rule_set, SourceRange range) {
  return std::string(rule_set.sources.Text(range));
}

std::string TypeName(const Type& type) {
  if (type.IsNumber()) return "number";  // its unit stands in a field of its own
  return type.kind() == Type::Kind::kOneOf ? "one of" : type.ToString();
}

// `origin`: what made the declaration what it is, where it comes from the API.
void SetProvenance(const RuleSetState& state, SourceRange range, const RuleOrigin& origin,
                   v1::Provenance* out) {
  const SourceFile& file = state.rule_set->sources.file(range.file);
  const int line = file.Locate(range.begin).line;
  if (!state.api_managed[range.file]) {
    out->mutable_file()->set_path(file.name());
    out->mutable_file()->set_line(line);
    return;
  }
  v1::ApiOrigin* api = out->mutable_api();
  api->set_author(origin.author);
  *api->mutable_change_time() = ToProto(origin.time);
  api->set_path(file.name());
  api->set_line(line);
}

void SetFailure(const LoadFailure& failure, v1::LoadFailure* out) {
  *out->mutable_time() = ToProto(failure.time);
  for (const Diagnostic& diagnostic : failure.diagnostics) {
    *out->add_diagnostics() = ToProto(failure.rule_set->sources, diagnostic);
  }
  out->set_dropped_count(failure.dropped);
  out->set_error(failure.error);
}

int CountRules(const CheckedRuleSet& checked, RuleMode mode) {
  return static_cast<int>(std::count_if(checked.rules.begin(), checked.rules.end(),
                                        [mode](const Rule& rule) { return rule.mode == mode; }));
}

std::string CodeOf(const ExpressionPtr& expression) {
  return expression == nullptr ? "" : FormatExpression(*expression);
}

void SetCode(const RuleSet& rule_set, uint32_t index, v1::Rule* out) {
  const RuleSyntax& syntax = *rule_set.rule_syntax[index];
  out->set_when(CodeOf(syntax.when));
  out->set_unless(CodeOf(syntax.unless));
  out->set_keep_while(CodeOf(syntax.keep_while));
  out->set_score(CodeOf(syntax.score));
  out->set_source(DeclarationSource(rule_set, rule_set.checked.rules[index].range));
}

void AddMetric(const RuleSetState& state, const Metric& metric, v1::Schema* out) {
  v1::Metric* added = out->add_metrics();
  added->set_name(metric.name);
  added->set_type(TypeName(metric.type));
  for (const std::string& option : metric.type.options()) added->add_allowed_values(option);
  added->set_unit(metric.type.unit());
  if (metric.default_value.has_value()) {
    *added->mutable_default_value() = ToProto(*metric.default_value);
  }
  added->set_kind(std::string(MetricKindName(metric.kind)));
  added->set_documentation(metric.doc);
  SetProvenance(state, metric.range, state.api_origin, added->mutable_provenance());
}

void AddRule(const RuleSet& rule_set, uint32_t index, const MetricDependencies& dependencies,
             v1::Schema* out) {
  const Rule& rule = rule_set.checked.rules[index];
  v1::RuleSummary* summary = out->add_rules();
  summary->set_rule(rule.name);
  summary->set_title(rule.title);
  if (rule.stage.has_value()) summary->set_stage(rule_set.checked.stages[*rule.stage]);
  summary->set_mode(std::string(RuleModeName(rule.mode)));
  for (const uint32_t metric : dependencies.rules[index]) {
    out->mutable_metrics(static_cast<int>(metric))->add_rules(rule.name);
  }
}

void AddScorecard(const RuleSetState& state, uint32_t index, const MetricDependencies& dependencies,
                  v1::Schema* out) {
  const RuleSet& rule_set = *state.rule_set;
  const Scorecard& scorecard = rule_set.checked.scorecards[index];
  v1::Scorecard* added = out->add_scorecards();
  added->set_name(scorecard.name);
  added->set_title(scorecard.title);
  if (scorecard.cap.has_value()) added->set_cap(*scorecard.cap);
  if (scorecard.floor.has_value()) added->set_floor(*scorecard.floor);
  added->set_source(DeclarationSource(rule_set, scorecard.range));
  for (const uint32_t metric : dependencies.scorecards[index]) {
    added->add_metrics(rule_set.checked.metrics[metric].name);
  }
  SetProvenance(state, scorecard.range, state.api_origin, added->mutable_provenance());
}

void AddOutput(const RuleSetState& state, const Define& define, v1::Schema* out) {
  const RuleSet& rule_set = *state.rule_set;
  v1::Output* added = out->add_outputs();
  added->set_name(define.name);
  added->set_type(TypeName(define.value.type));
  added->set_unit(define.value.type.unit());
  const Declaration* declaration = FindDeclaration(rule_set, define.range);
  const auto* syntax = declaration == nullptr ? nullptr : declaration->As<DefineSyntax>();
  added->set_source(syntax == nullptr ? TextOf(rule_set, define.value.range)
                                      : FormatExpression(*syntax->value));
  SetProvenance(state, define.range, state.api_origin, added->mutable_provenance());
}

void AddFunction(const FunctionDefinition& function, v1::Schema* out) {
  v1::Function* added = out->add_functions();
  added->set_name(function.name);
  for (const std::string& signature : function.SignatureTexts()) added->add_signatures(signature);
  added->set_documentation(function.doc);
  added->set_example(function.example_result.empty()
                         ? function.example
                         : StrCat(function.example, " == ", function.example_result));
  added->set_deterministic(function.deterministic);
}

}  // namespace

void ToProto(const RuleSetState& state, bool with_diagnostics, v1::RuleSet* out) {
  out->set_name(RuleSetName(state.id));
  out->set_etag(RuleSetEtag(state));
  if (state.failure != nullptr) SetFailure(*state.failure, out->mutable_load_failure());
  if (state.rule_set == nullptr) return;
  const CheckedRuleSet& checked = state.rule_set->checked;
  out->set_revision(state.revision);
  out->set_digest(state.rule_set->digest);
  *out->mutable_load_time() = ToProto(state.load_time);
  out->set_active_rule_count(CountRules(checked, RuleMode::kActive));
  out->set_shadow_rule_count(CountRules(checked, RuleMode::kShadow));
  out->set_draft_rule_count(CountRules(checked, RuleMode::kDraft));
  out->set_metric_count(static_cast<int32_t>(checked.metrics.size()));
  out->set_test_count(static_cast<int32_t>(checked.tests.size()));
  out->set_file_count(static_cast<int32_t>(state.rule_set->file_order.size()));
  if (!with_diagnostics) return;
  for (const Diagnostic& diagnostic : state.diagnostics) {
    *out->add_diagnostics() = ToProto(state.rule_set->sources, diagnostic);
  }
}

void ToProto(const RuleSetState& state, uint32_t index, v1::Rule* out) {
  const RuleSet& rule_set = *state.rule_set;
  const Rule& rule = rule_set.checked.rules[index];
  out->set_name(RuleName(state.id, rule.name));
  out->set_title(rule.title);
  out->set_description(rule.description);
  out->set_owner(rule.owner);
  for (const std::string& tag : rule.tags) out->add_tags(tag);
  if (rule.stage.has_value()) out->set_stage(rule_set.checked.stages[*rule.stage]);
  out->set_mode(std::string(RuleModeName(rule.mode)));
  SetCode(rule_set, index, out);
  if (rule.active_from.has_value()) *out->mutable_active_from() = ToProto(*rule.active_from);
  if (rule.active_until.has_value()) *out->mutable_active_until() = ToProto(*rule.active_until);
  SetProvenance(state, rule.range, state.rule_origins[index], out->mutable_provenance());
  for (const uint32_t metric : MetricsOfRule(rule_set.checked, index)) {
    out->add_metrics(rule_set.checked.metrics[metric].name);
  }
  out->set_change_revision(state.rule_origins[index].revision);
  out->set_etag(RuleEtag(rule_set, rule));
}

void ToProto(const RuleSetState& state, v1::Schema* out) {
  const RuleSet& rule_set = *state.rule_set;
  const CheckedRuleSet& checked = rule_set.checked;
  const MetricDependencies dependencies = FindMetricDependencies(checked);
  out->set_name(StrCat(RuleSetName(state.id), "/schema"));
  out->set_revision(state.revision);
  for (const Metric& metric : checked.metrics) AddMetric(state, metric, out);
  for (const std::string& stage : checked.stages) out->add_stages(stage);
  for (uint32_t i = 0; i < checked.scorecards.size(); ++i) {
    AddScorecard(state, i, dependencies, out);
  }
  for (const Define& define : checked.defines) {
    if (define.is_output) AddOutput(state, define, out);
  }
  for (uint32_t i = 0; i < checked.rules.size(); ++i) AddRule(rule_set, i, dependencies, out);
  for (const FunctionDefinition* function : rule_set.functions->All()) AddFunction(*function, out);
}

}  // namespace pql
