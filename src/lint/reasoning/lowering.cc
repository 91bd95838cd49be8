#include "lint/reasoning/lowering.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <map>
#include <utility>

#include "base/strings.h"
#include "base/time_text.h"
#include "eval/metric_axis.h"
#include "eval/scorecard_points.h"
#include "language/function_registry.h"
#include "language/operators.h"
#include "re2/re2.h"

namespace pql {
namespace {

using Kind = Type::Kind;

// How far from the clock a time may lie for the clock to be taken as inside of the calendar.
constexpr int64_t kMaxClockShift = 365'000 * kMicrosPerDay;
// More values than this of what a scorecard counts are not told apart.
constexpr int kMaxCounts = 64;
// Parts of a condition that is too large which are compared with each other.
constexpr size_t kMaxCompared = 32;
constexpr int64_t kLargestWhole = int64_t{1} << 53;

TypedExpression OperatorNode(Operator op, Type type) {
  TypedExpression node;
  node.kind = TypedExpression::Kind::kOperator;
  node.op = op;
  node.type = std::move(type);
  return node;
}

// Whether the result is present wherever the operands are.
bool IsTotal(const TypedExpression& node) {
  if (node.kind == TypedExpression::Kind::kOperator) {
    return node.op == Operator::kContains || node.op == Operator::kStartsWith ||
           node.op == Operator::kEndsWith || node.op == Operator::kMatches;
  }
  const std::string& family = node.function->family;
  const std::string& name = node.function->name;
  if (family == "text") return true;
  return name == "size" || name == "weekday" || name == "round" || name == "floor" ||
         name == "ceil" || name == "days" || name == "hours" || name == "minutes" ||
         name == "min" || name == "max";
}

struct ResultRange {
  std::optional<KeyRange> range;
  bool is_whole = false;
};

ResultRange RangeOfResult(const TypedExpression& node) {
  if (node.kind != TypedExpression::Kind::kCall) return {};
  const std::string& name = node.function->name;
  if (name == "size" || name == "length") return {KeyRange{0, kLargestWhole}, true};
  if (name == "weekday") return {KeyRange{1, 7}, true};
  if (name == "sqrt" || name == "abs") {
    return {KeyRange{0, FullRange(node.type.kind()).high}, false};
  }
  return {};
}

KeyRange RangeOfKind(Kind kind) {
  if (IsOrderedKind(kind)) return FullRange(kind);
  if (kind == Kind::kBool) return {0, 1};
  if (kind == Kind::kString || kind == Kind::kOneOf) return kTextRange;
  return {0, 0};
}

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
  clock_ = terms_.AxisOf(
      "clock", {.subject = AxisMeaning::Subject::kClock, .kind = Kind::kTimestamp, .name = "now"},
      {.universe = FullRange(Kind::kTimestamp), .can_be_missing = false});
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
      return terms_.OfTerm({.axis = clock_, .kind = Kind::kTimestamp});
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
  return Strict(expression, operands);
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
        equal.push_back(Compare(Operator::kEqual, operands[0], member));
      }
      const DiagramId in = diagrams_.Or(equal);
      return expression.op == Operator::kIn ? in : diagrams_.Not(in);
    }
    case Operator::kBetween:
      return diagrams_.And(Compare(Operator::kGreaterOrEqual, operands[0], operands[1]),
                           Compare(Operator::kLessOrEqual, operands[0], operands[2]));
    case Operator::kWithinLast:
    case Operator::kWithinNext:
      return InWindow(expression.op, operands[0], operands[1]);
    case Operator::kIsMissing:
      return IsMissing(operands[0]);
    case Operator::kIsPresent:
      return diagrams_.Not(IsMissing(operands[0]));
    default:
      return Strict(expression, operands);
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

DiagramId Lowering::Compare(Operator comparison, DiagramId a, DiagramId b) {
  const DiagramId operands[] = {a, b};
  return Strict(OperatorNode(comparison, Type::Bool()), operands);
}

