#include "eval/columns/column_program.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "language/operators.h"

namespace pql {

using Kind = PlanNode::Kind;

class ColumnProgramBuilder {
 public:
  explicit ColumnProgramBuilder(ColumnProgram* program)
      : program_(*program), plan_(program->plan_) {
    const CheckedRuleSet& rule_set = plan_.rule_set();
    program_.rules_.resize(rule_set.rules.size());
    program_.defines_.resize(rule_set.defines.size());
    of_rule_.resize(rule_set.rules.size());
    of_define_.resize(rule_set.defines.size());
    of_scorecard_.resize(rule_set.scorecards.size());
  }

  void Build() {
    program_.longest_chain_ = plan_.longest_chain_;
    for (const Item item : plan_.rule_set().evaluation_order) {
      switch (item.kind) {
        case Item::Kind::kDefine: {
          const Plan::DefineCode& define = plan_.defines_[item.index];
          segment_ = define.segment;
          of_define_[item.index] = Needed(define.value);
          if (define.is_condition) program_.defines_[item.index] = Of(define.root());
          break;
        }
        case Item::Kind::kScorecard: {
          const Plan::ScorecardCode& scorecard = plan_.scorecards_[item.index];
          segment_ = scorecard.segment;
          for (const NodeIndex line : scorecard.lines) {
            Add(Needed(line), &of_scorecard_[item.index]);
          }
          Tidy(&of_scorecard_[item.index]);
          break;
        }
        case Item::Kind::kRule: {
          const Plan::RuleCode& rule = plan_.rules_[item.index];
          segment_ = rule.segment;
          rule_ = item.index;
          of_rule_[item.index] = Needed(rule.condition);
          program_.rules_[item.index] = Of(rule.root());
          break;
        }
      }
    }
  }

 private:
  // What a walk needs to know of an account.
  struct Needs {
    bool held = false;
    std::vector<uint32_t> metrics;  // ascending
  };

  static void Add(const Needs& from, Needs* to) {
    to->held |= from.held;
    to->metrics.insert(to->metrics.end(), from.metrics.begin(), from.metrics.end());
  }

  static void Tidy(Needs* needs) {
    std::vector<uint32_t>& metrics = needs->metrics;
    std::sort(metrics.begin(), metrics.end());
    metrics.erase(std::unique(metrics.begin(), metrics.end()), metrics.end());
  }

  Needs Needed(NodeIndex root) const {
    Needs needs;
    AddNeeds(nodes()[root], &needs);
    Tidy(&needs);
    return needs;
  }

  void AddNeeds(const PlanNode& node, Needs* needs) const {
    switch (node.kind) {
      case Kind::kMetric:
      case Kind::kTest:
        needs->metrics.push_back(node.index);
        return;
      case Kind::kHeld:
        needs->held = true;
        return;
      case Kind::kDefine:
        return Add(of_define_[node.index], needs);
      case Kind::kScorecard:
        return Add(of_scorecard_[node.index], needs);
      case Kind::kRule:
        return Add(of_rule_[node.index], needs);
      default:
        for (const PlanNode& child : nodes().ChildrenOf(node)) AddNeeds(child, needs);
    }
  }

  // Finds the operation, or adds it; `words` tell it from others of its kind.
  template <typename Make>
  ColumnRef Share(ColumnOp op, std::vector<uint64_t> words, const Make& make) {
    words.push_back(static_cast<uint64_t>(op.kind) << 32 | op.index);
    const auto [place, is_new] =
        known_.emplace(std::move(words), static_cast<uint32_t>(program_.ops_.size()));
    if (is_new) {
      make(&op);
      program_.ops_.push_back(op);
    }
    return {place->second, false};
  }
  ColumnRef Share(ColumnOp op) {
    return Share(op, {}, [](ColumnOp*) {});
  }

  ColumnRef Truth(bool truth) {
    const ColumnRef always = Share({.kind = ColumnOp::Kind::kConstant, .index = 1});
    return truth ? always : always.Opposite();
  }

