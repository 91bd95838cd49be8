// Explanations, gaps and next changes as messages.  Thread-safe: no state.

#ifndef PQL_SERVICE_EXPLANATION_CONVERSION_H_
#define PQL_SERVICE_EXPLANATION_CONVERSION_H_

#include "eval/rule_details.h"
#include "pql/v1/evaluation.pb.h"
#include "ruleset/rule_set.h"

namespace pql {

// As deep as kMaxExplanationDepth.
void ToProto(const SourceSet& sources, const ExplanationNode& node, v1::Explanation* out);

// Adds what was found out about a rule of `rule_set`.
void AddDetails(const RuleSet& rule_set, const RuleDetails& details, v1::RuleEvaluation* out);

}  // namespace pql

#endif  // PQL_SERVICE_EXPLANATION_CONVERSION_H_
