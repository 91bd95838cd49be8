#include "lint/reasoning/lowering.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "base/strings.h"
#include "eval/metric_axis.h"
#include "eval/scorecard_points.h"
#include "language/function_registry.h"

namespace pql {
namespace {

using Kind = Type::Kind;

// More values than this of what a scorecard counts are not told apart.
constexpr int kMaxCounts = 64;
// Parts of a condition that is too large which are compared with each other.
constexpr size_t kMaxCompared = 32;

double AmountOf(const Value& value) {
  return value.IsDuration() ? static_cast<double>(value.duration().micros) : value.number();
}

}  // namespace

Lowering::Lowering(std::span<const CheckedRuleSet* const> rule_sets, DiagramStore* diagrams,
                   Terms* terms)
    : diagrams_(*diagrams), terms_(*terms) {
  for (const CheckedRuleSet* rule_set : rule_sets) {
    Scope scope;
    scope.rule_set = rule_set;
    scope.defines.resize(rule_set->defines.size(), kTooLarge);
    scope.scorecards.resize(rule_set->scorecards.size(), kTooLarge);
    scope.rules.resize(rule_set->rules.size(), kTooLarge);
    scopes_.push_back(std::move(scope));
  }
  DeclareMetrics();
  operations_.emplace(diagrams, terms);
  for (current_ = 0; current_ < scopes_.size(); ++current_) {
    for (const Item item : scope().rule_set->evaluation_order) {
      switch (item.kind) {
        case Item::Kind::kDefine:
          scope().defines[item.index] = Lower(scope().rule_set->defines[item.index].value);
          break;
        case Item::Kind::kScorecard:
          scope().scorecards[item.index] = LowerScorecard(item.index);
          break;
        case Item::Kind::kRule:
          scope().rules[item.index] =
              LowerRule(item.index, scope().rule_set->rules[item.index].name, /*any_time=*/false);
          break;
      }
    }
  }
  current_ = 0;
}

DiagramId Lowering::OfExpression(size_t rule_set, const TypedExpression& expression) {
  current_ = rule_set;
  return Lower(expression);
}

DiagramId Lowering::OfRuleItself(size_t rule_set, uint32_t rule) {
  current_ = rule_set;
  if (!scope().rule_set->rules[rule].keep_while.has_value()) return scope().rules[rule];
  return LowerRule(rule, "", /*any_time=*/false);
}

DiagramId Lowering::OfRuleAnyTime(size_t rule_set, uint32_t rule) {
  current_ = rule_set;
  return LowerRule(rule, "", /*any_time=*/true);
}

// Rule sets that give a metric the same name mean the same by it.  What one of them does not admit
// as its value (another option, another type) is not there for that one.
void Lowering::DeclareMetrics() {
  struct Shared {
    Kind kind = Kind::kNumber;
    std::vector<std::string> options;
  };
  std::map<std::string, Shared> by_name;
  for (const Scope& scope : scopes_) {
    for (const Metric& metric : scope.rule_set->metrics) {
      const auto [known, inserted] =
          by_name.try_emplace(metric.name, Shared{metric.type.kind(), metric.type.options()});
      if (inserted) continue;
      Shared& shared = known->second;
      if (shared.kind == Kind::kOneOf && metric.type.kind() == Kind::kString) {
        shared.kind = Kind::kString;
      }
      for (const std::string& option : metric.type.options()) {
        const auto& all = shared.options;
        if (std::find(all.begin(), all.end(), option) == all.end()) {
          shared.options.push_back(option);
        }
      }
    }
  }
  for (current_ = 0; current_ < scopes_.size(); ++current_) {
    for (const Metric& metric : scope().rule_set->metrics) {
      const Shared& shared = by_name.at(metric.name);
      const bool is_text =
          metric.type.IsText() && (shared.kind == Kind::kString || shared.kind == Kind::kOneOf);
      AxisMeaning meaning = {.subject = AxisMeaning::Subject::kMetric,
                             .kind = is_text ? shared.kind : metric.type.kind(),
                             .name = metric.name};
      Axis axis = {.universe = RangeOfKind(meaning.kind), .is_metric = true};
      if (meaning.kind == Kind::kOneOf) {
        meaning.options = shared.options;
        axis.universe = {0, static_cast<int64_t>(shared.options.size()) - 1};
      }
      const AxisId id = terms_.AxisOf(
          StrCat("metric ", static_cast<int>(meaning.kind), " ", metric.name), meaning, axis);
      scope().metric_axes.push_back(id);
      scope().metrics.push_back(MetricDiagram(metric, id));
    }
  }
  current_ = 0;
}

DiagramId Lowering::MetricDiagram(const Metric& metric, AxisId axis) {
  const AxisMeaning meaning = terms_.MeaningOf(axis);
  const DiagramId when_missing = terms_.OfConstant(metric.default_value.value_or(Value::Missing()));
  Partition partition = {.missing = when_missing};
  if (meaning.kind == Kind::kBool) {
    partition.edges = {{0, kFalse}, {1, kTrue}};
    return diagrams_.Node(axis, std::move(partition));
  }
  if (metric.type.kind() != Kind::kOneOf) {
    const Term term = {.axis = axis, .kind = metric.type.kind()};
    const DiagramId value = terms_.OfTerm(term);
    return when_missing == kMissing ? value : terms_.WherePresent(term, value, when_missing);
  }
  std::map<int64_t, DiagramId> values;  // by key
  for (const std::string& option : metric.type.options()) {
    const auto place = std::find(meaning.options.begin(), meaning.options.end(), option);
    const int64_t key =
        meaning.kind == Kind::kOneOf ? place - meaning.options.begin() : terms_.KeyOfText(option);
    values[key] = terms_.OfConstant(Value::String(option));
  }
  const KeyRange universe = diagrams_.axis(axis).universe;
  for (int64_t key = universe.low; key <= universe.high; ++key) {
    const auto value = values.find(key);
    partition.edges.push_back({key, value == values.end() ? when_missing : value->second});
    if (values.empty() || key > values.rbegin()->first) break;  // the rest is alike
  }
  return diagrams_.Node(axis, std::move(partition));
}

// Conditions are remembered: checks ask about every part of them.
DiagramId Lowering::Lower(const TypedExpression& expression) {
  const bool is_condition = expression.type.IsBool();
  if (is_condition) {
    const auto known = conditions_.find(&expression);
    if (known != conditions_.end()) return known->second;
  }
  DiagramId result = LowerOnce(expression);
  if (result == kTooLarge) result = Simplified(expression);
  if (is_condition) conditions_[&expression] = result;
  return result;
}

DiagramId Lowering::LowerOnce(const TypedExpression& expression) {
  switch (expression.kind) {
    case TypedExpression::Kind::kError:
    case TypedExpression::Kind::kStage:
      return Atom(expression);
    case TypedExpression::Kind::kConstant:
      return terms_.OfConstant(expression.constant);
    case TypedExpression::Kind::kMetric:
      return scope().metrics[expression.index];
    case TypedExpression::Kind::kDefine:
      return scope().defines[expression.index];
    case TypedExpression::Kind::kScorecard:
      return scope().scorecards[expression.index];
    case TypedExpression::Kind::kRule:
      return scope().rules[expression.index];
    case TypedExpression::Kind::kNow:
      return operations().Now();
    case TypedExpression::Kind::kCall:
    case TypedExpression::Kind::kOperator:
      break;
  }
  std::vector<DiagramId> operands;
  operands.reserve(expression.children.size());
  for (const TypedExpression& child : expression.children) operands.push_back(Lower(child));
  if (expression.kind == TypedExpression::Kind::kOperator) {
    return LowerOperator(expression, operands);
  }
  if (expression.function->missing == FunctionDefinition::Missing::kFirstPresent) {
    return FirstPresent(operands);
  }
  return operations().Strict(expression, operands);
}

// Instead of what is too large: an atom, but of an `and` (`or`) two parts of which exclude each
// other one that is never true (never false).
DiagramId Lowering::Simplified(const TypedExpression& expression) {
  const DiagramId atom = Atom(expression);
  const bool is_and = expression.Is(Operator::kAnd);
  const auto& parts = expression.children;
  if ((!is_and && !expression.Is(Operator::kOr)) || parts.size() > kMaxCompared) return atom;
  for (size_t i = 0; i < parts.size(); ++i) {
    for (size_t j = i + 1; j < parts.size(); ++j) {
      const DiagramId a = Lower(parts[i]);
      const DiagramId b = Lower(parts[j]);
      if (is_and && !diagrams_.CanBe(diagrams_.And(a, b), kTrue)) {
        return diagrams_.And(atom, kMissing);
      }
      if (!is_and && !diagrams_.CanBe(diagrams_.Or(a, b), kFalse)) {
        return diagrams_.Or(atom, kMissing);
      }
    }
  }
  return atom;
}

DiagramId Lowering::LowerOperator(const TypedExpression& expression, Operands operands) {
  switch (expression.op) {
    case Operator::kIf:
      return Choose(operands[0], operands[1], operands[2]);
    case Operator::kOr:
      return diagrams_.Or(operands);
    case Operator::kAnd:
      return diagrams_.And(operands);
    case Operator::kNot:
      return diagrams_.Not(operands[0]);
    case Operator::kAtLeast:
      return diagrams_.AtLeast(expression.count, operands);
    case Operator::kIn:
    case Operator::kNotIn: {
      std::vector<DiagramId> equal;
      for (const DiagramId member : operands.subspan(1)) {
        equal.push_back(operations().Compare(Operator::kEqual, operands[0], member));
      }
      const DiagramId in = diagrams_.Or(equal);
      return expression.op == Operator::kIn ? in : diagrams_.Not(in);
    }
    case Operator::kBetween:
      return diagrams_.And(
          operations().Compare(Operator::kGreaterOrEqual, operands[0], operands[1]),
          operations().Compare(Operator::kLessOrEqual, operands[0], operands[2]));
    case Operator::kWithinLast:
    case Operator::kWithinNext:
      return InWindow(expression.op, operands[0], operands[1]);
    case Operator::kIsMissing:
      return IsMissing(operands[0]);
    case Operator::kIsPresent:
      return diagrams_.Not(IsMissing(operands[0]));
    default:
      return operations().Strict(expression, operands);
  }
}

DiagramId Lowering::Choose(DiagramId condition, DiagramId then, DiagramId otherwise) {
  const DiagramId operands[] = {condition};
  return diagrams_.Combine(operands, [&](Operands terminals) {
    return terminals[0] == kTrue ? then : terminals[0] == kFalse ? otherwise : kMissing;
  });
}

DiagramId Lowering::IsMissing(DiagramId value) {
  const DiagramId operands[] = {value};
  return diagrams_.Combine(operands, [&](Operands terminals) {
    if (terms_.IsTerm(terminals[0])) {
      return terms_.WherePresent(terms_.TermOf(terminals[0]), kFalse, kTrue);
    }
    return terminals[0] == kMissing ? kTrue : kFalse;
  });
}

DiagramId Lowering::FirstPresent(Operands values) {
  DiagramId result = kMissing;
  for (size_t i = values.size(); i-- > 0;) {
    const DiagramId operands[] = {values[i]};
    result = diagrams_.Combine(operands, [&, rest = result](Operands terminals) {
      const DiagramId terminal = terminals[0];
      if (terminal == kMissing) return rest;
      if (!terms_.IsTerm(terminal)) return terminal;
      return terms_.WherePresent(terms_.TermOf(terminal), terminal, rest);
    });
  }
  return result;
}

// now - span < time <= now, or now < time <= now + span.
DiagramId Lowering::InWindow(Operator op, DiagramId time, DiagramId span) {
  const bool last = op == Operator::kWithinLast;
  const DiagramId now = operations().Now();
  const DiagramId end = operations().Strict(last ? Operator::kSubtract : Operator::kAdd,
                                            Type::Timestamp(), now, span);
  return diagrams_.And(operations().Compare(Operator::kGreater, time, last ? end : now),
                       operations().Compare(Operator::kLessOrEqual, time, last ? now : end));
}

DiagramId Lowering::LowerRule(uint32_t index, std::string_view holder, bool any_time) {
  const Rule& rule = scope().rule_set->rules[index];
  DiagramId condition = Lower(rule.when);
  if (rule.keep_while.has_value()) {
    const DiagramId keep = Lower(*rule.keep_while);
    const AxisMeaning meaning = {.subject = AxisMeaning::Subject::kHeldRule,
                                 .kind = Kind::kBool,
                                 .name = std::string(holder)};
    const AxisId held = terms_.AxisOf(StrCat("held ", holder), meaning,
                                      {.universe = {0, 1}, .can_be_missing = false});
    condition = Choose(operations().BoolAxis(held), diagrams_.Or(condition, keep), condition);
  }
  if (rule.unless.has_value()) {
    condition = diagrams_.And(condition, diagrams_.Not(Lower(*rule.unless)));
  }
  const DiagramId now = operations().Now();
  if (rule.active_from.has_value() && !any_time) {
    const DiagramId from = terms_.OfConstant(Value::Time(*rule.active_from));
    condition =
        diagrams_.And(condition, operations().Compare(Operator::kGreaterOrEqual, now, from));
  }
  if (rule.active_until.has_value() && !any_time) {
    const DiagramId until = terms_.OfConstant(Value::Time(*rule.active_until));
    condition = diagrams_.And(condition, operations().Compare(Operator::kLess, now, until));
  }
  if (condition != kTooLarge) return condition;
  return operations().FreeValue(
      StrCat(any_time ? "any time " : "rule ", holder.empty() ? "itself " : "",
             shapes().OfRule(current_, index)),
      Type::Bool(), /*can_be_missing=*/true);
}

// --- Scorecards --------------------------------------------------------------------------------

DiagramId Lowering::LowerScorecard(uint32_t index) {
  const Scorecard& scorecard = scope().rule_set->scorecards[index];
  DiagramId sum = terms_.OfConstant(Value::Number(0));
  for (const ScorecardLine& line : scorecard.lines) {
    const DiagramId value = Lower(line.condition ? *line.condition : *line.per_value);
    const DiagramId operands[] = {sum, LinePoints(line, value)};
    sum = diagrams_.Combine(operands, [this](Operands terminals) {
      const double so_far = terms_.ConstantOf(terminals[0]).number();
      const double points = terms_.ConstantOf(terminals[1]).number();
      return terms_.OfConstant(Value::Number(SumOfPoints(so_far, points)));
    });
    if (sum == kTooLarge) break;
  }
  const DiagramId operands[] = {sum};
  const DiagramId clamped = diagrams_.Combine(operands, [&](Operands terminals) {
    const double value = terms_.ConstantOf(terminals[0]).number();
    return terms_.OfConstant(Value::Number(ScoreWithinBounds(scorecard, value)));
  });
  if (clamped != kTooLarge) return clamped;
  return operations().FreeValue(StrCat("scorecard ", shapes().OfScorecard(current_, index)),
                                Type::Number(), /*can_be_missing=*/false,
                                ReachableRange(scorecard));
}

// The points as constants; none where the value is missing.
DiagramId Lowering::LinePoints(const ScorecardLine& line, DiagramId value) {
  const DiagramId none = terms_.OfConstant(Value::Number(0));
  const DiagramId operands[] = {value};
  return diagrams_.Combine(operands, [&](Operands terminals) {
    const DiagramId terminal = terminals[0];
    if (terminal == kMissing) return none;
    if (line.condition.has_value()) {
      return terminal == kTrue ? terms_.OfConstant(Value::Number(line.points)) : none;
    }
    if (!terms_.IsTerm(terminal)) {
      return terms_.OfConstant(
          Value::Number(PointsPer(line, AmountOf(terms_.ConstantOf(terminal)))));
    }
    const Term& term = terms_.TermOf(terminal);
    std::optional<Partition> points = PointsOfTerm(line, term);
    return points.has_value() ? terms_.Where(term, *std::move(points)) : kTooLarge;
  });
}

// The points never fall as the value grows (or never rise, if they are subtracted), so that each
// amount begins at one key.  Nothing where there are too many amounts.
std::optional<Partition> Lowering::PointsOfTerm(const ScorecardLine& line, const Term& term) {
  const KeyRange range = terms_.RangeOf(term);
  const auto points_at = [&](int64_t key) {
    return PointsPer(line, AmountOf(FromOrderedKey(key, term.kind)));
  };
  const double last = points_at(range.high);
  Partition partition = {.missing = terms_.OfConstant(Value::Number(0))};
  int64_t low = range.low;
  while (true) {
    const double points = points_at(low);
    partition.edges.push_back({low, terms_.OfConstant(Value::Number(points))});
    if (points == last) return partition;
    if (partition.edges.size() > static_cast<size_t>(kMaxCounts)) return std::nullopt;
    int64_t same = low;
    int64_t changed = range.high;
    while (static_cast<uint64_t>(changed) - static_cast<uint64_t>(same) > 1) {
      const int64_t middle =
          same +
          static_cast<int64_t>((static_cast<uint64_t>(changed) - static_cast<uint64_t>(same)) / 2);
      (points_at(middle) == points ? same : changed) = middle;
    }
    low = changed;
  }
}

// Sums of doubles never fall when a part grows, so those of the least and the most points of each
// line bound all others.
KeyRange Lowering::ReachableRange(const Scorecard& scorecard) const {
  double least = 0;
  double most = 0;
  for (const ScorecardLine& line : scorecard.lines) {
    double points = line.points;
    if (line.per_value.has_value()) {
      const double limit = line.up_to.value_or(std::numeric_limits<double>::max());
      points = std::copysign(limit, line.points);
    }
    least = SumOfPoints(least, std::min(0.0, points));
    most = SumOfPoints(most, std::max(0.0, points));
  }
  return {OrderedKey(Value::Number(ScoreWithinBounds(scorecard, least))),
          OrderedKey(Value::Number(ScoreWithinBounds(scorecard, most)))};
}

DiagramId Lowering::Atom(const TypedExpression& expression) {
  return operations().FreeValue(StrCat("expression ", shapes().OfExpression(current_, expression)),
                                expression.type,
                                /*can_be_missing=*/true);
}

// Made when something is asked for that is too large, which is seldom.
ExpressionShapes& Lowering::shapes() {
  if (!shapes_.has_value()) {
    std::vector<const CheckedRuleSet*> rule_sets;
    std::vector<std::vector<std::string>> metrics;
    for (const Scope& scope : scopes_) {
      rule_sets.push_back(scope.rule_set);
      metrics.emplace_back();
      for (size_t i = 0; i < scope.metrics.size(); ++i) {
        metrics.back().push_back(StrCat("metric ", scope.metrics[i], " ", scope.metric_axes[i]));
      }
    }
    shapes_.emplace(rule_sets, std::move(metrics));
  }
  return *shapes_;
}

}  // namespace pql
