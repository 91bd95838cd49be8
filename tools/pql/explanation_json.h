// Explanations, gaps and next changes in the protobuf JSON mapping of their messages in
// proto/pql/v1/evaluation.proto: what explanation_text.h prints.  Pure functions; thread-safe.

#ifndef TOOLS_PQL_EXPLANATION_JSON_H_
#define TOOLS_PQL_EXPLANATION_JSON_H_

#include "diagnostics/source.h"
#include "eval/rule_details.h"
#include "language/checked_rule_set.h"
#include "tools/pql/json_text.h"

namespace pql {

// pql.v1.Explanation of a condition and its parts.
Json ExplanationToJson(const SourceSet& sources, const ExplanationNode& node);
// pql.v1.Gap.
Json GapToJson(const CheckedRuleSet& rule_set, const Gap& gap);
// google.protobuf.Timestamp, which has 0, 3 or 6 decimals.
Json TimeToJson(Timestamp time);

// Adds what was found to a pql.v1.RuleEvaluation.
void AddDetails(const SourceSet& sources, const CheckedRuleSet& rule_set,
                const RuleDetails& details, Json* rule);

}  // namespace pql

#endif  // TOOLS_PQL_EXPLANATION_JSON_H_
