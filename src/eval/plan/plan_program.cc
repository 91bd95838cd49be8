#include "eval/plan/plan_program.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace pql {
namespace {

using Kind = PlanNode::Kind;

// A condition whose program would have more instructions than this is walked: programs of nested
// conditions could double with each level.
constexpr int kMaxProgramWeight = 2'048;
// Sets of up to this many ranges are a chain of instructions, larger ones are searched.
constexpr size_t kMaxChain = 3;

Exits Opposite(const Exits& exits) { return {exits.on_false, exits.on_true, exits.on_missing}; }

}  // namespace

Place ProgramBuilder::Append(const Instruction& instruction) {
  program_.instructions.push_back(instruction);
  return static_cast<Place>(program_.instructions.size() - 1);
}

Place ProgramBuilder::Emit(Term term, Exits exits) {
  while (term.node->Is(Operator::kNot)) {
    term = {nodes_.ChildrenOf(*term.node).data(), !term.negated};
  }
  const PlanNode& node = *term.node;
  if (node.kind == Kind::kTest) return EmitTest(term, exits);
  const Exits own = term.negated ? Opposite(exits) : exits;
  if (node.weight <= kMaxProgramWeight) {
    if (node.Is(Operator::kAnd) || node.Is(Operator::kOr)) {
      const bool is_or = node.Is(Operator::kOr);
      std::vector<Term> terms;
      CollectTerms({&node, is_or}, &terms);
      return EmitAnd(terms, is_or ? Opposite(own) : own);
    }
    if (node.Is(Operator::kIf)) return EmitIf(node, own);
  }
  if (node.Is(Operator::kIsMissing) || node.Is(Operator::kIsPresent)) {
    const Kind operand = nodes_[node.first].kind;
    if (operand == Kind::kMetric || operand == Kind::kTest) return EmitPresence(node, own);
  }
  if (node.kind == Kind::kConstant) {
    const Cell& constant = nodes_.constants[node.index];
    if (constant.IsMissing()) return own.on_missing;
    return constant.IsTrue() ? own.on_true : own.on_false;
  }
  if (node.kind == Kind::kInWindow) return EmitWindow(node, own);
  if (node.kind == Kind::kHeld) {
    return Append({.kind = Instruction::Kind::kHeld, .index = node.index, .exits = own});
  }
  return Append({.kind = Instruction::Kind::kWalk,
                 .index = static_cast<uint32_t>(&node - nodes_.nodes.data()),
                 .exits = own});
}

void ProgramBuilder::CollectTerms(Term term, std::vector<Term>* terms) const {
  const PlanNode& node = *term.node;
  if (node.Is(Operator::kNot)) {
    return CollectTerms({nodes_.ChildrenOf(node).data(), !term.negated}, terms);
  }
  if (!node.Is(term.negated ? Operator::kOr : Operator::kAnd)) {
    terms->push_back(term);
    return;
  }
  for (const PlanNode& part : nodes_.ChildrenOf(node)) CollectTerms({&part, term.negated}, terms);
}

KeySet ProgramBuilder::SetOf(const Term& term) const {
  const std::span<const MetricKeyRange> set = nodes_.RangesOf(*term.node);
  return term.negated ? Complement(set) : KeySet(set.begin(), set.end());
}

std::optional<RangeTest> ProgramBuilder::AsRangeTest(uint32_t metric, const KeySet& set) const {
  if (set.empty()) return RangeTest{.low = kLowestKey, .mask = 0, .metric = metric};
  if (set.size() == 1) {
    return RangeTest{.low = set[0].first, .width = set[0].last - set[0].first, .metric = metric};
  }
  const MetricKey low = set[0].first;
  const MetricKey high = std::min(set.back().last, layout_.HighestKey(metric));
  if (high < low || high - low > 63) return std::nullopt;
  RangeTest test{.low = low, .width = high - low, .mask = 0, .metric = metric};
  for (const MetricKeyRange& range : set) {
    if (range.first > high) break;
    const uint64_t width = std::min(range.last, high) - range.first;
    test.mask |= (~uint64_t{0} >> (63 - width)) << (range.first - low);
  }
  return test;
}

