// The lazy operations of a ColumnRun, for the rows that matter.

#include <algorithm>
#include <bit>

#include "eval/columns/column_run.h"

namespace pql {
namespace {

using Kind = ColumnOp::Kind;

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

void ColumnRun::Demand(uint32_t op, const uint64_t* wanted) {
  // Not on the stack: conditions may be deep.
  if (depth_ == scratch_.size()) scratch_.emplace_back();
  auto& [needed, certain, possible] = scratch_[depth_++];
  ChunkWords& done = done_[done_of_op_[op]];
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
    const Outcome outcome = plan_run_.OutcomeOfNode(*walk.segment, walk.node);
    const uint64_t bit = uint64_t{1} << (i % kRowsPerWord);
    if (outcome == Outcome::kQualified) certain[i / kRowsPerWord] |= bit;
    if (outcome != Outcome::kNotQualified) possible[i / kRowsPerWord] |= bit;
  });
}

}  // namespace pql
