#include "tools/pql/explanation_json.h"

#include <string>

#include "base/time_text.h"
#include "eval/gap_bound.h"
#include "tools/pql/evaluation_json.h"

namespace pql {
namespace {

// pql.v1.SourceLocation; as everywhere in the mapping, a zero is left out.
Json LocationToJson(const SourceSet& sources, SourceRange range) {
  const SourceFile& file = sources.file(range.file);
  const LineColumn begin = file.Locate(range.begin);
  const LineColumn end = file.Locate(range.end);
  Json json = {{"file", file.name()}};
  if (range.begin > 0) json["startByte"] = range.begin;
  json["endByte"] = range.end;
  json["startLine"] = begin.line;
  json["startColumn"] = begin.column;
  json["endLine"] = end.line;
  json["endColumn"] = end.column;
  return json;
}

std::string_view TruthName(const Value& value) {
  if (value.IsMissing()) return "MISSING";
  return value.IsTrue() ? "TRUE" : "FALSE";
}

Json SeenToJson(const SeenValue& seen) {
  Json json = {{"source", seen.source}};
  if (!seen.value.IsMissing()) json["value"] = ValueToJson(seen.value);
  if (seen.is_default) json["isDefault"] = true;
  return json;
}

Json ChangeToJson(const CheckedRuleSet& rule_set, const GapChange& change) {
  const Metric& metric = rule_set.metrics[change.metric];
  const GapBound bound = BoundOf(metric, change);
  Json json = {{"metric", metric.name}};
  if (!change.current.IsMissing()) json["current"] = ValueToJson(change.current);
  json["comparison"] = bound.comparison;
  if (!bound.needed.IsMissing()) json["needed"] = ValueToJson(bound.needed);
  if (!bound.delta.IsMissing()) json["delta"] = ValueToJson(bound.delta);
  json["sentence"] = change.sentence;
  return json;
}

// The root is the rule, its children are the clauses.
Json RuleToJson(const SourceSet& sources, const Rule& rule, const RuleExplanation& explanation) {
  const Outcome outcome = explanation.result.outcome;
  Json json = {{"source", rule.name},
               {"location", LocationToJson(sources, rule.name_range)},
               {"outcome", outcome == Outcome::kUnknown     ? "MISSING"
                           : outcome == Outcome::kQualified ? "TRUE"
                                                            : "FALSE"},
               {"sentence", explanation.sentence}};
  for (const ExplanationNode& clause : explanation.clauses) {
    json["children"].push_back(ExplanationToJson(sources, clause));
  }
  return json;
}

}  // namespace

Json ExplanationToJson(const SourceSet& sources, const ExplanationNode& node) {
  Json json = {{"source", node.source}, {"location", LocationToJson(sources, node.range)}};
  if (!node.clause.empty()) json["clause"] = node.clause;
  if (node.is_condition) json["outcome"] = TruthName(node.value);
  for (const SeenValue& seen : node.values) json["values"].push_back(SeenToJson(seen));
  if (!node.sentence.empty()) json["sentence"] = node.sentence;
  for (const ExplanationNode& child : node.children) {
    json["children"].push_back(ExplanationToJson(sources, child));
  }
  return json;
}

Json GapToJson(const CheckedRuleSet& rule_set, const Gap& gap) {
  Json json = Json::object();
  for (const GapChange& change : gap.changes) {
    json["changes"].push_back(ChangeToJson(rule_set, change));
  }
  if (gap.changes.empty()) json["impossible"] = gap.reason;
  return json;
}

Json TimeToJson(Timestamp time) {
  std::string text = FormatTimestamp(time.micros);
  const size_t dot = text.find('.');
  if (dot == std::string::npos) return text;
  while ((text.size() - 2 - dot) % 3 != 0) text.insert(text.size() - 1, "0");
  return text;
}

void AddDetails(const SourceSet& sources, const CheckedRuleSet& rule_set,
                const RuleDetails& details, Json* rule) {
  if (details.explanation.has_value()) {
    const Rule& explained = rule_set.rules[details.explanation->rule];
    (*rule)["explanation"] = RuleToJson(sources, explained, *details.explanation);
  }
  if (details.gap.has_value()) (*rule)["gap"] = GapToJson(rule_set, *details.gap);
  if (details.next_change.has_value()) {
    (*rule)["nextChange"] = {{"time", TimeToJson(details.next_change->time)},
                             {"outcome", OutcomeName(details.next_change->outcome)}};
  }
}

}  // namespace pql
