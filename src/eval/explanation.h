// Why a rule came out as it did: a tree that mirrors the rule, each part with its source range, its
// outcome and the values it saw.
//
// Pure; thread-safe.  Results are values without references to the rule set.

#ifndef PQL_EVAL_EXPLANATION_H_
#define PQL_EVAL_EXPLANATION_H_

#include <string>
#include <vector>

#include "diagnostics/source.h"
#include "eval/rule_cone.h"

namespace pql {

// A value that a condition looked at.
struct SeenValue {
  std::string source;       // as written: `messages`, `engagement`, `now`
  Value value;              // missing when it is not known
  bool is_default = false;  // nobody sent it; the metric's default stood in
};

struct ExplanationNode {
  // Why this part is in the tree: "when", "unless", "keep while", "active", the name of a define,
  // scorecard or rule that is shown in place, or empty for a part of a condition.
  std::string clause;
  std::string source;  // the part as written, white space folded
  SourceRange range;
  Value value;                    // true, false, missing; a number for a scorecard
  std::vector<SeenValue> values;  // of a part without children of its own
  std::string sentence;           // `channels is 2` / "3 of 4 parts hold"
  std::vector<ExplanationNode> children;
};

struct RuleExplanation {
  uint32_t rule = 0;
  RuleResult result;
  bool held = false;                     // `keep while` took part
  std::vector<ExplanationNode> clauses;  // active, when, keep while, unless
};

// REQUIRES: `sources` are those the rule set was compiled from.
RuleExplanation ExplainRule(const SourceSet& sources, const RuleCone& cone,
                            const EvaluationInput& input);

// The same for any condition over evaluated items: a failing `expect`, an ad-hoc condition.
ExplanationNode ExplainCondition(const SourceSet& sources, const CheckedRuleSet& rule_set,
                                 const TypedExpression& condition, const EvaluationInput& input,
                                 const Evaluation& done);

}  // namespace pql

#endif  // PQL_EVAL_EXPLANATION_H_
