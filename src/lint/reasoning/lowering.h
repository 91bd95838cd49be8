// From checked expressions to diagrams: an abstract interpreter that gives for every expression
// what it comes to on all accounts at once.
//
// It follows eval/interpreter.cc case by case; a diagram says true, false or missing exactly where
// the interpreter does.  What can't be followed, or grows too large, becomes an axis of its own: a
// value that may be anything, but is the same wherever the same expression stands.
// One assumption: the clock stands between the years 1001 and 8999, so that `now - 30d` is a time.
// Keeps references to the rule sets.  Not thread-safe.

#ifndef PQL_LINT_REASONING_LOWERING_H_
#define PQL_LINT_REASONING_LOWERING_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "language/checked_rule_set.h"
#include "language/typed_expression.h"
#include "lint/reasoning/diagram.h"
#include "lint/reasoning/expression_shapes.h"
#include "lint/reasoning/term_operations.h"
#include "lint/reasoning/terms.h"

namespace pql {

class Lowering {
 public:
  // REQUIRES: rule sets without errors.  Metrics of several are matched by name.
  Lowering(std::span<const CheckedRuleSet* const> rule_sets, DiagramStore* diagrams, Terms* terms);
  Lowering(const Lowering&) = delete;
  Lowering& operator=(const Lowering&) = delete;

  // What the expression comes to, as a diagram over its values.  Never kTooLarge.
  // REQUIRES: an expression that lives as long as this.
  DiagramId OfExpression(size_t rule_set, const TypedExpression& expression);
  // A rule's outcome as others see it that name it.
  DiagramId OfRule(size_t rule_set, uint32_t rule) const { return scopes_[rule_set].rules[rule]; }
  // The same where "already held" is asked of no rule in particular, so that the outcomes of two
  // rules can be compared: both hold the account, or neither.
  DiagramId OfRuleItself(size_t rule_set, uint32_t rule);
  // Its value: constants, or one term.
  DiagramId OfScorecard(size_t rule_set, uint32_t scorecard) const {
    return scopes_[rule_set].scorecards[scorecard];
  }
  // `when`, or `when or keep while`, and not `unless`, whatever the time.
  DiagramId OfRuleAnyTime(size_t rule_set, uint32_t rule);

  AxisId AxisOfMetric(size_t rule_set, uint32_t metric) const {
    return scopes_[rule_set].metric_axes[metric];
  }

 private:
  using Operands = std::span<const DiagramId>;

  struct Scope {
    const CheckedRuleSet* rule_set = nullptr;
    std::vector<AxisId> metric_axes;
    std::vector<DiagramId> metrics;
    std::vector<DiagramId> defines;
    std::vector<DiagramId> scorecards;
    std::vector<DiagramId> rules;
  };

  void DeclareMetrics();
  DiagramId MetricDiagram(const Metric& metric, AxisId axis);
  DiagramId Lower(const TypedExpression& expression);
  DiagramId LowerOnce(const TypedExpression& expression);
  DiagramId Simplified(const TypedExpression& expression);
  DiagramId LowerOperator(const TypedExpression& expression, Operands operands);
  DiagramId LowerScorecard(uint32_t index);
  DiagramId LowerRule(uint32_t index, std::string_view holder, bool any_time);
  DiagramId LinePoints(const ScorecardLine& line, DiagramId value);
  std::optional<Partition> PointsOfTerm(const ScorecardLine& line, const Term& term);
  KeyRange ReachableRange(const Scorecard& scorecard) const;

  DiagramId Choose(DiagramId condition, DiagramId then, DiagramId otherwise);
  DiagramId IsMissing(DiagramId value);
  DiagramId FirstPresent(Operands values);
  DiagramId InWindow(Operator op, DiagramId time, DiagramId span);
  // An expression that is not followed: the same value wherever the same stands.
  DiagramId Atom(const TypedExpression& expression);

  TermOperations& operations() { return *operations_; }
  ExpressionShapes& shapes();
  Scope& scope() { return scopes_[current_]; }

  DiagramStore& diagrams_;
  Terms& terms_;
  std::vector<Scope> scopes_;
  size_t current_ = 0;                        // the rule set whose names are in force
  std::optional<TermOperations> operations_;  // from when the axes of metrics are there
  std::optional<ExpressionShapes> shapes_;
  absl::flat_hash_map<const TypedExpression*, DiagramId> conditions_;
};

}  // namespace pql

#endif  // PQL_LINT_REASONING_LOWERING_H_
