#include "eval/plan/plan_builder.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "language/function_registry.h"
#include "language/operators.h"

namespace pql {
namespace {

using Kind = PlanNode::Kind;

constexpr int kMaxWeight = 10'000;

KeySet SetOfOne(MetricKey key) { return {{key, key}}; }

// The keys that compare so with the key of a constant.
KeySet KeysThatAre(Operator comparison, MetricKey key) {
  switch (comparison) {
    case Operator::kEqual:
      return SetOfOne(key);
    case Operator::kNotEqual:
      return Complement(SetOfOne(key));
    case Operator::kLess:
      return key == kLowestKey ? KeySet{} : KeySet{{kLowestKey, key - 1}};
    case Operator::kLessOrEqual:
      return {{kLowestKey, key}};
    case Operator::kGreater:
      return key == kHighestKey ? KeySet{} : KeySet{{key + 1, kHighestKey}};
    default:
      return {{key, kHighestKey}};
  }
}

bool IsStrict(Operator op) { return InfoOf(op).body != nullptr; }

}  // namespace

NodeIndex PlanBuilder::Build(const TypedExpression& expression) {
  const auto root = static_cast<NodeIndex>(nodes_.nodes.size());
  nodes_.nodes.emplace_back();
  Fill(root, expression);
  return root;
}

NodeIndex PlanBuilder::AddChildren(NodeIndex parent, size_t count) {
  const auto first = static_cast<NodeIndex>(nodes_.nodes.size());
  nodes_.nodes.resize(first + count);
  At(parent).first = first;
  At(parent).count = static_cast<uint32_t>(count);
  return first;
}

void PlanBuilder::SetOperator(NodeIndex at, Operator op) {
  At(at).kind = Kind::kOperator;
  At(at).op = op;
}

NodeIndex PlanBuilder::BuildCondition(uint32_t index) {
  const Rule& rule = rule_set_.rules[index];
  const bool has_window = rule.active_from.has_value() || rule.active_until.has_value();
  const size_t parts = 1 + (has_window ? 1 : 0) + (rule.unless.has_value() ? 1 : 0);
  const auto root = static_cast<NodeIndex>(nodes_.nodes.size());
  nodes_.nodes.emplace_back();
  if (parts == 1) {
    FillEntry(root, index);
    return root;
  }
  SetOperator(root, Operator::kAnd);
  NodeIndex part = AddChildren(root, parts);
  if (has_window) {
    At(part).kind = Kind::kInWindow;
    At(part).index = static_cast<uint32_t>(nodes_.constants.size());
    At(part).may_be_missing = false;
    for (const std::optional<Timestamp>& bound : {rule.active_from, rule.active_until}) {
      nodes_.constants.push_back(bound.has_value() ? Cell::Time(bound->micros) : Cell());
    }
    ++part;
  }
  FillEntry(part, index);
  if (rule.unless.has_value()) {
    ++part;
    const size_t constants = nodes_.constants.size();
    SetOperator(part, Operator::kNot);
    Fill(AddChildren(part, 1), *rule.unless);
    if (const std::optional<KeySet> set = SetOfTests(part)) {
      const uint32_t metric = nodes_[At(part).first].index;
      DropChildren(part, constants);
      BecomeTest(part, metric, *set);
    } else {
      FinishLogic(part);
    }
  }
  FinishLogic(root);
  return root;
}

void PlanBuilder::FillEntry(NodeIndex at, uint32_t index) {
  const Rule& rule = rule_set_.rules[index];
  if (!rule.keep_while.has_value()) return Fill(at, rule.when);
  SetOperator(at, Operator::kOr);
  const NodeIndex sides = AddChildren(at, 2);
  Fill(sides, rule.when);
  SetOperator(sides + 1, Operator::kAnd);
  const NodeIndex held = AddChildren(sides + 1, 2);
  At(held).kind = Kind::kHeld;
  At(held).index = index;
  At(held).may_be_missing = false;
  Fill(held + 1, *rule.keep_while);
  FinishLogic(sides + 1);
  FinishLogic(at);
}

void PlanBuilder::Fill(NodeIndex at, const TypedExpression& expression) {
  switch (expression.kind) {
    case TypedExpression::Kind::kError:
    case TypedExpression::Kind::kStage:  // in tests only, which no plan evaluates
      return FillConstant(at, Cell());
    case TypedExpression::Kind::kConstant:
      return FillConstant(at, Cell::Of(expression.constant));
    case TypedExpression::Kind::kMetric:
      return FillMetric(at, expression);
    case TypedExpression::Kind::kDefine:
      return FillReference(at, Kind::kDefine, expression.index);
    case TypedExpression::Kind::kScorecard:
      FillReference(at, Kind::kScorecard, expression.index);
      At(at).may_be_missing = false;
      return;
    case TypedExpression::Kind::kRule:
      return FillReference(at, Kind::kRule, expression.index);
    case TypedExpression::Kind::kNow:
      At(at).kind = Kind::kNow;
      return;
    case TypedExpression::Kind::kCall:
      return FillCall(at, expression);
    case TypedExpression::Kind::kOperator:
      return FillOperator(at, expression);
  }
}

void PlanBuilder::FillMetric(NodeIndex at, const TypedExpression& expression) {
  const uint32_t metric = expression.index;
  if (layout_.KindOf(metric) == Type::Kind::kBool) {
    return BecomeTest(at, metric, SetOfOne(kTrueKey));
  }
  At(at).kind = Kind::kMetric;
  At(at).index = metric;
  At(at).may_be_missing = !layout_.HasDefault(metric);
}

void PlanBuilder::FillReference(NodeIndex at, PlanNode::Kind kind, uint32_t index) {
  At(at).kind = kind;
  At(at).index = index;
}

void PlanBuilder::FillConstant(NodeIndex at, Cell constant) {
  At(at).kind = Kind::kConstant;
  At(at).index = static_cast<uint32_t>(nodes_.constants.size());
  At(at).may_be_missing = constant.IsMissing();
  nodes_.constants.push_back(constant);
}

bool PlanBuilder::AllChildrenAreConstant(NodeIndex at, size_t from) {
  const std::span<const PlanNode> children = nodes_.ChildrenOf(At(at)).subspan(from);
  return std::all_of(children.begin(), children.end(), [](const PlanNode& child) {
    return child.kind == Kind::kConstant && !child.may_be_missing;
  });
}

void PlanBuilder::FillCall(NodeIndex at, const TypedExpression& expression) {
  const FunctionDefinition& function = *expression.function;
  const bool first_present = function.missing == FunctionDefinition::Missing::kFirstPresent;
  const size_t constants_before = nodes_.constants.size();
  At(at).kind = first_present ? Kind::kFirstPresent : Kind::kCall;
  At(at).source = &expression;
  const NodeIndex first = AddChildren(at, expression.children.size());
  for (size_t i = 0; i < expression.children.size(); ++i) {
    Fill(first + static_cast<NodeIndex>(i), expression.children[i]);
  }
  if (first_present) {
    const std::span<const PlanNode> arguments = nodes_.ChildrenOf(At(at));
    At(at).may_be_missing =
        std::all_of(arguments.begin(), arguments.end(),
                    [](const PlanNode& argument) { return argument.may_be_missing; });
    return;
  }
  if (!function.deterministic || !AllChildrenAreConstant(at, 0)) return;
  std::vector<Value> arguments;
  for (const PlanNode& argument : nodes_.ChildrenOf(At(at))) {
    arguments.push_back(nodes_.constants[argument.index].ToValue());
  }
  const Value result = function.body(arguments);
  if (result.IsMissing() || !result.Fits(expression.type)) return;
  DropChildren(at, constants_before);
  BecomeConstant(at, result);
}

void PlanBuilder::FillOperator(NodeIndex at, const TypedExpression& expression) {
  const size_t constants_before = nodes_.constants.size();
  SetOperator(at, expression.op);
  At(at).source = expression.op == Operator::kMatches ? &expression : nullptr;
  At(at).index = static_cast<uint32_t>(expression.count);
  // The text of a pattern is in the pattern.
  const size_t count = expression.op == Operator::kMatches ? 1 : expression.children.size();
  const NodeIndex first = AddChildren(at, count);
  for (size_t i = 0; i < count; ++i) {
    Fill(first + static_cast<NodeIndex>(i), expression.children[i]);
  }
  if (const std::optional<KeySet> set = PredicateOf(at)) {
    const std::span<const PlanNode> children = nodes_.ChildrenOf(At(at));
    const uint32_t metric =
        children[0].kind == Kind::kConstant ? children[1].index : children[0].index;
    DropChildren(at, constants_before);
    return BecomeTest(at, metric, *set);
  }
  if (IsStrict(expression.op) && AllChildrenAreConstant(at, 0)) {
    const std::span<const PlanNode> children = nodes_.ChildrenOf(At(at));
    const Cell& a = nodes_.constants[children[0].index];
    const Cell folded = expression.op == Operator::kNegate
                            ? ApplyNegate(a)
                            : ApplyOperator(expression.op, a, nodes_.constants[children[1].index]);
    if (!folded.IsMissing()) {
      const Value value = folded.ToValue();
      DropChildren(at, constants_before);
      return BecomeConstant(at, value);
    }
  }
  FinishLogic(at);
}

std::optional<KeySet> PlanBuilder::PredicateOf(NodeIndex at) {
  const PlanNode& node = At(at);
  const std::span<const PlanNode> children = nodes_.ChildrenOf(node);
  if (node.op == Operator::kNot) return SetOfTests(at);
  if (IsComparison(node.op)) {
    const bool mirrored = children[0].kind == Kind::kConstant;
    const PlanNode& subject = children[mirrored ? 1 : 0];
    const PlanNode& other = children[mirrored ? 0 : 1];
    if (other.kind != Kind::kConstant || other.may_be_missing) return std::nullopt;
    const Cell& constant = nodes_.constants[other.index];
    if (subject.kind == Kind::kTest) {  // `is_trial == true`
      const bool same = constant.IsTrue() == (node.op == Operator::kEqual);
      const std::span<const MetricKeyRange> set = nodes_.RangesOf(subject);
      return same ? KeySet(set.begin(), set.end()) : Complement(set);
    }
    if (subject.kind != Kind::kMetric) return std::nullopt;
    return ComparisonSet(mirrored ? Mirrored(node.op) : node.op, subject.index, constant);
  }
  if (node.op != Operator::kIn && node.op != Operator::kNotIn && node.op != Operator::kBetween) {
    return std::nullopt;
  }
  if (children[0].kind != Kind::kMetric || !AllChildrenAreConstant(at, 1)) return std::nullopt;
  const uint32_t metric = children[0].index;
  if (node.op == Operator::kBetween) {
    const auto low =
        ComparisonSet(Operator::kGreaterOrEqual, metric, nodes_.constants[children[1].index]);
    const auto high =
        ComparisonSet(Operator::kLessOrEqual, metric, nodes_.constants[children[2].index]);
    if (!low.has_value() || !high.has_value()) return std::nullopt;
    return Intersection(*low, *high);
  }
  std::optional<KeySet> members = MembershipSet(metric, children.subspan(1));
  if (members.has_value() && node.op == Operator::kNotIn) return Complement(*members);
  return members;
}

// `not` of a test is the test of the opposite.
std::optional<KeySet> PlanBuilder::SetOfTests(NodeIndex at) {
  const PlanNode& operand = nodes_[At(at).first];
  if (operand.kind != Kind::kTest) return std::nullopt;
  return Complement(nodes_.RangesOf(operand));
}

std::optional<MetricKey> PlanBuilder::KeyOf(uint32_t metric, const Cell& constant) {
  switch (constant.kind) {
    case Cell::Kind::kNumber:
      return KeyOfNumber(constant.number);
    case Cell::Kind::kBool:
      return KeyOfBool(constant.boolean);
    case Cell::Kind::kTime:
    case Cell::Kind::kSpan: {
      const MetricKey key = KeyOfMicros(constant.micros);
      if (!IsExactMicrosKey(key)) return std::nullopt;
      return key;
    }
    case Cell::Kind::kText:
      return layout_.AddText(metric, constant.view());
    default:
      return std::nullopt;
  }
}

std::optional<KeySet> PlanBuilder::ComparisonSet(Operator op, uint32_t metric,
                                                 const Cell& constant) {
  const std::optional<MetricKey> key = KeyOf(metric, constant);
  if (!key.has_value()) return std::nullopt;
  return KeysThatAre(op, *key);
}

std::optional<KeySet> PlanBuilder::MembershipSet(uint32_t metric,
                                                 std::span<const PlanNode> members) {
  KeySet keys;
  for (const PlanNode& member : members) {
    const std::optional<MetricKey> key = KeyOf(metric, nodes_.constants[member.index]);
    if (!key.has_value()) return std::nullopt;
    keys.push_back({*key, *key});
  }
  return UnionOf(keys);
}

void PlanBuilder::DropChildren(NodeIndex at, size_t constants_before) {
  nodes_.nodes.resize(At(at).first);
  nodes_.constants.resize(constants_before);
  At(at).first = 0;
  At(at).count = 0;
}

void PlanBuilder::BecomeTest(NodeIndex at, uint32_t metric, const KeySet& set) {
  PlanNode& node = At(at);
  node.kind = Kind::kTest;
  node.index = metric;
  node.first = static_cast<uint32_t>(nodes_.ranges.size());
  node.count = static_cast<uint32_t>(set.size());
  node.may_be_missing = !layout_.HasDefault(metric);
  nodes_.ranges.insert(nodes_.ranges.end(), set.begin(), set.end());
}

void PlanBuilder::BecomeConstant(NodeIndex at, const Value& value) {
  nodes_.folded.push_back(value);
  FillConstant(at, Cell::Of(nodes_.folded.back()));
}

void PlanBuilder::FinishLogic(NodeIndex at) {
  PlanNode& node = At(at);
  if (node.kind != Kind::kOperator) return;
  const std::span<const PlanNode> children = nodes_.ChildrenOf(node);
  const bool is_logic = node.op == Operator::kAnd || node.op == Operator::kOr ||
                        node.op == Operator::kNot || node.op == Operator::kIf ||
                        node.op == Operator::kAtLeast;
  if (is_logic) {
    node.may_be_missing = std::any_of(children.begin(), children.end(),
                                      [](const PlanNode& child) { return child.may_be_missing; });
  } else if (node.op == Operator::kIsMissing || node.op == Operator::kIsPresent) {
    node.may_be_missing = false;
  }
  SetWeight(at);
}

void PlanBuilder::SetWeight(NodeIndex at) {
  PlanNode& node = At(at);
  int weight = 0;
  for (const PlanNode& child : nodes_.ChildrenOf(node)) weight += child.weight;
  switch (node.op) {
    case Operator::kAnd:
    case Operator::kOr:
      weight *= node.may_be_missing ? 2 : 1;  // once for each: something was missing before or not
      break;
    case Operator::kNot:
    case Operator::kIf:
      break;
    default:
      weight = 1;  // walked
  }
  node.weight = static_cast<uint16_t>(std::clamp(weight, 1, kMaxWeight));
}

}  // namespace pql