// now - span < time <= now, or now < time <= now + span.
DiagramId Lowering::InWindow(Operator op, DiagramId time, DiagramId span) {
  const bool last = op == Operator::kWithinLast;
  const DiagramId now = terms_.OfTerm({.axis = clock_, .kind = Kind::kTimestamp});
  const DiagramId operands[] = {now, span};
  const DiagramId end = Strict(
      OperatorNode(last ? Operator::kSubtract : Operator::kAdd, Type::Timestamp()), operands);
  return diagrams_.And(Compare(Operator::kGreater, time, last ? end : now),
                       Compare(Operator::kLessOrEqual, time, last ? now : end));
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
    condition = Choose(BoolAxis(held), diagrams_.Or(condition, keep), condition);
  }
  if (rule.unless.has_value()) {
    condition = diagrams_.And(condition, diagrams_.Not(Lower(*rule.unless)));
  }
  const DiagramId now = terms_.OfTerm({.axis = clock_, .kind = Kind::kTimestamp});
  if (rule.active_from.has_value() && !any_time) {
    const DiagramId from = terms_.OfConstant(Value::Time(*rule.active_from));
    condition = diagrams_.And(condition, Compare(Operator::kGreaterOrEqual, now, from));
  }
  if (rule.active_until.has_value() && !any_time) {
    const DiagramId until = terms_.OfConstant(Value::Time(*rule.active_until));
    condition = diagrams_.And(condition, Compare(Operator::kLess, now, until));
  }
  if (condition != kTooLarge) return condition;
  MakeItemShapes();
  return FreeValue(StrCat(any_time ? "any time " : "rule ", holder.empty() ? "itself " : "",
                          scope().rule_shapes[index]),
                   Type::Bool(), /*can_be_missing=*/true, std::nullopt, false);
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
  MakeItemShapes();
  return FreeValue(StrCat("scorecard ", scope().scorecard_shapes[index]), Type::Number(),
                   /*can_be_missing=*/false, ReachableRange(scorecard), /*is_whole=*/false);
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

// --- Strict operators and functions ------------------------------------------------------------

DiagramId Lowering::Strict(const TypedExpression& node, Operands operands) {
  if (std::all_of(operands.begin(), operands.end(), IsTerminal)) {
    return StrictAtTerminals(node, operands);
  }
  return diagrams_.Combine(operands,
                           [&](Operands terminals) { return StrictAtTerminals(node, terminals); });
}

DiagramId Lowering::StrictAtTerminals(const TypedExpression& node, Operands terminals) {
  std::vector<Value> values;
  size_t term_count = 0;
  size_t variable = 0;
  for (size_t i = 0; i < terminals.size(); ++i) {
    if (terminals[i] == kTooLarge) return kTooLarge;
    if (terminals[i] == kMissing) return kMissing;
    if (!terms_.IsTerm(terminals[i])) {
      values.push_back(terms_.ConstantOf(terminals[i]));
      continue;
    }
    values.emplace_back();
    ++term_count;
    variable = i;
  }
  const bool is_call = node.kind == TypedExpression::Kind::kCall;
  if (is_call && !node.function->deterministic) return Computed(node, terminals);
  if (term_count == 0) {
    if (node.Is(Operator::kMatches)) {
      return re2::RE2::PartialMatch(values[0].string(), *node.pattern) ? kTrue : kFalse;
    }
    const Value value = is_call ? node.function->body(values) : InfoOf(node.op).body(values);
    return terms_.OfConstant(!is_call || value.Fits(node.type) ? value : Value::Missing());
  }
  if (!is_call && IsComparison(node.op)) {
    return CompareAtTerminals(node.op, terminals[0], terminals[1]);
  }
  if (node.Is(Operator::kSubtract) && term_count == 2) {
    if (const auto difference = SubtractTimes(terminals[0], terminals[1])) return *difference;
  }
  if (term_count == 1) {
    Term term = terms_.TermOf(terminals[variable]);
    if (StepPtr step = StepOf(node, variable, term.kind, values)) {
      term.kind = step->to;
      term.steps.push_back(std::move(step));
      return terms_.OfTerm(term);
    }
  }
  return Computed(node, terminals);
}

// REQUIRES: at least one is a term, none is missing.
DiagramId Lowering::CompareAtTerminals(Operator comparison, DiagramId a, DiagramId b) {
  if (!terms_.IsTerm(a)) return CompareAtTerminals(Mirrored(comparison), b, a);
  if (terms_.IsTerm(b)) return CompareTerms(comparison, a, b);
  const Term& term = terms_.TermOf(a);
  const Value constant = terms_.ConstantOf(b);
  const int64_t key =
      constant.IsString() ? terms_.KeyOfText(constant.string()) : OrderedKey(constant);
  return terms_.Where(term, CompareKeys(comparison, key, terms_.RangeOf(term)));
}

