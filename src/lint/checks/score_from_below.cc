// score-from-below: a threshold that a scorecard stays under only because nothing is known of the
// account.

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/strings.h"
#include "language/operators.h"
#include "lint/all_checks.h"
#include "lint/logic.h"

namespace pql {
namespace {

class ScoreFromBelowCheck {
 public:
  explicit ScoreFromBelowCheck(LintContext* context)
      : context_(*context), space_(context->Shared<ConditionSpace>()) {}

  void Run() {
    for (const RootCondition& root : RootConditions(context_.checked())) {
      if (root.part == RootCondition::Part::kScore) continue;  // a rank decides nothing
      Visit(root, *root.expression, root.part == RootCondition::Part::kUnless);
    }
  }

 private:
  using Names = std::set<std::pair<TypedExpression::Kind, uint32_t>>;

  void Visit(const RootCondition& root, const TypedExpression& node, bool is_negated) {
    if (const auto scorecard = ThresholdFromBelow(node, is_negated)) {
      Check(root, node, is_negated, *scorecard);
    }
    const bool flips = node.Is(Operator::kNot);
    for (const TypedExpression& child : node.children) Visit(root, child, is_negated != flips);
  }

  // The scorecard, where the node says that its value is low: `fit < 40`, `not (fit >= 40)`.
  static std::optional<uint32_t> ThresholdFromBelow(const TypedExpression& node, bool is_negated) {
    if (node.kind != TypedExpression::Kind::kOperator || !IsComparison(node.op)) return {};
    for (const size_t side : {0, 1}) {
      if (node.children[side].kind != TypedExpression::Kind::kScorecard) continue;
      Operator op = side == 0 ? node.op : Mirrored(node.op);
      if (is_negated) op = Negated(op);
      if (op == Operator::kLess || op == Operator::kLessOrEqual) return node.children[side].index;
    }
    return {};
  }

  void Check(const RootCondition& root, const TypedExpression& node, bool is_negated,
             uint32_t index) {
    const Value seen = space_.Evaluate(space_.OfExpression(0, node), Witness());
    if (is_negated ? !seen.IsFalse() : !seen.IsTrue()) return;
    std::set<uint32_t> metrics;
    Names names;
    CollectScorecard(index, &names, &metrics);
    const std::optional<uint32_t> unknown = WithoutDefault(metrics);
    if (!unknown.has_value() || !CanHoldWithout(root, metrics)) return;
    const Scorecard& scorecard = context_.checked().scorecards[index];
    Diagnostic& finding = context_.Report(DiagnosticKind::kScoreFromBelow, node.range,
                                          {TextOf(context_.rule_set(), node)});
    finding.hint = StrCat("add `and ", context_.checked().metrics[*unknown].name,
                          " is present` if low is meant, and not unknown");
    finding.related.push_back(
        {scorecard.name_range, "a line adds nothing while its metrics are missing"});
  }

  std::optional<uint32_t> WithoutDefault(const std::set<uint32_t>& metrics) const {
    for (const uint32_t metric : metrics) {
      if (!context_.checked().metrics[metric].default_value.has_value()) return metric;
    }
    return {};
  }

  // Whether the condition that it is part of can be true while all those metrics are missing.
  bool CanHoldWithout(const RootCondition& root, const std::set<uint32_t>& metrics) {
    const bool is_rule = root.part == RootCondition::Part::kWhen ||
                         root.part == RootCondition::Part::kUnless ||
                         root.part == RootCondition::Part::kKeepWhile;
    if (!is_rule && !root.expression->type.IsBool()) return true;
    DiagramId condition = is_rule ? space_.OfRuleAnyTime(0, root.index)
                                  : space_.OfExpression(0, *root.expression).diagram;
    for (const uint32_t metric : metrics) {
      condition =
          space_.diagrams().WhereMissing(condition, space_.lowering().AxisOfMetric(0, metric));
    }
    return !space_.NeverTrue(condition);
  }

  void CollectScorecard(uint32_t index, Names* names, std::set<uint32_t>* metrics) {
    for (const ScorecardLine& line : context_.checked().scorecards[index].lines) {
      Collect(line.condition ? *line.condition : *line.per_value, names, metrics);
    }
  }
  // The metrics that the expression depends on, through names.
  void Collect(const TypedExpression& expression, Names* names, std::set<uint32_t>* metrics) {
    WalkTyped(expression, [&](const TypedExpression& node) {
      if (node.kind == TypedExpression::Kind::kMetric) metrics->insert(node.index);
      const bool is_name = IsName(node) || node.kind == TypedExpression::Kind::kScorecard;
      if (!is_name || !names->insert({node.kind, node.index}).second) return;
      const CheckedRuleSet& checked = context_.checked();
      if (node.kind == TypedExpression::Kind::kDefine) {
        Collect(checked.defines[node.index].value, names, metrics);
      } else if (node.kind == TypedExpression::Kind::kScorecard) {
        CollectScorecard(node.index, names, metrics);
      } else {
        Collect(checked.rules[node.index].when, names, metrics);
      }
    });
  }

  LintContext& context_;
  ConditionSpace& space_;
};

}  // namespace

void CheckScoreFromBelow(LintContext* context) { ScoreFromBelowCheck(context).Run(); }

}  // namespace pql
