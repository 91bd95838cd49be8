#include "eval/plan/missing_names.h"

#include <span>
#include <utility>
#include <vector>

#include "language/function_registry.h"

namespace pql {

using Kind = PlanNode::Kind;

Result MissingNames::Present(const Cell& cell) {
  if (cell.IsMissing()) return MissingResult({});
  return PresentResult(cell.IsBool() ? Value::Bool(cell.boolean) : Value::Number(0));
}

Result MissingNames::Of(const PlanNode& node) {
  switch (node.kind) {
    case Kind::kMetric:
    case Kind::kTest: {
      const Cell cell = run_.Evaluate(node);
      return cell.IsMissing() ? MissingResult({node.index}) : Present(cell);
    }
    case Kind::kDefine: {
      const Result& define = done_.defines[node.index];
      return define.value.IsMissing() ? define : Present(Cell::Of(define.value));
    }
    case Kind::kRule: {
      const RuleResult& rule = done_.rules[node.index];
      if (rule.outcome == Outcome::kUnknown) return MissingCondition(rule.deciders);
      return PresentResult(Value::Bool(rule.outcome == Outcome::kQualified));
    }
    case Kind::kConstant:
    case Kind::kScorecard:
    case Kind::kNow:
    case Kind::kInWindow:
    case Kind::kHeld:
      return Present(run_.Evaluate(node));
    case Kind::kFirstPresent:
      return FirstPresent(OfChildren(node));
    case Kind::kCall:
      return OfStrict(node);
    case Kind::kOperator:
      return OfOperator(node);
  }
  return MissingResult({});
}

MissingMetrics MissingNames::OfAll(const std::vector<NodeIndex>& roots) {
  UnionOfMany all;
  for (const NodeIndex root : roots) all.Add(Of(nodes()[root]).missing);
  return std::move(all).Take();
}

std::vector<Result> MissingNames::OfChildren(const PlanNode& node) {
  std::vector<Result> results;
  results.reserve(node.count);
  for (const PlanNode& child : nodes().ChildrenOf(node)) results.push_back(Of(child));
  return results;
}

Result MissingNames::OfOperator(const PlanNode& node) {
  switch (node.op) {
    case Operator::kIf: {
      const std::vector<Result> children = OfChildren(node);
      return Choose(children[0], children[1], children[2]);
    }
    case Operator::kOr:
      return Or(OfChildren(node));
    case Operator::kAnd:
      return And(OfChildren(node));
    case Operator::kNot:
      return Not(Of(nodes()[node.first]));
    case Operator::kAtLeast:
      return AtLeast(static_cast<int>(node.index), OfChildren(node));
    case Operator::kIn:
      return OfIn(node);
    case Operator::kNotIn:
      return Not(OfIn(node));
    case Operator::kBetween:
      return OfBetween(node);
    case Operator::kWithinLast:
    case Operator::kWithinNext:
      return OfWithin(node);
    case Operator::kIsMissing:
    case Operator::kIsPresent:
      return Present(run_.Evaluate(node));
    default:
      return OfStrict(node);
  }
}

bool MissingNames::IsHopeless(const PlanNode& node) {
  if (node.Is(Operator::kDivide)) {
    return IsZeroCell(run_.Evaluate(nodes().ChildrenOf(node)[1]));
  }
  if (node.kind != Kind::kCall || node.source->function->hopeless == nullptr) return false;
  std::vector<Value> arguments;
  for (const PlanNode& child : nodes().ChildrenOf(node)) {
    arguments.push_back(run_.Evaluate(child).ToValue());
  }
  return node.source->function->hopeless(arguments);
}

Result MissingNames::OfStrict(const PlanNode& node) {
  const Cell cell = run_.Evaluate(node);
  if (!cell.IsMissing()) return Present(cell);
  // Where no operand is missing, this names nothing.
  return MissingOperand(OfChildren(node), IsHopeless(node));
}

MissingNames::Operand MissingNames::OperandOf(const PlanNode& node) {
  return {run_.Evaluate(node), Of(node)};
}

Result MissingNames::Compare(Operator op, const Operand& a, const Operand& b) {
  if (a.cell.IsMissing() || b.cell.IsMissing()) {
    return MissingOperand(std::vector<Result>{a.result, b.result}, /*hopeless=*/false);
  }
  return PresentResult(Value::Bool(ApplyOperator(op, a.cell, b.cell).boolean));
}

Result MissingNames::OfIn(const PlanNode& node) {
  const std::span<const PlanNode> children = nodes().ChildrenOf(node);
  const Operand subject = OperandOf(children[0]);
  std::vector<Result> comparisons;
  for (const PlanNode& member : children.subspan(1)) {
    comparisons.push_back(Compare(Operator::kEqual, subject, OperandOf(member)));
  }
  return Or(comparisons);
}

Result MissingNames::OfBetween(const PlanNode& node) {
  const std::span<const PlanNode> children = nodes().ChildrenOf(node);
  const Operand subject = OperandOf(children[0]);
  return And(
      std::vector<Result>{Compare(Operator::kGreaterOrEqual, subject, OperandOf(children[1])),
                          Compare(Operator::kLessOrEqual, subject, OperandOf(children[2]))});
}

Result MissingNames::OfWithin(const PlanNode& node) {
  const std::span<const PlanNode> children = nodes().ChildrenOf(node);
  const bool last = node.op == Operator::kWithinLast;
  const Operand time = OperandOf(children[0]);
  const Operand span = OperandOf(children[1]);
  Operand now;
  now.cell = Cell::Time(run_.now_.micros);
  now.result = Present(now.cell);
  Operand end;
  if (now.cell.IsMissing() || span.cell.IsMissing()) {
    end.result = MissingOperand(std::vector<Result>{now.result, span.result}, /*hopeless=*/false);
  } else {
    end.cell = ApplyOperator(last ? Operator::kSubtract : Operator::kAdd, now.cell, span.cell);
    end.result = Present(end.cell);
  }
  return And(last ? std::vector<Result>{Compare(Operator::kGreater, time, end),
                                        Compare(Operator::kLessOrEqual, time, now)}
                  : std::vector<Result>{Compare(Operator::kGreater, time, now),
                                        Compare(Operator::kLessOrEqual, time, end)});
}

}  // namespace pql
