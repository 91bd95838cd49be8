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

// Items that depend on each other over more steps than this are computed in order, not on demand.
constexpr uint32_t kMaxChainOnDemand = 16;

// REQUIRES: ranges in ascending order with gaps between them.
bool InRanges(const KeyRange* ranges, size_t count, MetricKey key) {
  const KeyRange* end = ranges + count;
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
      scorecards_(plan.scorecards_.size()) {}

void PlanRun::Begin(const BoundAccount& account, Timestamp now, const std::vector<bool>& held) {
  account_ = &account;
  keys_ = account.keys();
  held_ = &held;
  now_ = now;
  if (!values_.empty()) values_.clear();
  if (++account_number_ == 0) {  // numbers begin anew: what is left of old accounts must not count
    for (auto& rule : rules_) rule.account = 0;
    for (auto& define : defines_) define.account = 0;
    for (auto& scorecard : scorecards_) scorecard.account = 0;
    account_number_ = 1;
  }
  if (plan_.longest_chain_ > kMaxChainOnDemand) ComputeInOrder();
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

Outcome PlanRun::OutcomeOf(uint32_t rule) {
  Computed<Outcome>& computed = rules_[rule];
  if (computed.account != account_number_) {
    computed.value = static_cast<Outcome>(Execute(plan_.rules_[rule].begin));
    computed.account = account_number_;
  }
  return computed.value;
}

std::optional<double> PlanRun::ScoreOf(uint32_t rule) {
  const NodeIndex score = plan_.rules_[rule].score;
  if (score == kNoNode) return std::nullopt;
  const Cell cell = Evaluate(plan_.nodes_[score]);
  if (!cell.IsNumber()) return std::nullopt;
  return cell.number;
}

Cell PlanRun::DefineOf(uint32_t define) {
  Computed<Cell>& computed = defines_[define];
  if (computed.account != account_number_) {
    const Plan::DefineCode& code = plan_.defines_[define];
    computed.value = code.is_condition ? CellOf(static_cast<Truth>(Execute(code.begin)))
                                       : Evaluate(plan_.nodes_[code.value]);
    computed.account = account_number_;
  }
  return computed.value;
}

const ScorecardResult& PlanRun::ScorecardOf(uint32_t index) {
  Computed<ScorecardResult>& computed = scorecards_[index];
  if (computed.account == account_number_) return computed.value;
  const Scorecard& scorecard = plan_.rule_set_.scorecards[index];
  double sum = 0;
  bool incomplete = false;
  for (size_t i = 0; i < scorecard.lines.size(); ++i) {
    const ScorecardLine& line = scorecard.lines[i];
    const Cell cell = Evaluate(plan_.nodes_[plan_.scorecards_[index][i]]);
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
  std::optional<uint32_t> stage;
  const std::vector<Rule>& rules = plan_.rule_set_.rules;
  for (uint32_t i = 0; i < rules.size(); ++i) {
    if (rules[i].mode != RuleMode::kActive || rules[i].stage <= stage) continue;
    if (OutcomeOf(i) == Outcome::kQualified) stage = rules[i].stage;
  }
  return stage;
}

Evaluation PlanRun::Evaluate() {
  Evaluation evaluation;
  evaluation.rules.resize(rules_.size());
  evaluation.defines.resize(defines_.size());
  evaluation.scorecards.resize(scorecards_.size());
  MissingNames names(*this, evaluation);
  for (const Item item : plan_.rule_set_.evaluation_order) {
    switch (item.kind) {
      case Item::Kind::kDefine: {
        const Cell cell = DefineOf(item.index);
        evaluation.defines[item.index] =
            cell.IsMissing() ? names.Of(plan_.nodes_[plan_.defines_[item.index].value])
                             : PresentResult(cell.ToValue());
        break;
      }
      case Item::Kind::kScorecard: {
        ScorecardResult& result = evaluation.scorecards[item.index];
        result = ScorecardOf(item.index);
        if (result.incomplete) result.missing = names.OfAll(plan_.scorecards_[item.index]);
        break;
      }
      case Item::Kind::kRule: {
        RuleResult& result = evaluation.rules[item.index];
        result.outcome = OutcomeOf(item.index);
        if (result.outcome == Outcome::kQualified) result.score = ScoreOf(item.index);
        if (result.outcome != Outcome::kUnknown) break;
        Result named = names.Of(plan_.nodes_[plan_.rules_[item.index].condition]);
        result.missing = std::move(named.missing);
        result.deciders = std::move(named.deciders);
        break;
      }
    }
  }
  evaluation.stage = Stage();
  return evaluation;
}

// --- Instructions ---

Place PlanRun::Execute(Place place) {
  while (place >= kFirstPlace) {
    const Instruction& op = plan_.program_.instructions[place];
    bool holds = false;
    switch (op.kind) {
      case Instruction::Kind::kRange:
        holds = keys_[op.index] - op.low <= op.width;
        break;
      case Instruction::Kind::kWindow: {
        const uint64_t distance = keys_[op.index] - op.low;
        holds = distance <= 63 && ((op.width >> distance) & 1) != 0;
        break;
      }
      case Instruction::Kind::kAll: {
        bool missing = false;
        if (AllHold(op, &missing)) {
          place = op.exits.on_true;
        } else {
          place = missing ? op.exits.on_missing : op.exits.on_false;
        }
        continue;
      }
      case Instruction::Kind::kRanges:
        holds = InRanges(plan_.nodes_.ranges.data() + op.low, op.width, keys_[op.index]);
        break;
      case Instruction::Kind::kNow:
        place =
            KeyOfMicros(now_.micros) - op.low <= op.width ? op.exits.on_true : op.exits.on_false;
        continue;
      case Instruction::Kind::kHeld:
        place =
            op.index < held_->size() && (*held_)[op.index] ? op.exits.on_true : op.exits.on_false;
        continue;
      case Instruction::Kind::kWalk: {
        const Truth truth = Decide(plan_.nodes_[op.index]);
        place = truth == Truth::kTrue    ? op.exits.on_true
                : truth == Truth::kFalse ? op.exits.on_false
                                         : op.exits.on_missing;
        continue;
      }
    }
    if (holds) {
      place = op.exits.on_true;
    } else {
      place = keys_[op.index] == kMissingKey ? op.exits.on_missing : op.exits.on_false;
    }
  }
  return place;
}

// Where not all hold, `missing` says whether none of them is false.
bool PlanRun::AllHold(const Instruction& all, bool* missing) const {
  const RangeTest* tests = plan_.program_.tests.data() + all.index;
  const size_t count = all.low;
  bool hold = true;
  for (size_t i = 0; i < count; ++i) hold &= tests[i].Holds(keys_[tests[i].metric]);
  if (hold) return true;
  for (size_t i = 0; i < count; ++i) {
    const MetricKey key = keys_[tests[i].metric];
    if (key != kMissingKey && !tests[i].Holds(key)) return false;
  }
  *missing = true;
  return false;
}

// --- Nodes ---

PlanRun::Truth PlanRun::TruthOf(const Cell& cell) {
  if (cell.IsMissing()) return Truth::kMissing;
  return cell.boolean ? Truth::kTrue : Truth::kFalse;
}

Cell PlanRun::CellOf(Truth truth) {
  return truth == Truth::kMissing ? Cell() : Cell::Bool(truth == Truth::kTrue);
}

PlanRun::Truth PlanRun::Decide(const PlanNode& node) {
  switch (node.kind) {
    case PlanNode::Kind::kTest: {
      const MetricKey key = keys_[node.index];
      if (key == kMissingKey) return Truth::kMissing;
      const std::span<const KeyRange> set = plan_.nodes_.RangesOf(node);
      return InRanges(set.data(), set.size(), key) ? Truth::kTrue : Truth::kFalse;
    }
    case PlanNode::Kind::kRule:
      return static_cast<Truth>(OutcomeOf(node.index));
    case PlanNode::Kind::kInWindow: {
      const Rule& rule = plan_.rule_set_.rules[node.index];
      const bool in_window = (!rule.active_from.has_value() || *rule.active_from <= now_) &&
                             (!rule.active_until.has_value() || now_ < *rule.active_until);
      return in_window ? Truth::kTrue : Truth::kFalse;
    }
    case PlanNode::Kind::kHeld:
      return node.index < held_->size() && (*held_)[node.index] ? Truth::kTrue : Truth::kFalse;
    case PlanNode::Kind::kOperator:
      return DecideOperator(node);
    default:
      return TruthOf(Evaluate(node));
  }
}

// REQUIRES: a boolean operator.
PlanRun::Truth PlanRun::DecideOperator(const PlanNode& node) {
  const std::span<const PlanNode> children = plan_.nodes_.ChildrenOf(node);
  switch (node.op) {
    case Operator::kAnd:
      return DecideAtLeast(static_cast<int>(children.size()), node);
    case Operator::kOr:
      return DecideAtLeast(1, node);
    case Operator::kAtLeast:
      return DecideAtLeast(static_cast<int>(node.index), node);
    case Operator::kNot: {
      const Truth truth = Decide(children[0]);
      if (truth == Truth::kMissing) return truth;
      return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
    }
    case Operator::kIf: {
      const Truth condition = Decide(children[0]);
      if (condition == Truth::kMissing) return condition;
      return Decide(children[condition == Truth::kTrue ? 1 : 2]);
    }
    case Operator::kIn:
      return DecideIn(node);
    case Operator::kNotIn: {
      const Truth truth = DecideIn(node);
      if (truth == Truth::kMissing) return truth;
      return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
    }
    case Operator::kBetween:
      return DecideBetween(node);
    case Operator::kWithinLast:
    case Operator::kWithinNext:
      return DecideWithin(node);
    case Operator::kIsMissing:
      return Evaluate(children[0]).IsMissing() ? Truth::kTrue : Truth::kFalse;
    case Operator::kIsPresent:
      return Evaluate(children[0]).IsMissing() ? Truth::kFalse : Truth::kTrue;
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
  const std::span<const PlanNode> children = plan_.nodes_.ChildrenOf(node);
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
  const std::span<const PlanNode> children = plan_.nodes_.ChildrenOf(node);
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
  const std::span<const PlanNode> children = plan_.nodes_.ChildrenOf(node);
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
  const std::span<const PlanNode> children = plan_.nodes_.ChildrenOf(node);
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
  return within ? Truth::kTrue : Truth::kFalse;
}

PlanRun::Truth PlanRun::DecideMatches(const PlanNode& node) {
  const Cell text = Evaluate(plan_.nodes_[node.first]);
  if (text.IsMissing()) return Truth::kMissing;
  const re2::StringPiece piece(text.text, text.size);
  return re2::RE2::PartialMatch(piece, *node.source->pattern) ? Truth::kTrue : Truth::kFalse;
}

Cell PlanRun::EvaluateMetric(uint32_t metric) const {
  const MetricKey key = keys_[metric];
  if (key == kMissingKey) return {};
  const MetricPayload& payload = account_->payload(metric);
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
      return plan_.nodes_.constants[node.index];
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
  const std::span<const PlanNode> children = plan_.nodes_.ChildrenOf(node);
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
  for (const PlanNode& child : plan_.nodes_.ChildrenOf(node)) {
    const Cell cell = Evaluate(child);
    if (!cell.IsMissing()) return cell;
  }
  return {};
}

Cell PlanRun::Call(const PlanNode& node) {
  const FunctionDefinition& function = *node.source->function;
  const std::span<const PlanNode> children = plan_.nodes_.ChildrenOf(node);
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
  return result.Fits(node.source->type) ? Keep(std::move(result)) : Cell();
}

Cell PlanRun::Keep(Value value) {
  if (!value.IsString() && !value.IsNumberList() && !value.IsStringList()) return Cell::Of(value);
  values_.push_back(std::move(value));
  return Cell::Of(values_.back());
}

}  // namespace pql
