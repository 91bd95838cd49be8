// An evaluation made offline, in the protobuf JSON mapping of pql.v1.AccountEvaluation: what
// evaluation_renderer.h prints.  Pure functions; thread-safe.

#ifndef TOOLS_PQL_EVALUATION_JSON_H_
#define TOOLS_PQL_EVALUATION_JSON_H_

#include <string_view>
#include <vector>

#include "eval/interpreter.h"
#include "language/checked_rule_set.h"
#include "tools/pql/json_text.h"

namespace pql {

struct EvaluationJsonOptions {
  bool all = false;              // rules that are not qualified, too
  std::vector<bool> only_rules;  // by index of the rule set: those to report; empty: all
};

// Draft rules are never shown, shadow rules apart; empty fields are left out.
Json EvaluationToJson(const CheckedRuleSet& rule_set, std::string_view account_id,
                      const Evaluation& evaluation, const EvaluationJsonOptions& options);

// pql.v1.RuleEvaluation.
Json RuleResultToJson(const CheckedRuleSet& rule_set, std::string_view rule,
                      const RuleResult& result);

Json MissingNames(const CheckedRuleSet& rule_set, const MissingMetrics& missing);

// A number, bool, string or list; a timestamp in RFC 3339, a duration as `1d12h`.
// REQUIRES: present.
Json ValueToJson(const Value& value);

}  // namespace pql

#endif  // TOOLS_PQL_EVALUATION_JSON_H_