DiagramId Lowering::CompareTerms(Operator comparison, DiagramId a, DiagramId b) {
  if (a > b) return CompareTerms(Mirrored(comparison), b, a);
  const DiagramId both[] = {a, b};
  const bool holds_for_equal = comparison == Operator::kEqual ||
                               comparison == Operator::kLessOrEqual ||
                               comparison == Operator::kGreaterOrEqual;
  if (a == b) return RequirePresent(both, holds_for_equal ? kTrue : kFalse);
  const Term first = terms_.TermOf(a);
  const Term second = terms_.TermOf(b);
  if (first.kind == Kind::kTimestamp) {
    const std::optional<int64_t> first_shift = ShiftOf(first);
    const std::optional<int64_t> second_shift = ShiftOf(second);
    if (first_shift.has_value() && second_shift.has_value()) {
      // first + x OP second + y is: first - second OP y - x.
      const int64_t bound = *second_shift - *first_shift;
      if (first.axis == second.axis) {
        const bool holds = CompareKeys(comparison, bound, {0, 0}).At(0) == kTrue;
        return RequirePresent(both, holds ? kTrue : kFalse);
      }
      const bool in_order = first.axis > second.axis;
      const AxisId difference = in_order ? terms_.Difference(first.axis, second.axis)
                                         : terms_.Difference(second.axis, first.axis);
      return RequirePresent(
          both,
          diagrams_.Node(difference, CompareKeys(in_order ? comparison : Mirrored(comparison),
                                                 in_order ? bound : -bound, DifferenceRange())));
    }
  }
  const bool ordered = IsOrderedKind(first.kind);
  const AxisId order = terms_.AxisOf(StrCat("order ", a, " ", b), {.kind = Kind::kNumber},
                                     {.universe = {ordered ? -1 : 0, 1}, .can_be_missing = false});
  return RequirePresent(
      both, diagrams_.Node(order, CompareKeys(comparison, 0, diagrams_.axis(order).universe)));
}

std::optional<int64_t> Lowering::ShiftOf(const Term& term) const {
  int64_t shift = 0;
  for (const StepPtr& step : term.steps) {
    if (!step->shift.has_value()) return std::nullopt;
    if (__builtin_add_overflow(shift, *step->shift, &shift)) return std::nullopt;
  }
  // A term that is a time somewhere has not been shifted further than this.
  const int64_t most = term.axis == clock_ ? kMaxClockShift : DifferenceRange().high;
  if (shift < -most || shift > most) return std::nullopt;
  return shift;
}

// The difference of two times, of which both are terms.
std::optional<DiagramId> Lowering::SubtractTimes(DiagramId a, DiagramId b) {
  const Term first = terms_.TermOf(a);
  const Term second = terms_.TermOf(b);
  if (first.kind != Kind::kTimestamp || second.kind != Kind::kTimestamp) return std::nullopt;
  const std::optional<int64_t> first_shift = ShiftOf(first);
  const std::optional<int64_t> second_shift = ShiftOf(second);
  if (!first_shift.has_value() || !second_shift.has_value()) return std::nullopt;
  const int64_t shift = *first_shift - *second_shift;
  const DiagramId both[] = {a, b};
  if (first.axis == second.axis) {
    return RequirePresent(both, terms_.OfConstant(Value::Span({shift})));
  }
  const bool in_order = first.axis > second.axis;
  Term term = {.axis = in_order ? terms_.Difference(first.axis, second.axis)
                                : terms_.Difference(second.axis, first.axis),
               .kind = Kind::kDuration};
  term.steps.push_back(DifferenceToDuration(!in_order, shift, DifferenceRange()));
  return RequirePresent(both, terms_.OfTerm(term));
}

// Missing where one of the terms is.  The clock, shifted no further than it is followed, never is.
DiagramId Lowering::RequirePresent(Operands terminals, DiagramId diagram) {
  for (const DiagramId terminal : terminals) {
    if (!terms_.IsTerm(terminal)) continue;
    const Term term = terms_.TermOf(terminal);
    if (term.axis == clock_ && ShiftOf(term).has_value()) continue;
    diagram = terms_.WherePresent(term, diagram, kMissing);
  }
  return diagram;
}

// A value that is known by the function and what it is applied to.
DiagramId Lowering::Computed(const TypedExpression& node, Operands terminals) {
  const bool is_call = node.kind == TypedExpression::Kind::kCall;
  std::vector<DiagramId> operands(terminals.begin(), terminals.end());
  if (node.Is(Operator::kAdd) || node.Is(Operator::kMultiply)) {
    std::sort(operands.begin(), operands.end());
  }
  std::string id = is_call ? StrCat("call ", node.function->name)
                           : StrCat("operator ", static_cast<int>(node.op));
  for (const DiagramId operand : operands) StrAppend(&id, " ", operand);
  if (node.Is(Operator::kMatches)) StrAppend(&id, " ", node.pattern->pattern());
  if (is_call && !node.function->deterministic) StrAppend(&id, " no. ", ++fresh_);
  const ResultRange result = RangeOfResult(node);
  return RequirePresent(operands,
                        FreeValue(id, node.type, !IsTotal(node), result.range, result.is_whole));
}

// --- Values that may be anything ---------------------------------------------------------------

DiagramId Lowering::BoolAxis(AxisId axis) {
  return diagrams_.Node(axis, {.missing = kMissing, .edges = {{0, kFalse}, {1, kTrue}}});
}

