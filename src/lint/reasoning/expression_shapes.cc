#include "lint/reasoning/expression_shapes.h"

#include <utility>

#include "base/strings.h"
#include "language/function_registry.h"

namespace pql {

ExpressionShapes::ExpressionShapes(std::span<const CheckedRuleSet* const> rule_sets,
                                   std::vector<std::vector<std::string>> metrics) {
  for (size_t i = 0; i < rule_sets.size(); ++i) {
    scopes_.push_back({.rule_set = rule_sets[i], .metrics = std::move(metrics[i])});
  }
}

std::string ExpressionShapes::OfExpression(size_t rule_set, const TypedExpression& expression) {
  std::string shape;
  switch (expression.kind) {
    case TypedExpression::Kind::kError:
      return StrCat("error ", ++fresh_);
    case TypedExpression::Kind::kConstant:
      return expression.constant.ToSource();
    case TypedExpression::Kind::kMetric:
      return scopes_[rule_set].metrics[expression.index];
    case TypedExpression::Kind::kDefine:
      return ScopeOf(rule_set).defines[expression.index];
    case TypedExpression::Kind::kScorecard:
      return OfScorecard(rule_set, expression.index);
    case TypedExpression::Kind::kRule:
      return OfRule(rule_set, expression.index);
    case TypedExpression::Kind::kNow:
      return "now";
    case TypedExpression::Kind::kStage:
      return StrCat("stage ", rule_set);
    case TypedExpression::Kind::kCall:
      shape = StrCat("(", expression.function->name);
      if (!expression.function->deterministic) StrAppend(&shape, " no. ", ++fresh_);
      break;
    case TypedExpression::Kind::kOperator:
      shape = StrCat("(", static_cast<int>(expression.op), " ", expression.count);
      break;
  }
  for (const TypedExpression& child : expression.children) {
    StrAppend(&shape, " ", OfExpression(rule_set, child));
  }
  return shape + ")";
}

std::string ExpressionShapes::OptionalShape(size_t rule_set,
                                            const std::optional<TypedExpression>& expression) {
  return expression.has_value() ? OfExpression(rule_set, *expression) : "none";
}

std::string ExpressionShapes::ShapeOfRule(size_t rule_set, const Rule& rule) {
  std::string shape =
      StrCat("rule ", OfExpression(rule_set, rule.when), " ", OptionalShape(rule_set, rule.unless));
  // Who is held differs from rule to rule.
  if (rule.keep_while) {
    StrAppend(&shape, " ", rule.name, " ", OfExpression(rule_set, *rule.keep_while));
  }
  if (rule.active_from) StrAppend(&shape, " from ", rule.active_from->micros);
  if (rule.active_until) StrAppend(&shape, " until ", rule.active_until->micros);
  return shape;
}

std::string ExpressionShapes::ShapeOfScorecard(size_t rule_set, const Scorecard& scorecard) {
  std::string shape = "scorecard";
  for (const std::optional<double>& limit : {scorecard.cap, scorecard.floor}) {
    StrAppend(&shape, " ", limit ? Value::Number(*limit).ToSource() : "none");
  }
  for (const ScorecardLine& line : scorecard.lines) {
    StrAppend(&shape, "; ", Value::Number(line.points).ToSource(), " ",
              OptionalShape(rule_set, line.condition), " ", OptionalShape(rule_set, line.per_value),
              " ", Value::Number(line.per).ToSource());
    if (line.up_to) StrAppend(&shape, " up to ", Value::Number(*line.up_to).ToSource());
  }
  return shape;
}

const ExpressionShapes::Scope& ExpressionShapes::ScopeOf(size_t rule_set) {
  Scope& scope = scopes_[rule_set];
  if (std::exchange(scope.is_made, true)) return scope;
  const CheckedRuleSet& checked = *scope.rule_set;
  scope.defines.resize(checked.defines.size());
  scope.scorecards.resize(checked.scorecards.size());
  scope.rules.resize(checked.rules.size());
  // In an order in which each item stands behind those that it names.
  for (const Item item : checked.evaluation_order) {
    switch (item.kind) {
      case Item::Kind::kDefine:
        scope.defines[item.index] =
            Interned(OfExpression(rule_set, checked.defines[item.index].value));
        break;
      case Item::Kind::kScorecard:
        scope.scorecards[item.index] =
            Interned(ShapeOfScorecard(rule_set, checked.scorecards[item.index]));
        break;
      case Item::Kind::kRule:
        scope.rules[item.index] = Interned(ShapeOfRule(rule_set, checked.rules[item.index]));
        break;
    }
  }
  return scope;
}

std::string ExpressionShapes::Interned(const std::string& shape) {
  return StrCat("#", numbers_.try_emplace(shape, numbers_.size()).first->second);
}

}  // namespace pql
