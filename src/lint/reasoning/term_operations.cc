#include "lint/reasoning/term_operations.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "base/time_text.h"
#include "eval/metric_axis.h"
#include "language/function_registry.h"
#include "language/operators.h"
#include "re2/re2.h"

namespace pql {
namespace {

using Kind = Type::Kind;

// How far from the clock a time may lie for the clock to be taken as inside of the calendar.
constexpr int64_t kMaxClockShift = 365'000 * kMicrosPerDay;
constexpr int64_t kLargestWhole = int64_t{1} << 53;

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

}  // namespace

TermOperations::TermOperations(DiagramStore* diagrams, Terms* terms)
    : diagrams_(*diagrams),
      terms_(*terms),
      clock_(terms->AxisOf(
          "clock",
          {.subject = AxisMeaning::Subject::kClock, .kind = Kind::kTimestamp, .name = "now"},
          {.universe = FullRange(Kind::kTimestamp), .can_be_missing = false})) {}

DiagramId TermOperations::Strict(Operator op, const Type& type, DiagramId a, DiagramId b) {
  TypedExpression node;
  node.kind = TypedExpression::Kind::kOperator;
  node.op = op;
  node.type = type;
  const DiagramId operands[] = {a, b};
  return Strict(node, operands);
}

DiagramId TermOperations::Strict(const TypedExpression& node, Operands operands) {
  if (std::all_of(operands.begin(), operands.end(), IsTerminal)) {
    return StrictAtTerminals(node, operands);
  }
  return diagrams_.Combine(operands,
                           [&](Operands terminals) { return StrictAtTerminals(node, terminals); });
}

DiagramId TermOperations::StrictAtTerminals(const TypedExpression& node, Operands terminals) {
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
DiagramId TermOperations::CompareAtTerminals(Operator comparison, DiagramId a, DiagramId b) {
  if (!terms_.IsTerm(a)) return CompareAtTerminals(Mirrored(comparison), b, a);
  if (terms_.IsTerm(b)) return CompareTerms(comparison, a, b);
  const Term& term = terms_.TermOf(a);
  const Value constant = terms_.ConstantOf(b);
  const int64_t key =
      constant.IsString() ? terms_.KeyOfText(constant.string()) : OrderedKey(constant);
  return terms_.Where(term, CompareKeys(comparison, key, terms_.RangeOf(term)));
}

DiagramId TermOperations::CompareTerms(Operator comparison, DiagramId a, DiagramId b) {
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

std::optional<int64_t> TermOperations::ShiftOf(const Term& term) const {
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
std::optional<DiagramId> TermOperations::SubtractTimes(DiagramId a, DiagramId b) {
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
DiagramId TermOperations::RequirePresent(Operands terminals, DiagramId diagram) {
  for (const DiagramId terminal : terminals) {
    if (!terms_.IsTerm(terminal)) continue;
    const Term term = terms_.TermOf(terminal);
    if (term.axis == clock_ && ShiftOf(term).has_value()) continue;
    diagram = terms_.WherePresent(term, diagram, kMissing);
  }
  return diagram;
}

// A value that is known by the function and what it is applied to.
DiagramId TermOperations::Computed(const TypedExpression& node, Operands terminals) {
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

DiagramId TermOperations::BoolAxis(AxisId axis) {
  return diagrams_.Node(axis, {.missing = kMissing, .edges = {{0, kFalse}, {1, kTrue}}});
}

DiagramId TermOperations::FreeValue(const std::string& id, const Type& type, bool can_be_missing,
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

}  // namespace pql