DiagramId Lowering::FreeValue(const std::string& id, const Type& type, bool can_be_missing,
                              std::optional<KeyRange> range, bool is_whole) {
  const AxisMeaning meaning = {.kind = type.kind(), .is_whole = is_whole};
  const Axis axis = {.universe = range.value_or(RangeOfKind(type.kind())),
                     .can_be_missing = can_be_missing};
  const AxisId known = terms_.AxisOf(id, meaning, axis);
  if (type.IsBool()) return BoolAxis(known);
  Term term = {.axis = known, .kind = type.kind()};
  if (is_whole) term.steps.push_back(WholeToNumber(axis.universe));
  return terms_.OfTerm(term);
}

DiagramId Lowering::Atom(const TypedExpression& expression) {
  return FreeValue(StrCat("expression ", ShapeOf(expression)), expression.type,
                   /*can_be_missing=*/true, std::nullopt, /*is_whole=*/false);
}

std::string Lowering::Interned(const std::string& shape) {
  return StrCat("#", shapes_.try_emplace(shape, shapes_.size()).first->second);
}

// A text that two expressions share only if they are the same throughout, in whichever rule sets.
std::string Lowering::ShapeOf(const TypedExpression& expression) {
  MakeItemShapes();
  std::string shape;
  switch (expression.kind) {
    case TypedExpression::Kind::kError:
      return StrCat("error ", ++fresh_);
    case TypedExpression::Kind::kConstant:
      return expression.constant.ToSource();
    case TypedExpression::Kind::kMetric:
      return StrCat("metric ", scope().metrics[expression.index], " ",
                    scope().metric_axes[expression.index]);
    case TypedExpression::Kind::kDefine:
      return scope().define_shapes[expression.index];
    case TypedExpression::Kind::kScorecard:
      return scope().scorecard_shapes[expression.index];
    case TypedExpression::Kind::kRule:
      return scope().rule_shapes[expression.index];
    case TypedExpression::Kind::kNow:
      return "now";
    case TypedExpression::Kind::kStage:
      return StrCat("stage ", current_);
    case TypedExpression::Kind::kCall:
      shape = StrCat("(", expression.function->name);
      if (!expression.function->deterministic) StrAppend(&shape, " no. ", ++fresh_);
      break;
    case TypedExpression::Kind::kOperator:
      shape = StrCat("(", static_cast<int>(expression.op), " ", expression.count);
      break;
  }
  for (const TypedExpression& child : expression.children) StrAppend(&shape, " ", ShapeOf(child));
  return shape + ")";
}

void Lowering::MakeItemShapes() {
  Scope& own = scope();
  const CheckedRuleSet& rule_set = *own.rule_set;
  if (own.define_shapes.size() + own.scorecard_shapes.size() + own.rule_shapes.size() ==
      rule_set.evaluation_order.size()) {
    return;
  }
  own.define_shapes.resize(rule_set.defines.size());
  own.scorecard_shapes.resize(rule_set.scorecards.size());
  own.rule_shapes.resize(rule_set.rules.size());
  const auto optional = [this](const std::optional<TypedExpression>& expression) {
    return expression.has_value() ? ShapeOf(*expression) : "none";
  };
  for (const Item item : rule_set.evaluation_order) {
    if (item.kind == Item::Kind::kDefine) {
      own.define_shapes[item.index] = Interned(ShapeOf(rule_set.defines[item.index].value));
    } else if (item.kind == Item::Kind::kRule) {
      const Rule& rule = rule_set.rules[item.index];
      std::string shape = StrCat("rule ", ShapeOf(rule.when), " ", optional(rule.unless));
      // Who is held differs from rule to rule.
      if (rule.keep_while) StrAppend(&shape, " ", rule.name, " ", ShapeOf(*rule.keep_while));
      if (rule.active_from) StrAppend(&shape, " from ", rule.active_from->micros);
      if (rule.active_until) StrAppend(&shape, " until ", rule.active_until->micros);
      own.rule_shapes[item.index] = Interned(shape);
    } else {
      const Scorecard& scorecard = rule_set.scorecards[item.index];
      std::string shape = "scorecard";
      for (const std::optional<double>& limit : {scorecard.cap, scorecard.floor}) {
        StrAppend(&shape, " ", limit ? Value::Number(*limit).ToSource() : "none");
      }
      for (const ScorecardLine& line : scorecard.lines) {
        StrAppend(&shape, "; ", Value::Number(line.points).ToSource(), " ",
                  optional(line.condition), " ", optional(line.per_value), " ",
                  Value::Number(line.per).ToSource());
        if (line.up_to) StrAppend(&shape, " up to ", Value::Number(*line.up_to).ToSource());
      }
      own.scorecard_shapes[item.index] = Interned(shape);
    }
  }
}

}  // namespace pql
