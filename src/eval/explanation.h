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
  // What the part is to the one above it: "when", "unless", "keep while" or "active" of a rule,
  // "if", "then" or "else" of an `if`, "add 40 when" of a scorecard; empty for any other part.
  std::string clause;
  std::string source;  // as written, white space folded; of a name, the name
  SourceRange range;
  Value value;  // true, false or missing; of a scorecard and of what its line counts, a value
  bool is_condition = true;       // false: `value` is no truth
  std::vector<SeenValue> values;  // what was compared, and what that was made of
  std::string sentence;           // "channels is 2, not more than 2", "1 of 2 hold; all are needed"
  std::vector<ExplanationNode> children;
};

struct RuleExplanation {
  uint32_t rule = 0;
  RuleResult result;
  std::string sentence;                  // "`when` does not hold"
  std::vector<ExplanationNode> clauses;  // active, when, keep while (if it took part), unless
};

// How deep a tree can get; what lies below is summed up by the values it saw.  Messages nested
// deeper than 100 are refused by the protobuf readers of most languages.
inline constexpr int kMaxExplanationDepth = 64;

// REQUIRES: `sources` are those the rule set was compiled from.
RuleExplanation ExplainRule(const SourceSet& sources, const RuleCone& cone,
                            const EvaluationInput& input);

// The same for any condition over evaluated items: a failing `expect`, an ad-hoc condition.
ExplanationNode ExplainCondition(const SourceSet& sources, const CheckedRuleSet& rule_set,
                                 const TypedExpression& condition, const EvaluationInput& input,
                                 const Evaluation& done);

}  // namespace pql

#endif  // PQL_EVAL_EXPLANATION_H_
