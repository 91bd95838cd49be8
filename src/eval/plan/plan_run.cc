#include "eval/plan/plan_run.h"

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "eval/plan/missing_names.h"
#include "eval/scorecard_points.h"
#include "language/function_registry.h"
#include "re2/re2.h"

namespace pql {
namespace {

// REQUIRES: ranges in ascending order with gaps between them.
bool InRanges(const MetricKeyRange* ranges, size_t count, MetricKey key) {
  const MetricKeyRange* end = ranges + count;
  // The first range that does not lie below the key.
  while (count > 4) {
    const size_t half = count / 2;
    if (ranges[half - 1].last < key) {
      ranges += half;
      count -= half;
    } else {
      count = half;
    }
  }
  while (ranges != end && ranges->last < key) ++ranges;
  return ranges != end && ranges->first <= key;
}

}  // namespace

const std::vector<bool> PlanRun::kNoneHeld;

PlanRun::PlanRun(const Plan& plan)
    : plan_(plan),
      rules_(plan.rules_.size()),
      defines_(plan.defines_.size()),
      scorecards_(plan.scorecards_.size()),
      compute_in_order_(plan.longest_chain_ > Plan::kMaxChainOnDemand),
      has_work_to_begin_(compute_in_order_) {}

void PlanRun::BeginAnew() {
  values_.clear();
  failed_calls_.clear();
  if (account_number_ == 0) {  // numbers begin anew: what is left of old accounts must not count
    for (auto& rule : rules_) rule.account = 0;
    for (auto& define : defines_) define.account = 0;
    for (auto& scorecard : scorecards_) scorecard.account = 0;
    account_number_ = 1;
  }
  has_work_to_begin_ = compute_in_order_;
  if (compute_in_order_) ComputeInOrder();
}

void PlanRun::ComputeInOrder() {
  for (const Item item : plan_.rule_set_.evaluation_order) {
    switch (item.kind) {
      case Item::Kind::kDefine:
        DefineOf(item.index);
        break;
      case Item::Kind::kScorecard:
        ScorecardOf(item.index);
        break;
      case Item::Kind::kRule:
        OutcomeOf(item.index);
        break;
    }
  }
}

std::optional<double> PlanRun::ScoreOf(uint32_t rule) {
  const Plan::RuleCode& code = plan_.rules_[rule];
  if (code.score == kNoNode) return std::nullopt;
  const Within within(this, *code.segment);
  const Cell cell = Evaluate((*nodes_)[code.score]);
  if (!cell.IsNumber()) return std::nullopt;
  return cell.number;
}

Cell PlanRun::DefineOf(uint32_t define) {
  Computed<Cell>& computed = defines_[define];
  if (computed.account != account_number_) {
    const Plan::DefineCode& code = plan_.defines_[define];
    const Within within(this, *code.segment);
    computed.value = code.is_condition
                         ? CellOf(static_cast<Truth>(Execute(*code.segment, code.begin)))
                         : Evaluate(code.root());
    computed.account = account_number_;
  }
  return computed.value;
}

const ScorecardResult& PlanRun::ScorecardOf(uint32_t index) {
  Computed<ScorecardResult>& computed = scorecards_[index];
  if (computed.account == account_number_) return computed.value;
  const Scorecard& scorecard = plan_.rule_set_.scorecards[index];
  const Plan::ScorecardCode& code = plan_.scorecards_[index];
  const Within within(this, *code.segment);
  double sum = 0;
  bool incomplete = false;
  for (size_t i = 0; i < scorecard.lines.size(); ++i) {
    const ScorecardLine& line = scorecard.lines[i];
    const Cell cell = Evaluate((*nodes_)[code.lines[i]]);
    if (cell.IsMissing()) {
      incomplete = true;
    } else if (line.condition.has_value()) {
      sum = SumOfPoints(sum, PointsWhen(line, cell.IsTrue()));
    } else {
      const double amount = cell.IsNumber() ? cell.number : static_cast<double>(cell.micros);
      sum = SumOfPoints(sum, PointsPer(line, amount));
    }
  }
  computed.value.value = ScoreWithinBounds(scorecard, sum);
  computed.value.incomplete = incomplete;
  computed.account = account_number_;
  return computed.value;
}

std::optional<uint32_t> PlanRun::Stage() {
  uint32_t highest = 0;
  for (uint32_t i = 0; i < rules_.size(); ++i) {
    const uint32_t stage = plan_.stages_[i];
    if (stage > highest && OutcomeOf(i) == Outcome::kQualified) highest = stage;
  }
  if (highest == 0) return std::nullopt;
  return highest - 1;
}

Evaluation PlanRun::Evaluate() {
  Evaluation evaluation;
  evaluation.rules.resize(rules_.size());
  evaluation.defines.resize(defines_.size());
  evaluation.scorecards.resize(scorecards_.size());
  EvaluateItems(plan_.rule_set_.evaluation_order, &evaluation);
  evaluation.stage = Stage();
  return evaluation;
}

void PlanRun::EvaluateItems(std::span<const Item> items, Evaluation* done) {
  MissingNames names(*this, *done);
  for (const Item item : items) {
    switch (item.kind) {
      case Item::Kind::kDefine: {
        const Cell cell = DefineOf(item.index);
        const Plan::DefineCode& code = plan_.defines_[item.index];
        const Within within(this, *code.segment);
        done->defines[item.index] =
            cell.IsMissing() ? names.Of(code.root()) : PresentResult(cell.ToValue());
        break;
      }
      case Item::Kind::kScorecard: {
        ScorecardResult& result = done->scorecards[item.index];
        result = ScorecardOf(item.index);
        if (!result.incomplete) break;
        const Plan::ScorecardCode& code = plan_.scorecards_[item.index];
        const Within within(this, *code.segment);
        result.missing = names.OfAll(code.lines);
        break;
      }
      case Item::Kind::kRule: {
        RuleResult& result = done->rules[item.index];
        result = RuleResult();
        result.outcome = OutcomeOf(item.index);
        if (result.outcome == Outcome::kQualified) result.score = ScoreOf(item.index);
        if (result.outcome != Outcome::kUnknown) break;
        const Plan::RuleCode& code = plan_.rules_[item.index];
        const Within within(this, *code.segment);
        Result named = names.Of(code.root());
        result.missing = std::move(named.missing);
        result.deciders = std::move(named.deciders);
        break;
      }
    }
  }
}

// --- Instructions ---

namespace {

// Without a branch a test, so that what holds now and then costs as much as what always does.
template <size_t kCount>
bool HoldAll(const RangeTest* tests, const MetricKey* keys) {
  bool hold = true;
  for (size_t i = 0; i < kCount; ++i) hold &= tests[i].Holds(keys[tests[i].metric]);
  return hold;
}

// REQUIRES: 1 <= count <= 4.
bool HoldAll(const RangeTest* tests, size_t count, const MetricKey* keys) {
  if (count == 4) return HoldAll<4>(tests, keys);
  if (count == 3) return HoldAll<3>(tests, keys);
  return count == 2 ? HoldAll<2>(tests, keys) : HoldAll<1>(tests, keys);
}

bool AnyIsFalse(const RangeTest* tests, size_t count, const MetricKey* keys) {
  bool is_false = false;
  for (size_t i = 0; i < count; ++i) {
    const MetricKey key = keys[tests[i].metric];
    is_false |= key != kMissingKey && !tests[i].Holds(key);
  }
  return is_false;
}

Place PlaceAfterAll(const Instruction& all, const RangeTest* tests, const MetricKey* keys) {
  bool missing = false;
  for (size_t left = all.low; left > 0;) {
    const size_t count = std::min<size_t>(left, 4);
    if (!HoldAll(tests, count, keys)) {
      if (AnyIsFalse(tests, count, keys)) return all.exits.on_false;
      missing = true;
    }
    tests += count;
    left -= count;
  }
  return missing ? all.exits.on_missing : all.exits.on_true;
}

}  // namespace

Place PlanRun::Execute(const PlanSegment& segment, Place place) {
  const Instruction* instructions = segment.program.instructions.data();
  const MetricKey* keys = keys_;
  while (place >= kFirstPlace) {
    const Instruction& op = instructions[place];
    if (op.kind == Instruction::Kind::kAll) {
      place = PlaceAfterAll(op, segment.program.tests.data() + op.index, keys);
    } else if (op.kind <= Instruction::Kind::kWindow) {
      const MetricKey key = keys[op.index];
      const uint64_t distance = key - op.low;
      const bool holds = op.kind == Instruction::Kind::kRange
                             ? distance <= op.width
                             : distance <= 63 && ((op.width >> distance) & 1) != 0;
      if (holds) {
        place = op.exits.on_true;
      } else {
        place = key == kMissingKey ? op.exits.on_missing : op.exits.on_false;
      }
    } else {
      place = PlaceAfter(op.exits, DecideInstruction(segment, op));
    }
  }
  return place;
}

Place PlanRun::PlaceAfter(const Exits& exits, Truth truth) {
  if (truth == Truth::kMissing) return exits.on_missing;
  return truth == Truth::kTrue ? exits.on_true : exits.on_false;
}

PlanRun::Truth PlanRun::DecideInstruction(const PlanSegment& segment, const Instruction& op) {
  switch (op.kind) {
    case Instruction::Kind::kRanges: {
      const MetricKey key = keys_[op.index];
      if (key == kMissingKey) return Truth::kMissing;
      return TruthOf(InRanges(segment.nodes.ranges.data() + op.low, op.width, key));
    }
    case Instruction::Kind::kNow:
      return TruthOf(KeyOfMicros(now_.micros) - op.low <= op.width);
    case Instruction::Kind::kHeld:
      return TruthOf(op.index < held_->size() && (*held_)[op.index]);
    default: {
      const Within within(this, segment);
      return Decide((*nodes_)[op.index]);
    }
  }
}

// --- Nodes ---

PlanRun::Truth PlanRun::TruthOf(const Cell& cell) {
  return cell.IsMissing() ? Truth::kMissing : TruthOf(cell.boolean);
}

PlanRun::Truth PlanRun::Opposite(Truth truth) {
  return truth == Truth::kMissing ? truth : TruthOf(truth == Truth::kFalse);
}

Cell PlanRun::CellOf(Truth truth) {
  return truth == Truth::kMissing ? Cell() : Cell::Bool(truth == Truth::kTrue);
}

PlanRun::Truth PlanRun::Decide(const PlanNode& node) {
  switch (node.kind) {
    case PlanNode::Kind::kTest: {
      const MetricKey key = keys_[node.index];
      if (key == kMissingKey) return Truth::kMissing;
      const std::span<const MetricKeyRange> set = nodes_->RangesOf(node);
      return TruthOf(InRanges(set.data(), set.size(), key));
    }
    case PlanNode::Kind::kRule:
      return static_cast<Truth>(OutcomeOf(node.index));
    case PlanNode::Kind::kInWindow: {
      const Cell& from = nodes_->constants[node.index];
      const Cell& until = nodes_->constants[node.index + 1];
      return TruthOf((from.IsMissing() || from.micros <= now_.micros) &&
                     (until.IsMissing() || now_.micros < until.micros));
    }
    case PlanNode::Kind::kHeld:
      return TruthOf(node.index < held_->size() && (*held_)[node.index]);
    case PlanNode::Kind::kOperator:
      return DecideOperator(node);
    default:
      return TruthOf(Evaluate(node));
  }
}

// REQUIRES: a boolean operator.
PlanRun::Truth PlanRun::DecideOperator(const PlanNode& node) {
  const std::span<const PlanNode> children = nodes_->ChildrenOf(node);
  switch (node.op) {
    case Operator::kAnd:
      return DecideAtLeast(static_cast<int>(children.size()), node);
    case Operator::kOr:
      return DecideAtLeast(1, node);
    case Operator::kAtLeast:
      return DecideAtLeast(static_cast<int>(node.index), node);
    case Operator::kNot:
      return Opposite(Decide(children[0]));
    case Operator::kIf: {
      const Truth condition = Decide(children[0]);
      if (condition == Truth::kMissing) return condition;
      return Decide(children[condition == Truth::kTrue ? 1 : 2]);
    }
    case Operator::kIn:
      return DecideIn(node);
    case Operator::kNotIn:
      return Opposite(DecideIn(node));
    case Operator::kBetween:
      return DecideBetween(node);
    case Operator::kWithinLast:
    case Operator::kWithinNext:
      return DecideWithin(node);
    case Operator::kIsMissing:
      return TruthOf(Evaluate(children[0]).IsMissing());
    case Operator::kIsPresent:
      return TruthOf(!Evaluate(children[0]).IsMissing());
    case Operator::kMatches:
      return DecideMatches(node);
    default: {
      const Cell a = Evaluate(children[0]);
      if (a.IsMissing()) return Truth::kMissing;
      const Cell b = Evaluate(children[1]);
      if (b.IsMissing()) return Truth::kMissing;
      return TruthOf(ApplyOperator(node.op, a, b));
    }
  }
}

PlanRun::Truth PlanRun::DecideAtLeast(int needed, const PlanNode& node) {
  const std::span<const PlanNode> children = nodes_->ChildrenOf(node);
  int trues = 0;
  int possible = static_cast<int>(children.size());
  for (const PlanNode& child : children) {
    const Truth truth = Decide(child);
    if (truth == Truth::kTrue && ++trues >= needed) return Truth::kTrue;
    if (truth == Truth::kFalse && --possible < needed) return Truth::kFalse;
  }
  return Truth::kMissing;
}

PlanRun::Truth PlanRun::DecideIn(const PlanNode& node) {
  const std::span<const PlanNode> children = nodes_->ChildrenOf(node);
  const Cell subject = Evaluate(children[0]);
  if (subject.IsMissing()) return Truth::kMissing;
  bool missing = false;
  for (const PlanNode& child : children.subspan(1)) {
    const Cell member = Evaluate(child);
    if (member.IsMissing()) {
      missing = true;
    } else if (SameCell(subject, member)) {
      return Truth::kTrue;
    }
  }
  return missing ? Truth::kMissing : Truth::kFalse;
}

PlanRun::Truth PlanRun::DecideBetween(const PlanNode& node) {
  const std::span<const PlanNode> children = nodes_->ChildrenOf(node);
  const Cell subject = Evaluate(children[0]);
  if (subject.IsMissing()) return Truth::kMissing;
  const Cell low = Evaluate(children[1]);
  const Cell high = Evaluate(children[2]);
  if (!low.IsMissing() && CompareCells(subject, low) < 0) return Truth::kFalse;
  if (!high.IsMissing() && CompareCells(subject, high) > 0) return Truth::kFalse;
  return low.IsMissing() || high.IsMissing() ? Truth::kMissing : Truth::kTrue;
}

// now - span < time <= now, or now < time <= now + span
PlanRun::Truth PlanRun::DecideWithin(const PlanNode& node) {
  const std::span<const PlanNode> children = nodes_->ChildrenOf(node);
  const Cell time = Evaluate(children[0]);
  const Cell span = Evaluate(children[1]);
  const Cell now = Cell::Time(now_.micros);
  if (time.IsMissing() || now.IsMissing()) return Truth::kMissing;
  const bool last = node.op == Operator::kWithinLast;
  if (last ? CompareCells(time, now) > 0 : CompareCells(time, now) <= 0) return Truth::kFalse;
  if (span.IsMissing()) return Truth::kMissing;
  const Cell end = ApplyOperator(last ? Operator::kSubtract : Operator::kAdd, now, span);
  if (end.IsMissing()) return Truth::kMissing;
  const bool within = last ? CompareCells(time, end) > 0 : CompareCells(time, end) <= 0;
  return TruthOf(within);
}

PlanRun::Truth PlanRun::DecideMatches(const PlanNode& node) {
  const Cell text = Evaluate((*nodes_)[node.first]);
  if (text.IsMissing()) return Truth::kMissing;
  const re2::StringPiece piece(text.text, text.size);
  return TruthOf(re2::RE2::PartialMatch(piece, *node.source->pattern));
}

Cell PlanRun::EvaluateMetric(uint32_t metric) const {
  const MetricKey key = keys_[metric];
  if (key == kMissingKey) return {};
  const MetricPayload& payload = payloads_[metric];
  switch (plan_.layout_.KindOf(metric)) {
    case Type::Kind::kNumber:
      return Cell::Number(NumberOfKey(key));
    case Type::Kind::kBool:
      return Cell::Bool(key == kTrueKey);
    case Type::Kind::kString:
    case Type::Kind::kOneOf:
      return Cell::Text({payload.text, payload.size});
    case Type::Kind::kTimestamp:
      return Cell::Time(MicrosOfKey(key));
    case Type::Kind::kDuration:
      return Cell::Span(payload.micros);
    default:
      return Cell::List(payload.list);
  }
}

Cell PlanRun::Evaluate(const PlanNode& node) {
  switch (node.kind) {
    case PlanNode::Kind::kConstant:
      return nodes_->constants[node.index];
    case PlanNode::Kind::kMetric:
      return EvaluateMetric(node.index);
    case PlanNode::Kind::kDefine:
      return DefineOf(node.index);
    case PlanNode::Kind::kScorecard:
      return Cell::Number(ScorecardOf(node.index).value);
    case PlanNode::Kind::kNow:
      return Cell::Time(now_.micros);
    case PlanNode::Kind::kFirstPresent:
      return EvaluateFirstPresent(node);
    case PlanNode::Kind::kCall:
      return Call(node);
    case PlanNode::Kind::kOperator:
      return EvaluateOperator(node);
    case PlanNode::Kind::kTest:
    case PlanNode::Kind::kRule:
    case PlanNode::Kind::kInWindow:
    case PlanNode::Kind::kHeld:
      return CellOf(Decide(node));
  }
  return {};
}

Cell PlanRun::EvaluateOperator(const PlanNode& node) {
  const std::span<const PlanNode> children = nodes_->ChildrenOf(node);
  switch (node.op) {
    case Operator::kIf: {
      const Truth condition = Decide(children[0]);
      if (condition == Truth::kMissing) return {};
      return Evaluate(children[condition == Truth::kTrue ? 1 : 2]);
    }
    case Operator::kNegate: {
      const Cell a = Evaluate(children[0]);
      return a.IsMissing() ? a : ApplyNegate(a);
    }
    case Operator::kAdd:
    case Operator::kSubtract:
    case Operator::kMultiply:
    case Operator::kDivide: {
      const Cell a = Evaluate(children[0]);
      if (a.IsMissing()) return a;
      const Cell b = Evaluate(children[1]);
      return b.IsMissing() ? b : ApplyOperator(node.op, a, b);
    }
    default:
      return CellOf(DecideOperator(node));
  }
}

Cell PlanRun::EvaluateFirstPresent(const PlanNode& node) {
  for (const PlanNode& child : nodes_->ChildrenOf(node)) {
    const Cell cell = Evaluate(child);
    if (!cell.IsMissing()) return cell;
  }
  return {};
}

Cell PlanRun::Call(const PlanNode& node) {
  if (std::find(failed_calls_.begin(), failed_calls_.end(), &node) != failed_calls_.end()) {
    return {};
  }
  const FunctionDefinition& function = *node.source->function;
  const std::span<const PlanNode> children = nodes_->ChildrenOf(node);
  absl::InlinedVector<Cell, 4> cells;
  for (const PlanNode& child : children) {
    cells.push_back(Evaluate(child));
    if (cells.back().IsMissing()) return {};
  }
  Value result;
  if (cells.size() == 1 && cells[0].kind == Cell::Kind::kList) {  // no copy of the list
    result = function.body(std::span<const Value>(cells[0].list, 1));
  } else {
    absl::InlinedVector<Value, 4> arguments;
    for (const Cell& cell : cells) arguments.push_back(cell.ToValue());
    result = function.body(arguments);
  }
  if (!result.IsMissing() && result.Fits(node.source->type)) return Keep(std::move(result));
  failed_calls_.push_back(&node);
  has_work_to_begin_ = true;
  return {};
}

Cell PlanRun::Keep(Value value) {
  if (!value.IsString() && !value.IsNumberList() && !value.IsStringList()) return Cell::Of(value);
  values_.push_back(std::move(value));
  has_work_to_begin_ = true;
  return Cell::Of(values_.back());
}

}  // namespace pql