  ColumnRef OfTest(uint32_t metric, std::span<const MetricKeyRange> ranges) {
    KeySet set(ranges.begin(), ranges.end());
    KeySet opposite = Complement(ranges);
    // Of a set and its complement the same one is chosen: that of fewer ranges, else the higher.
    const bool swap = opposite.size() < set.size() ||
                      (opposite.size() == set.size() && opposite[0].first > set[0].first);
    if (swap) std::swap(set, opposite);
    std::vector<uint64_t> words;
    for (const MetricKeyRange& range : set) {
      words.push_back(range.first);
      words.push_back(range.last);
    }
    const ColumnRef test = Share(
        {.kind = ColumnOp::Kind::kTest, .index = metric}, std::move(words), [&](ColumnOp* op) {
          op->first = static_cast<uint32_t>(program_.ranges_.size());
          op->count = static_cast<uint32_t>(set.size());
          program_.ranges_.insert(program_.ranges_.end(), set.begin(), set.end());
        });
    return swap ? test.Opposite() : test;
  }

  ColumnRef OfClock(uint32_t metric, ClockTest test) {
    std::vector<uint64_t> words = {static_cast<uint64_t>(test.op),
                                   static_cast<uint64_t>(test.span)};
    return Share({.kind = ColumnOp::Kind::kClock, .index = metric}, std::move(words),
                 [&](ColumnOp* op) {
                   op->first = static_cast<uint32_t>(program_.clock_tests_.size());
                   program_.clock_tests_.push_back(test);
                 });
  }

  ColumnRef OfParts(ColumnOp op, const std::vector<ColumnRef>& parts) {
    std::vector<uint64_t> words;
    for (const ColumnRef part : parts) {
      words.push_back(uint64_t{part.op} << 1 | (part.opposite ? 1 : 0));
      op.lazy |= program_.ops_[part.op].lazy;
    }
    return Share(op, std::move(words), [&](ColumnOp* made) {
      made->first = static_cast<uint32_t>(program_.parts_.size());
      made->count = static_cast<uint32_t>(parts.size());
      program_.parts_.insert(program_.parts_.end(), parts.begin(), parts.end());
    });
  }

  // The `and` of them.
  ColumnRef OfAll(std::vector<ColumnRef> parts) {
    const ColumnRef always = Truth(true);
    std::sort(parts.begin(), parts.end());
    parts.erase(std::unique(parts.begin(), parts.end()), parts.end());
    std::erase(parts, always);
    if (parts.empty()) return always;
    if (parts.size() == 1) return parts[0];
    return OfParts({.kind = ColumnOp::Kind::kAll}, parts);
  }

  // The parts of a conjunction, of nested ones too, or of a disjunction by their opposites.
  void CollectParts(const PlanNode& node, Operator op, std::vector<ColumnRef>* parts) {
    for (const PlanNode& child : nodes().ChildrenOf(node)) {
      if (child.Is(op)) {
        CollectParts(child, op, parts);
      } else {
        const ColumnRef part = Of(child);
        parts->push_back(op == Operator::kAnd ? part : part.Opposite());
      }
    }
  }

  ColumnRef OfWalk(const PlanNode& node) {
    const auto index = static_cast<NodeIndex>(&node - nodes().nodes.data());
    const auto segment = reinterpret_cast<uintptr_t>(segment_);
    return Share(
        {.kind = ColumnOp::Kind::kWalk, .lazy = true}, {index, segment}, [&](ColumnOp* op) {
          Needs needs = Needed(index);
          op->first = static_cast<uint32_t>(program_.walks_.size());
          program_.walks_.push_back({segment_, index, needs.held, std::move(needs.metrics)});
        });
  }

