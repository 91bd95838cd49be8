#include "eval/columns/column_run.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "eval/columns/column_ranges.h"

namespace pql {
namespace {

using Kind = ColumnOp::Kind;

static_assert(std::endian::native == std::endian::little, "bitmaps are read as words");

// What the bits of all operations may take, so that they stay in the processor's cache.
constexpr size_t kMaxBytesOfBits = 256 << 10;
constexpr size_t kMinGroups = 1;
// Conditions that name each other over more steps than this are computed in order, not on demand.
constexpr uint32_t kMaxChainOnDemand = 16;
constexpr uint32_t kNone = ~uint32_t{0};

size_t GroupsFor(size_t operations) {
  size_t groups = ColumnRun::kMaxChunkRows / (kRowsPerWord * kWordsPerGroup);
  while (groups > kMinGroups && operations * groups * 2 * 64 > kMaxBytesOfBits) groups /= 2;
  return groups;
}

// The bits of `rows` rows from `first_row`, a multiple of 8, on; what is past them is 0.
void LoadBits(Bitmap bitmap, size_t first_row, size_t rows, uint64_t* out) {
  const size_t words = (rows + kRowsPerWord - 1) / kRowsPerWord;
  if (rows % kRowsPerWord != 0) out[words - 1] = 0;
  std::memcpy(out, bitmap + first_row / 8, (rows + 7) / 8);
  if (rows % kRowsPerWord != 0)
    out[words - 1] &= ~uint64_t{0} >> (kRowsPerWord - rows % kRowsPerWord);
}

// Whole words of values: the column's own, or a copy of what is left of it.
template <typename T>
const T* WholeWords(const T* values, size_t rows, std::vector<T>* own) {
  if (rows % kRowsPerWord == 0) return values;
  own->resize(ColumnRun::kMaxChunkRows);
  std::copy_n(values, rows, own->data());
  return own->data();
}

// Calls `visit(row)` for each bit that is set.
template <typename Visit>
void ForEachBit(const uint64_t* words, size_t count, const Visit& visit) {
  for (size_t word = 0; word < count; ++word) {
    for (uint64_t bits = words[word]; bits != 0; bits &= bits - 1) {
      visit(word * kRowsPerWord + static_cast<size_t>(std::countr_zero(bits)));
    }
  }
}

}  // namespace

ColumnRun::ColumnRun(const ColumnProgram& program, std::span<const uint32_t> wanted,
                     VectorWidth width)
    : program_(program),
      kernels_(ColumnKernels::Of(width)),
      tests_(program.ops().size()),
      chunk_of_metric_(program.plan().layout().size(), kNone),
      is_decided_(program.ops().size()),
      done_of_op_(program.ops().size(), kNone),
      plan_run_(program.plan()),
      row_account_(program.plan().layout()) {
  NoteNeeded(wanted);
  groups_ = GroupsFor(eager_.size() + lazy_.size());
  chunk_words_ = groups_ * kWordsPerGroup;
  bits_.resize(2 * program.ops().size() * groups_);
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
  const bool in_order = program_.longest_chain() > kMaxChainOnDemand;
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
  if (chunk == kNone) {
    chunk = static_cast<uint32_t>(chunks_.size());
    chunks_.emplace_back().metric = test.index;
  }
  if (test.kind != Kind::kTest) return;
  const std::span<const KeyRange> ranges = program_.RangesOf(test);
  TestSets& sets = tests_[op];
  sets.holds_for_default = Contains(ranges, row_account_[0].keys()[test.index]);
  switch (program_.plan().layout().KindOf(test.index)) {
    case Type::Kind::kNumber:
      for (const KeyRange& range : ranges) sets.numbers.push_back(NumberRangeOf(range));
      break;
    case Type::Kind::kTimestamp:
    case Type::Kind::kDuration:
      for (const KeyRange& range : ranges) sets.micros.push_back(MicrosRangeOf(range));
      break;
    default:  // a bool needs no more than the ranges; texts depend on the accounts' codes
      break;
  }
}

// --- Once for all chunks ---

void ColumnRun::Begin(const AccountColumns& accounts, Timestamp now) {
  accounts_ = &accounts;
  now_ = now;
  rows_binder_.emplace(program_.plan(), accounts);
  row_account_[0].Clear();
  for (MetricChunk& chunk : chunks_) {
    chunk.values = rows_binder_->ValuesOf(chunk.metric);
    const Type::Kind kind = program_.plan().layout().KindOf(chunk.metric);
    const bool is_text = kind == Type::Kind::kString || kind == Type::Kind::kOneOf;
    if (is_text && chunk.values != nullptr) BindTexts(&chunk);
  }
  for (const uint32_t op : eager_) {
    if (program_.ops()[op].kind == Kind::kClock) BindClockTest(op);
    if (program_.ops()[op].kind == Kind::kTest) BindTextTest(op);
  }
}

void ColumnRun::BindTexts(MetricChunk* chunk) {
  const MetricValues& values = *chunk->values;
  chunk->codes_are_keys = values.codes == nullptr || values.texts.size() > kRowsPerWord;
  chunk->keys_of_codes.clear();
  if (values.codes == nullptr) return;
  const TextKeys& keys = program_.plan().layout().texts();
  for (const std::string_view text : values.texts) {
    chunk->keys_of_codes.push_back(static_cast<uint32_t>(keys.Find(chunk->metric, text)));
  }
}

void ColumnRun::BindTextTest(uint32_t op) {
  const ColumnOp& test = program_.ops()[op];
  const MetricChunk& chunk = ChunkOf(test.index);
  if (chunk.values == nullptr) return;
  const std::span<const KeyRange> ranges = program_.RangesOf(test);
  std::vector<CodeRange>& codes = tests_[op].codes;
  codes.clear();
  const auto choose = [&](uint32_t low, uint32_t width, const auto& key_of) {
    CodeRange& range = codes.emplace_back(CodeRange{low, width, 0});
    for (uint32_t i = 0; i <= width; ++i) {
      if (Contains(ranges, key_of(low + i))) range.mask |= uint64_t{1} << i;
    }
  };
  if (!chunk.codes_are_keys) {
    const std::vector<uint32_t>& keys = chunk.keys_of_codes;
    if (keys.empty()) return;  // no row has a value
    return choose(0, static_cast<uint32_t>(keys.size() - 1),
                  [&keys](uint32_t code) -> MetricKey { return keys[code]; });
  }
  if (ranges.empty()) return;
  const MetricKey highest = program_.plan().layout().HighestKey(test.index);
  const MetricKey first = ranges.front().first;
  const MetricKey last = std::min(ranges.back().last, highest);
  if (ranges.size() > 1 && last - first < kRowsPerWord) {
    return choose(static_cast<uint32_t>(first), static_cast<uint32_t>(last - first),
                  [](uint32_t key) -> MetricKey { return key; });
  }
  for (const KeyRange& range : ranges) {
    if (range.first > highest) break;
    const MetricKey end = std::min(range.last, highest);
    codes.push_back({static_cast<uint32_t>(range.first), static_cast<uint32_t>(end - range.first)});
  }
}

void ColumnRun::BindClockTest(uint32_t op) {
  const ColumnOp& test = program_.ops()[op];
  TestSets& sets = tests_[op];
  const TimesAtClock times = TimesAt(now_, program_.ClockTestOf(test));
  sets.micros = times.ranges;
  sets.end_is_missing = times.end_is_missing;
  const MetricKey key = row_account_[0].keys()[test.index];
  sets.holds_for_default = key != kMissingKey && times.Holds(MicrosOfKey(key));
}

// --- A chunk ---

void ColumnRun::Evaluate(size_t first_row) {
  first_row_ = first_row;
  rows_ = std::min(chunk_rows(), accounts_->row_count - first_row);
  words_ = (rows_ + kRowsPerWord - 1) / kRowsPerWord;
  for (MetricChunk& chunk : chunks_) LoadMetric(&chunk);
  for (const uint32_t op : eager_) Compute(op);
  for (Words& done : done_) done.fill(0);
  Words all;
  all.fill(~uint64_t{0});
  if (rows_ % kRowsPerWord != 0) all[words_ - 1] >>= kRowsPerWord - rows_ % kRowsPerWord;
  for (const uint32_t op : demands_) Demand(op, all.data());
}

void ColumnRun::LoadMetric(MetricChunk* chunk) {
  const MetricValues* values = chunk->values;
  if (values == nullptr) return;
  chunk->all_present = true;
  if (values->presence != nullptr) {
    LoadBits(values->presence, first_row_, rows_, chunk->presence.data());
    // Nobody asks for what is past the last row.
    if (rows_ % kRowsPerWord != 0) {
      chunk->presence[words_ - 1] |= ~uint64_t{0} << (rows_ % kRowsPerWord);
    }
    for (size_t i = 0; i < words_; ++i) chunk->all_present &= chunk->presence[i] == ~uint64_t{0};
  }
  switch (program_.plan().layout().KindOf(chunk->metric)) {
    case Type::Kind::kNumber:
      chunk->numbers = WholeWords(values->numbers + first_row_, rows_, &chunk->own_numbers);
      break;
    case Type::Kind::kTimestamp:
    case Type::Kind::kDuration:
      chunk->micros = WholeWords(values->micros + first_row_, rows_, &chunk->own_micros);
      break;
    case Type::Kind::kBool:
      LoadBits(values->bools, first_row_, rows_, chunk->bools.data());
      break;
    case Type::Kind::kString:
    case Type::Kind::kOneOf:
      LoadTexts(chunk);
      break;
    default:
      break;
  }
}

void ColumnRun::LoadTexts(MetricChunk* chunk) {
  const MetricValues& values = *chunk->values;
  if (!chunk->codes_are_keys) {
    chunk->codes = WholeWords(values.codes + first_row_, rows_, &chunk->own_codes);
    return;
  }
  chunk->own_codes.resize(kMaxChunkRows);
  chunk->codes = chunk->own_codes.data();
  const TextKeys& keys = program_.plan().layout().texts();
  const std::vector<uint32_t>& known = chunk->keys_of_codes;
  for (size_t i = 0; i < rows_; ++i) {
    const size_t row = first_row_ + i;
    uint32_t& key = chunk->own_codes[i];
    if (values.codes == nullptr) {
      key = static_cast<uint32_t>(keys.Find(chunk->metric, values.texts[row]));
    } else {  // of a row without value, the code may be anything
      key = values.codes[row] < known.size() ? known[values.codes[row]] : 0;
    }
  }
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

void ColumnRun::ComputeTest(uint32_t op) {
  const ColumnOp& test = program_.ops()[op];
  const TestSets& sets = tests_[op];
  const MetricChunk& chunk = ChunkOf(test.index);
  const MetricLayout& layout = program_.plan().layout();
  const bool has_default = layout.HasDefault(test.index);
  if (chunk.values == nullptr) {
    const bool possible = !has_default || sets.holds_for_default;
    return SetAll(op, has_default && possible && !sets.end_is_missing, possible);
  }
  uint64_t* certain = CertainOf(op);
  switch (layout.KindOf(test.index)) {
    case Type::Kind::kNumber:
      kernels_.numbers(chunk.numbers, words_, sets.numbers, certain);
      break;
    case Type::Kind::kTimestamp:
    case Type::Kind::kDuration:
      kernels_.micros(chunk.micros, words_, sets.micros, certain);
      break;
    case Type::Kind::kBool: {
      const std::span<const KeyRange> ranges = program_.RangesOf(test);
      const uint64_t of_true = Contains(ranges, kTrueKey) ? ~uint64_t{0} : 0;
      const uint64_t of_false = Contains(ranges, kFalseKey) ? ~uint64_t{0} : 0;
      for (size_t i = 0; i < words_; ++i) {
        certain[i] = (chunk.bools[i] & of_true) | (~chunk.bools[i] & of_false);
      }
      break;
    }
    default:
      kernels_.codes(chunk.codes, words_, sets.codes, certain);
      break;
  }
  is_decided_[op] = (chunk.all_present || has_default) && !sets.end_is_missing ? 1 : 0;
  if (!chunk.all_present) {
    const uint64_t otherwise = sets.holds_for_default ? ~uint64_t{0} : 0;
    for (size_t i = 0; i < words_; ++i) {
      certain[i] = (certain[i] & chunk.presence[i]) | (otherwise & ~chunk.presence[i]);
    }
  }
  if (is_decided_[op] != 0) return;
  uint64_t* possible = PossibleOf(op);
  std::copy_n(certain, words_, possible);
  if (!chunk.all_present && !has_default) {
    for (size_t i = 0; i < words_; ++i) possible[i] |= ~chunk.presence[i];
  }
  if (sets.end_is_missing) std::fill_n(certain, words_, 0);
}

void ColumnRun::ComputePresent(uint32_t op) {
  const MetricChunk& chunk = ChunkOf(program_.ops()[op].index);
  if (chunk.values == nullptr) return SetAll(op, false, false);
  if (chunk.all_present) return SetAll(op, true, true);
  is_decided_[op] = 1;
  std::copy_n(chunk.presence.data(), words_, CertainOf(op));
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

// Bits that at least `needed` of the parts have.
void AtLeast(std::span<const BitOperand> parts, size_t needed, size_t words, uint64_t* out) {
  std::vector<uint64_t> counts(needed + 1);  // counts[n]: at least n so far
  for (size_t word = 0; word < words; ++word) {
    std::fill(counts.begin(), counts.end(), 0);
    counts[0] = ~uint64_t{0};
    for (const BitOperand& part : parts) {
      const uint64_t bits = part.words[word] ^ part.flip;
      for (size_t n = needed; n > 0; --n) counts[n] |= counts[n - 1] & bits;
    }
    out[word] = counts[needed];
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

// --- Lazy operations ---

void ColumnRun::Demand(uint32_t op, const uint64_t* wanted) {
  // Not on the stack: conditions may be deep.
  if (depth_ == scratch_.size()) scratch_.emplace_back();
  auto& [needed, certain, possible] = scratch_[depth_++];
  Words& done = done_[done_of_op_[op]];
  uint64_t any = 0;
  for (size_t i = 0; i < words_; ++i) {
    needed[i] = wanted[i] & ~done[i];
    done[i] |= wanted[i];
    any |= needed[i];
  }
  is_decided_[op] = 0;
  if (any != 0) DemandRows(op, needed.data(), certain.data(), possible.data());
  --depth_;
}

void ColumnRun::DemandRows(uint32_t op, const uint64_t* needed, uint64_t* certain,
                           uint64_t* possible) {
  const ColumnOp& what = program_.ops()[op];
  switch (what.kind) {
    case Kind::kAll:
      DemandAll(what, needed, certain, possible);
      break;
    case Kind::kAtLeast:
    case Kind::kIf:
      for (const ColumnRef part : program_.PartsOf(what)) {
        if (program_.ops()[part.op].lazy) Demand(part.op, needed);
      }
      if (what.kind == Kind::kIf) {
        ComputeIf(what, certain, possible);
      } else {
        ComputeAtLeast(what, certain, possible);
      }
      break;
    default:
      Walk(program_.WalkOf(what), needed, certain, possible);
      break;
  }
  uint64_t* all_certain = CertainOf(op);
  uint64_t* all_possible = PossibleOf(op);
  for (size_t i = 0; i < words_; ++i) {
    all_certain[i] = (all_certain[i] & ~needed[i]) | (certain[i] & needed[i]);
    all_possible[i] = (all_possible[i] & ~needed[i]) | (possible[i] & needed[i]);
  }
}

// Each part is asked for the rows that the parts before it leave possible.
void ColumnRun::DemandAll(const ColumnOp& op, const uint64_t* wanted, uint64_t* certain,
                          uint64_t* possible) {
  std::copy_n(wanted, words_, certain);
  std::copy_n(wanted, words_, possible);
  const auto add = [&](ColumnRef part) {
    const BitOperand part_certain = CertainPart(part);
    const BitOperand part_possible = PossiblePart(part);
    for (size_t i = 0; i < words_; ++i) {
      certain[i] &= part_certain.words[i] ^ part_certain.flip;
      possible[i] &= part_possible.words[i] ^ part_possible.flip;
    }
  };
  const std::span<const ColumnRef> parts = program_.PartsOf(op);
  for (const ColumnRef part : parts) {
    if (!program_.ops()[part.op].lazy) add(part);
  }
  for (const ColumnRef part : parts) {
    if (!program_.ops()[part.op].lazy) continue;
    Demand(part.op, possible);
    add(part);
  }
}

void ColumnRun::Walk(const RowWalk& walk, const uint64_t* wanted, uint64_t* certain,
                     uint64_t* possible) {
  std::fill_n(certain, words_, 0);
  std::fill_n(possible, words_, 0);
  BoundAccount account = row_account_[0];
  static const std::vector<bool> kNoneHeld;
  ForEachBit(wanted, words_, [&](size_t i) {
    const size_t row = first_row_ + i;
    rows_binder_->Bind(row, walk.metrics, &account);
    plan_run_.Begin(account, now_, walk.reads_held ? rows_binder_->HeldBy(row) : kNoneHeld);
    const Outcome outcome = plan_run_.OutcomeOfNode(walk.node);
    const uint64_t bit = uint64_t{1} << (i % kRowsPerWord);
    if (outcome == Outcome::kQualified) certain[i / kRowsPerWord] |= bit;
    if (outcome != Outcome::kNotQualified) possible[i / kRowsPerWord] |= bit;
  });
}

ChunkOutcomes ColumnRun::OutcomesOf(uint32_t rule) {
  const ColumnRef ref = program_.OfRule(rule);
  const BitOperand certain = CertainPart(ref);
  const BitOperand possible = PossiblePart(ref);
  for (size_t i = 0; i < words_; ++i) {
    qualified_[i] = certain.words[i] ^ certain.flip;
    unknown_[i] = (possible.words[i] ^ possible.flip) & ~qualified_[i];
  }
  if (rows_ % kRowsPerWord != 0) {
    const uint64_t last = ~uint64_t{0} >> (kRowsPerWord - rows_ % kRowsPerWord);
    qualified_[words_ - 1] &= last;
    unknown_[words_ - 1] &= last;
  }
  return {{qualified_.data(), words_}, {unknown_.data(), words_}};
}

}  // namespace pql
