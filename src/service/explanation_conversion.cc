#include "service/explanation_conversion.h"

#include <string>

#include "eval/gap_bound.h"
#include "service/diagnostic_conversion.h"
#include "service/value_conversion.h"

namespace pql {
namespace {

const char* TruthName(const Value& value) {
  if (value.IsMissing()) return "MISSING";
  return value.IsTrue() ? "TRUE" : "FALSE";
}

const char* TruthName(Outcome outcome) {
  if (outcome == Outcome::kUnknown) return "MISSING";
  return outcome == Outcome::kQualified ? "TRUE" : "FALSE";
}

}  // namespace

void ToProto(const SourceSet& sources, const ExplanationNode& node, v1::Explanation* out) {
  out->set_source(node.source);
  *out->mutable_location() = ToProto(sources, node.range);
  out->set_clause(node.clause);
  if (node.is_condition) out->set_outcome(TruthName(node.value));
  for (const SeenValue& seen : node.values) {
    v1::SeenValue* value = out->add_values();
    value->set_source(seen.source);
    if (!seen.value.IsMissing()) *value->mutable_value() = ToProto(seen.value);
    value->set_is_default(seen.is_default);
  }
  out->set_sentence(node.sentence);
  for (const ExplanationNode& child : node.children) ToProto(sources, child, out->add_children());
}

namespace {

void ToProto(const RuleSet& rule_set, const RuleExplanation& explanation, v1::Explanation* out) {
  const Rule& rule = rule_set.checked.rules[explanation.rule];
  out->set_source(rule.name);
  *out->mutable_location() = ToProto(rule_set.sources, rule.name_range);
  out->set_outcome(TruthName(explanation.result.outcome));
  out->set_sentence(explanation.sentence);
  for (const ExplanationNode& clause : explanation.clauses) {
    ToProto(rule_set.sources, clause, out->add_children());
  }
}

void ToProto(const CheckedRuleSet& rule_set, const Gap& gap, v1::Gap* out) {
  for (const GapChange& change : gap.changes) {
    const Metric& metric = rule_set.metrics[change.metric];
    const GapBound bound = BoundOf(metric, change);
    v1::GapChange* added = out->add_changes();
    added->set_metric(metric.name);
    if (!change.current.IsMissing()) *added->mutable_current() = ToProto(change.current);
    added->set_comparison(std::string(bound.comparison));
    if (!bound.needed.IsMissing()) *added->mutable_needed() = ToProto(bound.needed);
    if (!bound.delta.IsMissing()) *added->mutable_delta() = ToProto(bound.delta);
    added->set_sentence(change.sentence);
  }
  if (gap.changes.empty()) out->set_impossible(gap.reason);
}

}  // namespace

void AddDetails(const RuleSet& rule_set, const RuleDetails& details, v1::RuleEvaluation* out) {
  if (details.explanation.has_value()) {
    ToProto(rule_set, *details.explanation, out->mutable_explanation());
  }
  if (details.gap.has_value()) ToProto(rule_set.checked, *details.gap, out->mutable_gap());
  if (details.next_change.has_value()) {
    *out->mutable_next_change()->mutable_time() = ToProto(details.next_change->time);
    out->mutable_next_change()->set_outcome(std::string(OutcomeName(details.next_change->outcome)));
  }
}

}  // namespace pql