  // A test of a timestamp against the clock, if the node is one.
  std::optional<ColumnRef> OfTime(const PlanNode& node) {
    const std::span<const PlanNode> children = nodes().ChildrenOf(node);
    const auto span_of = [this](const PlanNode& child) -> std::optional<int64_t> {
      if (child.kind != Kind::kConstant) return std::nullopt;
      const Cell& constant = nodes().constants[child.index];
      if (constant.kind != Cell::Kind::kSpan) return std::nullopt;
      return constant.micros;
    };
    if (node.op == Operator::kWithinLast || node.op == Operator::kWithinNext) {
      const std::optional<int64_t> span = span_of(children[1]);
      if (children[0].kind != Kind::kMetric || !span.has_value()) return std::nullopt;
      return OfClock(children[0].index, {node.op, *span});
    }
    if (!IsComparison(node.op)) return std::nullopt;
    const bool mirrored = children[0].kind == Kind::kConstant;
    const PlanNode& difference = children[mirrored ? 1 : 0];
    const std::optional<int64_t> span = span_of(children[mirrored ? 0 : 1]);
    if (!difference.Is(Operator::kSubtract) || !span.has_value()) return std::nullopt;
    // -span must be there, too.
    if (*span == std::numeric_limits<int64_t>::min()) return std::nullopt;
    const Operator op = mirrored ? Mirrored(node.op) : node.op;
    const std::span<const PlanNode> sides = nodes().ChildrenOf(difference);
    if (sides[0].kind == Kind::kMetric && sides[1].kind == Kind::kNow) {
      return OfClock(sides[0].index, {op, *span});
    }
    if (sides[0].kind == Kind::kNow && sides[1].kind == Kind::kMetric) {
      return OfClock(sides[1].index, {Mirrored(op), -*span});
    }
    return std::nullopt;
  }

  ColumnRef OfOperator(const PlanNode& node) {
    const std::span<const PlanNode> children = nodes().ChildrenOf(node);
    switch (node.op) {
      case Operator::kAnd:
      case Operator::kOr: {
        std::vector<ColumnRef> parts;
        CollectParts(node, node.op, &parts);
        const ColumnRef all = OfAll(std::move(parts));
        return node.op == Operator::kAnd ? all : all.Opposite();
      }
      case Operator::kNot:
        return Of(children[0]).Opposite();
      case Operator::kAtLeast:
      case Operator::kIf: {
        std::vector<ColumnRef> parts;
        for (const PlanNode& child : children) parts.push_back(Of(child));
        const bool is_if = node.op == Operator::kIf;
        return OfParts({.kind = is_if ? ColumnOp::Kind::kIf : ColumnOp::Kind::kAtLeast,
                        .index = is_if ? 0 : node.index},
                       parts);
      }
      case Operator::kIsMissing:
      case Operator::kIsPresent: {
        if (children[0].kind != Kind::kMetric && children[0].kind != Kind::kTest) break;
        const uint32_t metric = children[0].index;
        const ColumnRef present = plan_.layout().HasDefault(metric)
                                      ? Truth(true)
                                      : Share({.kind = ColumnOp::Kind::kPresent, .index = metric});
        return node.op == Operator::kIsPresent ? present : present.Opposite();
      }
      default:
        if (const std::optional<ColumnRef> time = OfTime(node)) return *time;
        break;
    }
    return OfWalk(node);
  }

  // REQUIRES: a boolean node.
  ColumnRef Of(const PlanNode& node) {
    switch (node.kind) {
      case Kind::kConstant: {
        const Cell& constant = nodes().constants[node.index];
        if (constant.IsMissing()) return Share({.kind = ColumnOp::Kind::kConstant, .index = 0});
        return Truth(constant.IsTrue());
      }
      case Kind::kTest:
        return OfTest(node.index, nodes().RangesOf(node));
      case Kind::kDefine:
        return program_.defines_[node.index];
      case Kind::kRule:
        return program_.rules_[node.index];
      case Kind::kInWindow:
        return Share({.kind = ColumnOp::Kind::kInWindow, .index = rule_});
      case Kind::kHeld:
        return Share({.kind = ColumnOp::Kind::kHeld, .index = node.index});
      case Kind::kOperator:
        return OfOperator(node);
      default:
        return OfWalk(node);
    }
  }

  const PlanNodes& nodes() const { return segment_->nodes; }

  ColumnProgram& program_;
  const Plan& plan_;
  // Of the item that is looked at.
  const PlanSegment* segment_ = nullptr;
  uint32_t rule_ = 0;
  std::map<std::vector<uint64_t>, uint32_t> known_;
  std::vector<Needs> of_rule_;
  std::vector<Needs> of_define_;
  std::vector<Needs> of_scorecard_;
};

ColumnProgram::ColumnProgram(const Plan& plan) : plan_(plan) { ColumnProgramBuilder(this).Build(); }

}  // namespace pql
