// What an evaluation can tell about a rule beyond its outcome: why, what is missing, and when it
// changes by itself.
//
// Keeps references to the rule set.  Not thread-safe.

#ifndef PQL_EVAL_RULE_DETAILS_H_
#define PQL_EVAL_RULE_DETAILS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "eval/explanation.h"
#include "eval/gap.h"
#include "eval/next_change.h"
#include "eval/rule_cone.h"

namespace pql {

struct DetailOptions {
  bool explanation = false;
  bool gap = false;
  bool next_change = false;
  GapOptions gap_search;

  bool any() const { return explanation || gap || next_change; }
};

struct RuleDetails {
  std::optional<RuleExplanation> explanation;  // where asked for
  std::optional<Gap> gap;                      // likewise, unless the rule qualifies
  std::optional<NextChange> next_change;       // likewise, unless it never changes
};

class RuleDetailFinder {
 public:
  // REQUIRES: `sources` are those that the rule set was compiled from; both outlive this.
  RuleDetailFinder(const SourceSet& sources, const CheckedRuleSet& rule_set,
                   const DetailOptions& options)
      : sources_(sources), rule_set_(rule_set), options_(options), cones_(rule_set.rules.size()) {}

  const DetailOptions& options() const { return options_; }

  // Of a rule that is reported.
  RuleDetails Find(uint32_t rule, const EvaluationInput& input);
  // Of a rule that is not, if next changes are asked for: an answer as a whole changes with it.
  std::optional<NextChange> FindChange(uint32_t rule, const EvaluationInput& input);

 private:
  const RuleCone& ConeOf(uint32_t rule);

  const SourceSet& sources_;
  const CheckedRuleSet& rule_set_;
  const DetailOptions options_;
  std::vector<std::unique_ptr<const RuleCone>> cones_;  // by rule; made when needed
};

}  // namespace pql

#endif  // PQL_EVAL_RULE_DETAILS_H_
