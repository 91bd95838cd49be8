// Texts that two expressions share only if they are the same throughout, in whichever of several
// rule sets they stand.  Keeps references to the rule sets.  Not thread-safe.

#ifndef PQL_LINT_REASONING_EXPRESSION_SHAPES_H_
#define PQL_LINT_REASONING_EXPRESSION_SHAPES_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "language/checked_rule_set.h"
#include "language/typed_expression.h"

namespace pql {

class ExpressionShapes {
 public:
  // `metrics`: by rule set and metric, a text that is shared by those that mean the same.
  ExpressionShapes(std::span<const CheckedRuleSet* const> rule_sets,
                   std::vector<std::vector<std::string>> metrics);

  std::string OfExpression(size_t rule_set, const TypedExpression& expression);
  const std::string& OfScorecard(size_t rule_set, uint32_t scorecard) {
    return ScopeOf(rule_set).scorecards[scorecard];
  }
  const std::string& OfRule(size_t rule_set, uint32_t rule) {
    return ScopeOf(rule_set).rules[rule];
  }

 private:
  struct Scope {
    const CheckedRuleSet* rule_set = nullptr;
    std::vector<std::string> metrics;
    // Made when the first is asked for.
    bool is_made = false;
    std::vector<std::string> defines;
    std::vector<std::string> scorecards;
    std::vector<std::string> rules;
  };

  const Scope& ScopeOf(size_t rule_set);
  std::string ShapeOfRule(size_t rule_set, const Rule& rule);
  std::string ShapeOfScorecard(size_t rule_set, const Scorecard& scorecard);
  std::string OptionalShape(size_t rule_set, const std::optional<TypedExpression>& expression);
  std::string Interned(const std::string& shape);

  std::vector<Scope> scopes_;
  std::unordered_map<std::string, size_t> numbers_;  // of shapes of items
  uint64_t fresh_ = 0;                               // of what is never the same again
};

}  // namespace pql

#endif  // PQL_LINT_REASONING_EXPRESSION_SHAPES_H_