Place ProgramBuilder::EmitTest(const Term& term, Exits exits) {
  const uint32_t metric = term.node->index;
  KeySet set = SetOf(term);
  // The opposite may take fewer ranges: `!=`.
  KeySet opposite = Complement(set);
  if (opposite.size() < set.size() && !set.empty()) {
    std::swap(set, opposite);
    exits = Opposite(exits);
  }
  if (const std::optional<RangeTest> test = AsRangeTest(metric, set)) {
    const bool chosen = test->mask != ~uint64_t{0};
    return Append({.kind = chosen ? Instruction::Kind::kWindow : Instruction::Kind::kRange,
                   .index = metric,
                   .exits = exits,
                   .low = test->low,
                   .width = chosen ? test->mask : test->width});
  }
  if (set.size() > kMaxChain) {
    const std::span<const MetricKeyRange> own = nodes_.RangesOf(*term.node);
    const Exits searched = Contains(set, own.front().first) ? exits : Opposite(exits);
    return Append({.kind = Instruction::Kind::kRanges,
                   .index = metric,
                   .exits = searched,
                   .low = term.node->first,
                   .width = term.node->count});
  }
  Exits rest = exits;
  for (size_t i = set.size(); i-- > 0;) {
    rest.on_false = Append(
        {.index = metric, .exits = rest, .low = set[i].first, .width = set[i].last - set[i].first});
  }
  return rest.on_false;
}

Place ProgramBuilder::EmitAll(const std::vector<RangeTest>& tests, Exits exits) {
  const auto first = static_cast<uint32_t>(program_.tests.size());
  program_.tests.insert(program_.tests.end(), tests.begin(), tests.end());
  return Append(
      {.kind = Instruction::Kind::kAll, .index = first, .exits = exits, .low = tests.size()});
}

// From the last part to the first, so that each part knows where its exits lead.
Place ProgramBuilder::EmitAnd(const std::vector<Term>& terms, Exits exits) {
  std::vector<RangeTest> tests;
  std::vector<Term> rest;
  bool tests_may_be_missing = false;
  for (const Term& term : terms) {
    std::optional<RangeTest> test;
    if (term.node->kind == Kind::kTest) test = AsRangeTest(term.node->index, SetOf(term));
    if (test.has_value()) {
      tests.push_back(*test);
      tests_may_be_missing |= term.node->may_be_missing;
    } else {
      rest.push_back(term);
    }
  }
  // A single test does better as an instruction of its own, and so do the parts of an `or`, of
  // which mostly the first one that holds decides.
  const bool as_block = tests.size() > 1 && exits.on_true != kFalseEnd;
  if (!as_block) rest = terms;

  // Where nothing was missing so far, and where something was.
  Place clean = exits.on_true;
  Place marked = exits.on_missing;
  for (size_t i = rest.size(); i-- > 0;) {
    const bool marked_is_reachable =
        (as_block && tests_may_be_missing) ||
        std::any_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(i),
                    [](const Term& term) { return term.node->may_be_missing; });
    const Place here = Emit(rest[i], {clean, exits.on_false, marked});
    if (marked_is_reachable) marked = Emit(rest[i], {marked, exits.on_false, marked});
    clean = here;
  }
  if (as_block) clean = EmitAll(tests, {clean, exits.on_false, marked});
  return clean;
}

Place ProgramBuilder::EmitIf(const PlanNode& node, Exits exits) {
  const std::span<const PlanNode> children = nodes_.ChildrenOf(node);
  const Place then_place = Emit({&children[1], false}, exits);
  const Place else_place = Emit({&children[2], false}, exits);
  return Emit({&children[0], false}, {then_place, else_place, exits.on_missing});
}

Place ProgramBuilder::EmitPresence(const PlanNode& node, Exits exits) {
  const Exits own = node.Is(Operator::kIsMissing) ? exits : Opposite(exits);
  // A key that is not the missing one is never taken for missing.
  return Append({.index = nodes_[node.first].index, .exits = own, .low = kMissingKey});
}

Place ProgramBuilder::EmitWindow(const PlanNode& node, Exits exits) {
  const Cell& from = nodes_.constants[node.index];
  const Cell& until = nodes_.constants[node.index + 1];
  MetricKeyRange window;
  if (!from.IsMissing()) window.first = KeyOfMicros(from.micros);
  if (!until.IsMissing()) window.last = KeyOfMicros(until.micros) - 1;
  // A window that is over before it begins, which the checker does not let through, is empty.
  if (window.last < window.first) return exits.on_false;
  return Append({.kind = Instruction::Kind::kNow,
                 .exits = exits,
                 .low = window.first,
                 .width = window.last - window.first});
}

}  // namespace pql
