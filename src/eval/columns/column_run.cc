#include "eval/columns/column_run.h"

#include <algorithm>
#include <bit>

namespace pql {
namespace {

using Kind = ColumnOp::Kind;

// What the bits of all operations may take, so that they stay in the processor's cache.
constexpr size_t kMaxBytesOfBits = 512 << 10;
constexpr uint32_t kNone = ~uint32_t{0};
constexpr ChunkWords kNoBits = {};

// Of words, for one bit of an operation.  With walks a chunk is as short as can be: they take so
// long that nothing is gained by more, and whoever waits for a chunk should not wait for ever.
size_t GroupsFor(size_t operations, bool has_walks) {
  if (has_walks) return 1;
  size_t groups = kMaxChunkRows / (kRowsPerWord * kWordsPerGroup);
  while (groups > 1 && operations * groups * 2 * 64 > kMaxBytesOfBits) groups /= 2;
  return groups;
}

}  // namespace

ColumnRun::ColumnRun(const ColumnProgram& program, std::span<const uint32_t> wanted,
                     VectorWidth width)
    : program_(program),
      kernels_(ColumnKernels::Of(width)),
      test_of_op_(program.ops().size(), kNone),
      chunk_of_metric_(program.plan().layout().size(), kNone),
      slot_of_op_(program.ops().size()),
      is_decided_(program.ops().size()),
      done_of_op_(program.ops().size(), kNone),
      plan_run_(program.plan()),
      row_account_(program.plan().layout()) {
  NoteNeeded(wanted);
  size_t slots = 0;
  for (const auto* ops : {&eager_, &lazy_}) {
    for (const uint32_t op : *ops) slot_of_op_[op] = slots++;
  }
  groups_ = GroupsFor(slots, !lazy_.empty());
  chunk_words_ = groups_ * kWordsPerGroup;
  loaded_.resize(chunks_.size());
  bits_.resize(2 * slots * groups_);
  done_.resize(lazy_.size());
  for (size_t i = 0; i < lazy_.size(); ++i) done_of_op_[lazy_[i]] = static_cast<uint32_t>(i);
}

// Tests of the same metric are next to each other, for its values stay in the cache; everything
// else follows in the order of the program.
void ColumnRun::NoteNeeded(std::span<const uint32_t> wanted) {
  const std::vector<ColumnOp>& ops = program_.ops();
  std::vector<bool> needed(ops.size());
  std::vector<bool> is_root(ops.size());
  for (const uint32_t rule : wanted) {
    const uint32_t op = program_.OfRule(rule).op;
    needed[op] = true;
    is_root[op] = true;
  }
  for (size_t op = ops.size(); op-- > 0;) {
    if (!needed[op]) continue;
    const bool has_parts =
        ops[op].kind == Kind::kAll || ops[op].kind == Kind::kAtLeast || ops[op].kind == Kind::kIf;
    if (!has_parts) continue;
    for (const ColumnRef part : program_.PartsOf(ops[op])) needed[part.op] = true;
  }
  const bool in_order = program_.longest_chain() > Plan::kMaxChainOnDemand;
  std::vector<uint32_t> tests;
  std::vector<uint32_t> others;
  for (uint32_t op = 0; op < ops.size(); ++op) {
    if (!needed[op]) continue;
    if (ops[op].lazy) {
      lazy_.push_back(op);
      if (in_order || is_root[op]) demands_.push_back(op);
      continue;
    }
    const bool is_test = ops[op].kind == Kind::kTest || ops[op].kind == Kind::kClock;
    (is_test ? tests : others).push_back(op);
    if (is_test || ops[op].kind == Kind::kPresent) PrepareTest(op);
  }
  std::stable_sort(tests.begin(), tests.end(),
                   [&ops](uint32_t a, uint32_t b) { return ops[a].index < ops[b].index; });
  eager_ = std::move(tests);
  eager_.insert(eager_.end(), others.begin(), others.end());
}

void ColumnRun::PrepareTest(uint32_t op) {
  const ColumnOp& test = program_.ops()[op];
  uint32_t& chunk = chunk_of_metric_[test.index];
  const MetricLayout& layout = program_.plan().layout();
  if (chunk == kNone) {
    chunk = static_cast<uint32_t>(chunks_.size());
    chunks_.emplace_back(layout, test.index);
  }
  if (test.kind == Kind::kPresent) return;
  chunks_[chunk].CountTest();
  test_of_op_[op] = static_cast<uint32_t>(tests_.size());
  if (test.kind == Kind::kClock) {
    tests_.emplace_back();  // its ranges depend on the time
  } else {
    tests_.emplace_back(program_.RangesOf(test), layout.KindOf(test.index),
                        row_account_[0].keys()[test.index]);
  }
}

void ColumnRun::Begin(const AccountColumns& accounts, Timestamp now) {
  accounts_ = &accounts;
  now_ = now;
  rows_binder_.emplace(program_.plan(), accounts);
  row_account_[0].Clear();
  for (MetricChunk& chunk : chunks_) chunk.Begin(rows_binder_->ValuesOf(chunk.metric()));
  const MetricLayout& layout = program_.plan().layout();
  for (const uint32_t op : eager_) {
    const ColumnOp& what = program_.ops()[op];
    if (what.kind == Kind::kClock) {
      tests_[test_of_op_[op]].BindClock(program_.ClockTestOf(what), now_,
                                        row_account_[0].keys()[what.index]);
    } else if (what.kind == Kind::kTest && ChunkOf(what.index).has_column()) {
      const Type::Kind kind = layout.KindOf(what.index);
      if (kind != Type::Kind::kString && kind != Type::Kind::kOneOf) continue;
      tests_[test_of_op_[op]].BindTexts(ChunkOf(what.index), layout.HighestKey(what.index));
    }
  }
}

void ColumnRun::Evaluate(size_t first_row) {
  first_row_ = first_row;
  rows_ = std::min(chunk_rows(), accounts_->row_count - first_row);
  words_ = (rows_ + kRowsPerWord - 1) / kRowsPerWord;
  ++evaluations_;
  for (const uint32_t op : eager_) Compute(op);
  if (demands_.empty()) return;
  for (ChunkWords& done : done_) done.fill(0);
  ChunkWords all;
  all.fill(~uint64_t{0});
  if (rows_ % kRowsPerWord != 0) all[words_ - 1] >>= kRowsPerWord - rows_ % kRowsPerWord;
  for (const uint32_t op : demands_) Demand(op, all.data());
}

BitOperand ColumnRun::CertainPart(ColumnRef ref) {
  if (!ref.opposite) return {CertainOf(ref.op), 0};
  return {KnownPossibleOf(ref.op), ~uint64_t{0}};
}

BitOperand ColumnRun::PossiblePart(ColumnRef ref) {
  if (!ref.opposite) return {KnownPossibleOf(ref.op), 0};
  return {CertainOf(ref.op), ~uint64_t{0}};
}

void ColumnRun::Compute(uint32_t op) {
  const ColumnOp& what = program_.ops()[op];
  switch (what.kind) {
    case Kind::kConstant:
      return SetAll(op, what.index == 1, true);
    case Kind::kTest:
    case Kind::kClock:
      return ComputeTest(op);
    case Kind::kPresent:
      return ComputePresent(op);
    case Kind::kInWindow: {
      const Rule& rule = program_.plan().rule_set().rules[what.index];
      const bool inside = (!rule.active_from.has_value() || *rule.active_from <= now_) &&
                          (!rule.active_until.has_value() || now_ < *rule.active_until);
      return SetAll(op, inside, inside);
    }
    case Kind::kHeld:
      return ComputeHeld(op);
    case Kind::kAll:
    case Kind::kAtLeast:
    case Kind::kIf: {
      const std::span<const ColumnRef> parts = program_.PartsOf(what);
      is_decided_[op] = std::all_of(parts.begin(), parts.end(),
                                    [this](ColumnRef part) { return is_decided_[part.op] != 0; })
                            ? 1
                            : 0;
      uint64_t* possible = is_decided_[op] != 0 ? nullptr : PossibleOf(op);
      if (what.kind == Kind::kAll) return ComputeAll(what, CertainOf(op), possible);
      if (what.kind == Kind::kAtLeast) return ComputeAtLeast(what, CertainOf(op), possible);
      return ComputeIf(what, CertainOf(op), possible);
    }
    case Kind::kWalk:
      return;
  }
}

void ColumnRun::SetAll(uint32_t op, bool certain, bool possible) {
  is_decided_[op] = certain == possible ? 1 : 0;
  std::fill_n(CertainOf(op), chunk_words_, certain ? ~uint64_t{0} : 0);
  if (certain != possible) std::fill_n(PossibleOf(op), chunk_words_, possible ? ~uint64_t{0} : 0);
}

// Loads it when the first test asks for it: its values are compared while they are in the cache.
const MetricChunk& ColumnRun::LoadedChunkOf(uint32_t metric) {
  const uint32_t index = chunk_of_metric_[metric];
  MetricChunk& chunk = chunks_[index];
  if (loaded_[index] != evaluations_ && chunk.has_column()) {
    chunk.Load(kernels_, first_row_, rows_);
  }
  loaded_[index] = evaluations_;
  return chunk;
}

void ColumnRun::ComputeTest(uint32_t op) {
  const uint32_t metric = program_.ops()[op].index;
  const ColumnTest& test = tests_[test_of_op_[op]];
  const MetricChunk& chunk = LoadedChunkOf(metric);
  const bool has_default = program_.plan().layout().HasDefault(metric);
  if (!chunk.has_column()) {
    const bool possible = !has_default || test.holds_for_default();
    return SetAll(op, has_default && possible && !test.end_is_missing(), possible);
  }
  uint64_t* certain = CertainOf(op);
  test.Compare(kernels_, chunk, words_, certain);
  const uint64_t* presence = chunk.presence();
  if (!chunk.all_present()) {
    const uint64_t otherwise = test.holds_for_default() ? ~uint64_t{0} : 0;
    for (size_t i = 0; i < words_; ++i) {
      certain[i] = (certain[i] & presence[i]) | (otherwise & ~presence[i]);
    }
  }
  is_decided_[op] = (chunk.all_present() || has_default) && !test.end_is_missing() ? 1 : 0;
  if (is_decided_[op] != 0) return;
  uint64_t* possible = PossibleOf(op);
  const bool absent_is_possible = !chunk.all_present() && !has_default;
  for (size_t i = 0; i < words_; ++i) {
    possible[i] = certain[i] | (absent_is_possible ? ~presence[i] : 0);
  }
  if (test.end_is_missing()) std::fill_n(certain, words_, 0);
}

void ColumnRun::ComputePresent(uint32_t op) {
  const MetricChunk& chunk = LoadedChunkOf(program_.ops()[op].index);
  if (!chunk.has_column()) return SetAll(op, false, false);
  if (chunk.all_present()) return SetAll(op, true, true);
  is_decided_[op] = 1;
  std::copy_n(chunk.presence(), words_, CertainOf(op));
}

void ColumnRun::ComputeHeld(uint32_t op) {
  const uint32_t rule = program_.ops()[op].index;
  const auto held = std::find_if(accounts_->held.begin(), accounts_->held.end(),
                                 [rule](const HeldRows& rows) { return rows.rule == rule; });
  if (held == accounts_->held.end()) return SetAll(op, false, false);
  if (held->rows == nullptr) return SetAll(op, true, true);
  is_decided_[op] = 1;
  LoadBits(held->rows, first_row_, rows_, CertainOf(op));
}

// `possible` is null where nothing is unknown; so for the next ones.
void ColumnRun::ComputeAll(const ColumnOp& op, uint64_t* certain, uint64_t* possible) {
  const std::span<const ColumnRef> parts = program_.PartsOf(op);
  const size_t words = (words_ + kWordsPerGroup - 1) / kWordsPerGroup * kWordsPerGroup;
  operands_.clear();
  for (const ColumnRef part : parts) operands_.push_back(CertainPart(part));
  kernels_.all(operands_, words, certain);
  if (possible == nullptr) return;
  operands_.clear();
  for (const ColumnRef part : parts) operands_.push_back(PossiblePart(part));
  kernels_.all(operands_, words, possible);
}

namespace {

// Bits that at least `needed` of the parts have.  Counts for 64 rows at once: each word of `digits`
// has one binary digit of every row's count.
void AtLeast(std::span<const BitOperand> parts, size_t needed, size_t words, uint64_t* out) {
  std::vector<uint64_t> digits(static_cast<size_t>(std::bit_width(std::max(parts.size(), needed))));
  for (size_t word = 0; word < words; ++word) {
    std::fill(digits.begin(), digits.end(), 0);
    for (const BitOperand& part : parts) {
      uint64_t carry = part.words[word] ^ part.flip;
      for (size_t n = 0; carry != 0; ++n) {
        const uint64_t next = digits[n] & carry;
        digits[n] ^= carry;
        carry = next;
      }
    }
    uint64_t more = 0;
    uint64_t equal = ~uint64_t{0};  // in the digits so far, from the highest on
    for (size_t n = digits.size(); n-- > 0;) {
      const bool is_set = ((needed >> n) & 1) != 0;
      if (!is_set) more |= equal & digits[n];
      equal &= is_set ? digits[n] : ~digits[n];
    }
    out[word] = more | equal;
  }
}

}  // namespace

void ColumnRun::ComputeAtLeast(const ColumnOp& op, uint64_t* certain, uint64_t* possible) {
  const std::span<const ColumnRef> parts = program_.PartsOf(op);
  operands_.clear();
  for (const ColumnRef part : parts) operands_.push_back(CertainPart(part));
  AtLeast(operands_, op.index, words_, certain);
  if (possible == nullptr) return;
  operands_.clear();
  for (const ColumnRef part : parts) operands_.push_back(PossiblePart(part));
  AtLeast(operands_, op.index, words_, possible);
}

// Where the condition is unknown, so is all of it.
void ColumnRun::ComputeIf(const ColumnOp& op, uint64_t* certain, uint64_t* possible) {
  const std::span<const ColumnRef> parts = program_.PartsOf(op);
  const BitOperand condition[] = {CertainPart(parts[0]), PossiblePart(parts[0])};
  const BitOperand then[] = {CertainPart(parts[1]), PossiblePart(parts[1])};
  const BitOperand otherwise[] = {CertainPart(parts[2]), PossiblePart(parts[2])};
  const auto at = [](const BitOperand& part, size_t word) { return part.words[word] ^ part.flip; };
  for (size_t i = 0; i < words_; ++i) {
    const uint64_t is_true = at(condition[0], i);
    const uint64_t is_false = ~at(condition[1], i);
    certain[i] = (is_true & at(then[0], i)) | (is_false & at(otherwise[0], i));
    if (possible == nullptr) continue;
    possible[i] =
        (is_true & at(then[1], i)) | (is_false & at(otherwise[1], i)) | ~(is_true | is_false);
  }
}

ChunkOutcomes ColumnRun::OutcomesOf(uint32_t rule) {
  const ColumnRef ref = program_.OfRule(rule);
  const BitOperand certain = CertainPart(ref);
  const BitOperand possible = PossiblePart(ref);
  const bool is_decided = is_decided_[ref.op] != 0;
  const size_t in_last = rows_ % kRowsPerWord;
  if (is_decided && !ref.opposite && in_last == 0) {  // as they are
    return {{certain.words, words_}, {kNoBits.data(), words_}};
  }
  for (size_t i = 0; i < words_; ++i) qualified_[i] = certain.words[i] ^ certain.flip;
  if (in_last != 0) qualified_[words_ - 1] &= ~uint64_t{0} >> (kRowsPerWord - in_last);
  if (is_decided) return {{qualified_.data(), words_}, {kNoBits.data(), words_}};
  for (size_t i = 0; i < words_; ++i) {
    unknown_[i] = (possible.words[i] ^ possible.flip) & ~(certain.words[i] ^ certain.flip);
  }
  if (in_last != 0) unknown_[words_ - 1] &= ~uint64_t{0} >> (kRowsPerWord - in_last);
  return {{qualified_.data(), words_}, {unknown_.data(), words_}};
}

}  // namespace pql
