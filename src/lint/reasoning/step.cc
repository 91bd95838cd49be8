#include "lint/reasoning/step.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "language/function_registry.h"
#include "language/operators.h"

namespace pql {
namespace {

using Kind = Type::Kind;

// The key of zero, at which most steps are present; of a time, the epoch.
constexpr int64_t kZero = 0;

int64_t NumberKey(double number) { return OrderedKey(Value::Number(number)); }

std::vector<MonotonePiece> Everywhere(Kind kind, int64_t anchor = kZero) {
  return {{FullRange(kind), anchor}};
}

// Below and above zero, without it.
std::vector<MonotonePiece> AroundZero(Kind kind) {
  const KeyRange full = FullRange(kind);
  // A quotient is present far from zero if it is anywhere.
  const int64_t far = kind == Kind::kNumber ? NumberKey(1) : full.high;
  return {{{full.low, -1}, kind == Kind::kNumber ? NumberKey(-1) : full.low},
          {{1, full.high}, far}};
}

// Where `t + shift` is a time if it is one anywhere.
int64_t AnchorOfShift(int64_t shift) {
  const KeyRange full = FullRange(Kind::kTimestamp);
  return shift >= 0 ? full.low : full.high;
}

std::optional<int64_t> Negated(int64_t micros) {
  int64_t negated = 0;
  if (__builtin_sub_overflow(int64_t{0}, micros, &negated)) return std::nullopt;
  return negated;
}

// The pieces of `variable + constant` or `variable - constant`, `constant - variable`.
std::vector<MonotonePiece> AdditivePieces(Kind variable, bool negated_variable,
                                          const Value& constant, bool negated_constant,
                                          std::optional<int64_t>* shift) {
  if (variable == Kind::kNumber) return Everywhere(variable);
  const int64_t micros = OrderedKey(constant);
  if (variable == Kind::kTimestamp) {
    if (constant.IsTimestamp()) return Everywhere(variable);  // a difference, always there
    const std::optional<int64_t> by = negated_constant ? Negated(micros) : micros;
    if (!by.has_value()) return {};
    if (!negated_variable) *shift = by;
    return Everywhere(variable, AnchorOfShift(*by));
  }
  // A duration like the constant can always be taken from it, and it from that.
  const bool is_difference = negated_variable || negated_constant;
  if (!constant.IsTimestamp()) return Everywhere(variable, is_difference ? micros : kZero);
  // A duration that leads from the constant time to the epoch.
  const std::optional<int64_t> back = Negated(micros);
  return Everywhere(variable, negated_variable ? micros : *back);
}

std::optional<std::vector<MonotonePiece>> OperatorPieces(Operator op, size_t variable, Kind kind,
                                                         std::span<const Value> operands,
                                                         std::optional<int64_t>* shift) {
  switch (op) {
    case Operator::kNegate:
      return Everywhere(kind);
    case Operator::kAdd:
      return AdditivePieces(kind, false, operands[1 - variable], false, shift);
    case Operator::kSubtract:
      return variable == 0 ? AdditivePieces(kind, false, operands[1], true, shift)
                           : AdditivePieces(kind, true, operands[0], false, shift);
    case Operator::kMultiply:
      return Everywhere(kind);
    case Operator::kDivide:
      return variable == 0 ? Everywhere(kind) : AroundZero(kind);
    default:
      return std::nullopt;
  }
}

std::optional<std::vector<MonotonePiece>> FunctionPieces(std::string_view name, size_t variable,
                                                         Kind kind,
                                                         std::span<const Value> operands) {
  const KeyRange full = FullRange(kind);
  if (name == "min" || name == "max" || name == "round" || name == "floor" || name == "ceil" ||
      name == "days" || name == "hours" || name == "minutes" || name == "duration_days" ||
      name == "date") {
    return Everywhere(kind);
  }
  if (name == "sqrt") return std::vector<MonotonePiece>{{{kZero, full.high}, kZero}};
  if (name == "abs") {
    return std::vector<MonotonePiece>{{{full.low, -1}, -1}, {{kZero, full.high}, kZero}};
  }
  if (name == "clamp" && variable == 0 && CompareOrdered(operands[1], operands[2]) <= 0) {
    return Everywhere(kind);
  }
  return std::nullopt;
}

// A plug-in can't take the name of a built-in function, but a registry may be without them.
bool IsBuiltin(const FunctionDefinition& function) {
  const FunctionDefinition* builtin = FunctionRegistry::Builtin()->Find(function.name);
  return builtin != nullptr && builtin->family == function.family;
}

// The first key of [low, high] for which `holds`, which changes at most once, from false to true.
// REQUIRES: holds(high).
template <typename Holds>
int64_t FirstWhere(int64_t low, int64_t high, const Holds& holds) {
  while (low < high) {
    const int64_t middle =
        low + static_cast<int64_t>((static_cast<uint64_t>(high) - static_cast<uint64_t>(low)) / 2);
    if (holds(middle)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

// The part of a piece in which the step is present.
std::optional<KeyRange> PresentRange(const Step& step, const MonotonePiece& piece, KeyRange range) {
  const int64_t anchor = std::clamp(piece.anchor, range.low, range.high);
  const auto present = [&](int64_t key) { return step.apply(key).has_value(); };
  if (!present(anchor)) return std::nullopt;
  KeyRange result;
  result.low = FirstWhere(range.low, anchor, present);
  result.high = present(range.high) ? range.high : FirstWhere(anchor, range.high, [&](int64_t key) {
                                                     return !present(key);
                                                   }) - 1;
  return result;
}

void AddEdge(int64_t low, DiagramId child, std::vector<Edge>* edges) {
  if (!edges->empty() && edges->back().low == low) {
    edges->back().child = child;
  } else if (edges->empty() || edges->back().child != child) {
    edges->push_back({low, child});
  }
}

void PullBackPiece(const Partition& after, const Step& step, KeyRange present,
                   std::vector<Edge>* edges) {
  const int64_t at_low = *step.apply(present.low);
  std::set<int64_t> cuts = {present.low};
  for (const Edge& edge : after.edges) {
    const bool above_at_low = at_low >= edge.low;
    const auto changed = [&](int64_t key) {
      return (*step.apply(key) >= edge.low) != above_at_low;
    };
    if (changed(present.high)) cuts.insert(FirstWhere(present.low, present.high, changed));
  }
  for (const int64_t cut : cuts) AddEdge(cut, after.At(*step.apply(cut)), edges);
}

}  // namespace

StepPtr StepOf(const TypedExpression& node, size_t variable, Kind variable_kind,
               std::span<const Value> operands) {
  const Kind result = node.type.kind();
  if (!IsOrderedKind(variable_kind) || !IsOrderedKind(result)) return nullptr;
  auto step = std::make_shared<Step>();
  step->from = variable_kind;
  step->to = result;
  std::function<Value(std::span<const Value>)> body;
  std::optional<std::vector<MonotonePiece>> pieces;
  if (node.kind == TypedExpression::Kind::kOperator) {
    pieces = OperatorPieces(node.op, variable, variable_kind, operands, &step->shift);
    body = InfoOf(node.op).body;
    step->id = StrCat("op", static_cast<int>(node.op));
  } else if (node.kind == TypedExpression::Kind::kCall && IsBuiltin(*node.function)) {
    pieces = FunctionPieces(node.function->name, variable, variable_kind, operands);
    body = node.function->body;
    step->id = node.function->name;
  }
  if (!pieces.has_value() || body == nullptr) return nullptr;
  step->pieces = *std::move(pieces);
  StrAppend(&step->id, "(");
  std::vector<Value> values(operands.begin(), operands.end());
  for (size_t i = 0; i < values.size(); ++i) {
    StrAppend(&step->id, i == 0 ? "" : ",", i == variable ? "_" : values[i].ToSource());
  }
  StrAppend(&step->id, ")");
  step->apply = [body = std::move(body), values = std::move(values), variable, variable_kind,
                 type = node.type](int64_t key) mutable -> std::optional<int64_t> {
    values[variable] = FromOrderedKey(key, variable_kind);
    const Value value = body(values);
    if (value.IsMissing() || !value.Fits(type)) return std::nullopt;
    return OrderedKey(value);
  };
  return step;
}

StepPtr WholeToNumber(KeyRange universe) {
  auto step = std::make_shared<Step>();
  step->id = "whole";
  step->from = Kind::kDuration;
  step->pieces = {{universe, universe.low}};
  step->apply = [](int64_t key) { return NumberKey(static_cast<double>(key)); };
  return step;
}

StepPtr DifferenceToDuration(bool negated, int64_t shift, KeyRange universe) {
  auto step = std::make_shared<Step>();
  step->id = StrCat("difference(", negated ? "-" : "+", ",", shift, ")");
  step->from = Kind::kDuration;
  step->to = Kind::kDuration;
  step->pieces = {{universe, kZero}};
  step->apply = [negated, shift](int64_t key) { return (negated ? -key : key) + shift; };
  return step;
}

Partition PullBack(const Partition& after, const Step& step, KeyRange universe) {
  Partition before = {.missing = after.missing};
  int64_t next = universe.low;  // the first key that has no edge yet
  bool is_done = false;
  for (const MonotonePiece& piece : step.pieces) {
    const KeyRange range = {std::max(piece.range.low, universe.low),
                            std::min(piece.range.high, universe.high)};
    if (range.low > range.high) continue;
    const std::optional<KeyRange> present = PresentRange(step, piece, range);
    if (!present.has_value()) continue;
    if (present->low > next) AddEdge(next, after.missing, &before.edges);
    PullBackPiece(after, step, *present, &before.edges);
    is_done = present->high == universe.high;
    if (!is_done) next = present->high + 1;
    // What follows is missing until the next piece says otherwise.
    if (!is_done) AddEdge(next, after.missing, &before.edges);
  }
  if (before.edges.empty()) before.edges.push_back({universe.low, after.missing});
  return before;
}

Partition CompareKeys(Operator comparison, int64_t constant, KeyRange universe) {
  const auto holds = [comparison](int order) {
    switch (comparison) {
      case Operator::kEqual:
        return order == 0;
      case Operator::kNotEqual:
        return order != 0;
      case Operator::kLess:
        return order < 0;
      case Operator::kLessOrEqual:
        return order <= 0;
      case Operator::kGreater:
        return order > 0;
      default:
        return order >= 0;
    }
  };
  const auto terminal = [&](int order) { return holds(order) ? kTrue : kFalse; };
  Partition partition;
  if (constant > universe.low) partition.edges.push_back({universe.low, terminal(-1)});
  if (universe.Contains(constant)) partition.edges.push_back({constant, terminal(0)});
  if (constant < universe.high) {
    partition.edges.push_back({std::max(constant + 1, universe.low), terminal(1)});
  }
  return partition;
}

}  // namespace pql
