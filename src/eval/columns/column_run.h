// The evaluation of accounts in columns, a chunk of rows after the other, with memory that is used
// again.
//
// Usage:
//   ColumnProgram program(plan);
//   ColumnRun run(program, wanted);      // one a thread, for any number of tables
//   run.Begin(accounts, now);
//   for (size_t row = 0; row < accounts.row_count; row += run.chunk_rows()) {
//     run.Evaluate(row);
//     run.OutcomesOf(rule);
//   }
//
// Keeps a reference to the program, and to the accounts from Begin on.  Not thread-safe: one a
// thread; chunks of the same accounts may be evaluated by several at once.

#ifndef PQL_EVAL_COLUMNS_COLUMN_RUN_H_
#define PQL_EVAL_COLUMNS_COLUMN_RUN_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <vector>

#include "eval/columns/account_columns.h"
#include "eval/columns/column_kernels.h"
#include "eval/columns/column_program.h"
#include "eval/columns/column_test.h"
#include "eval/columns/metric_chunk.h"
#include "eval/columns/row_binder.h"
#include "eval/plan/bound_account.h"
#include "eval/plan/plan_run.h"
#include "eval/vector_width.h"

namespace pql {

// The outcomes of one rule for the rows of a chunk: bit i % 64 of word i / 64.  All others are not
// qualified.  Bits past the last row are 0.
struct ChunkOutcomes {
  std::span<const uint64_t> qualified;
  std::span<const uint64_t> unknown;
};

// How many rows of a chunk have them.
struct OutcomeCount {
  uint64_t qualified = 0;
  uint64_t unknown = 0;
};

class ColumnRun {
 public:
  // `wanted`: the rules whose outcomes will be asked for.  REQUIRES: the machine has instructions
  // of that width.
  ColumnRun(const ColumnProgram& program, std::span<const uint32_t> wanted,
            VectorWidth width = WidestVector());

  // Turns to accounts, which must stay until the next Begin.  REQUIRES: `now` is in the years 1 to
  // 9999; the columns are as account_columns.h asks for.
  void Begin(const AccountColumns& accounts, Timestamp now);
  // How many rows are evaluated at a time: a multiple of 512.
  size_t chunk_rows() const { return chunk_words_ * kRowsPerWord; }

  // Evaluates up to chunk_rows() rows from `first_row` on.  REQUIRES: a multiple of chunk_rows().
  void Evaluate(size_t first_row);
  size_t first_row() const { return first_row_; }
  size_t rows() const { return rows_; }  // of the chunk that was evaluated last

  // Valid until the next call.  REQUIRES: the rule is wanted.
  ChunkOutcomes OutcomesOf(uint32_t rule);
  OutcomeCount CountOf(uint32_t rule) {
    const ChunkOutcomes outcomes = OutcomesOf(rule);
    const bool is_decided = is_decided_[program_.OfRule(rule).op] != 0;
    return {kernels_.count(outcomes.qualified), is_decided ? 0 : kernels_.count(outcomes.unknown)};
  }

 private:
  struct alignas(64) Group {
    std::array<uint64_t, kWordsPerGroup> words = {};
  };

  uint64_t* CertainOf(uint32_t op) { return bits_[2 * slot_of_op_[op] * groups_].words.data(); }
  uint64_t* PossibleOf(uint32_t op) {
    return bits_[(2 * slot_of_op_[op] + 1) * groups_].words.data();
  }
  // The possible bits of an operation of which nothing is unknown are its certain ones.
  const uint64_t* KnownPossibleOf(uint32_t op) {
    return is_decided_[op] ? CertainOf(op) : PossibleOf(op);
  }
  BitOperand CertainPart(ColumnRef ref);
  BitOperand PossiblePart(ColumnRef ref);

  void NoteNeeded(std::span<const uint32_t> wanted);
  void PrepareTest(uint32_t op);
  MetricChunk& ChunkOf(uint32_t metric) { return chunks_[chunk_of_metric_[metric]]; }
  const MetricChunk& LoadedChunkOf(uint32_t metric);
  void Compute(uint32_t op);
  void SetAll(uint32_t op, bool certain, bool possible);
  void ComputeTest(uint32_t op);
  void ComputePresent(uint32_t op);
  void ComputeHeld(uint32_t op);
  void ComputeAll(const ColumnOp& op, uint64_t* certain, uint64_t* possible);
  void ComputeAtLeast(const ColumnOp& op, uint64_t* certain, uint64_t* possible);
  void ComputeIf(const ColumnOp& op, uint64_t* certain, uint64_t* possible);
  // Computes a lazy operation for the rows that `wanted` has.
  void Demand(uint32_t op, const uint64_t* wanted);
  void DemandRows(uint32_t op, const uint64_t* needed, uint64_t* certain, uint64_t* possible);
  void DemandAll(const ColumnOp& op, const uint64_t* wanted, uint64_t* certain, uint64_t* possible);
  void Walk(const RowWalk& walk, const uint64_t* wanted, uint64_t* certain, uint64_t* possible);

  const ColumnProgram& program_;
  const ColumnKernels& kernels_;
  size_t chunk_words_ = 0;
  size_t groups_ = 0;  // of words, for one of the two bits of an operation

  std::vector<uint32_t> eager_;    // needed operations that are computed for every row, in order
  std::vector<uint32_t> lazy_;     // those that are not
  std::vector<uint32_t> demands_;  // lazy ones to compute for every row, in order
  std::vector<ColumnTest> tests_;
  std::vector<uint32_t> test_of_op_;  // by operation that is a test
  std::vector<MetricChunk> chunks_;
  std::vector<uint32_t> chunk_of_metric_;
  std::vector<uint64_t> loaded_;  // by metric's chunk: the evaluation for which it was loaded
  uint64_t evaluations_ = 0;
  std::vector<Group> bits_;          // by slot: certain, then possible
  std::vector<size_t> slot_of_op_;   // of operations that are needed
  std::vector<uint8_t> is_decided_;  // by operation: unknown for no row of the chunk
  std::vector<ChunkWords> done_;     // by operation that is lazy: the rows that are computed
  std::vector<uint32_t> done_of_op_;
  struct Scratch {
    ChunkWords needed;
    ChunkWords certain;
    ChunkWords possible;
  };
  std::deque<Scratch> scratch_;  // by how deep demands are nested
  size_t depth_ = 0;

  const AccountColumns* accounts_ = nullptr;
  Timestamp now_;
  size_t first_row_ = 0;
  size_t rows_ = 0;
  size_t words_ = 0;  // of the chunk, the last one perhaps in part

  PlanRun plan_run_;
  BoundAccounts row_account_;
  std::optional<RowBinder> rows_binder_;

  std::vector<BitOperand> operands_;
  ChunkWords qualified_ = {};
  ChunkWords unknown_ = {};
};

}  // namespace pql

#endif  // PQL_EVAL_COLUMNS_COLUMN_RUN_H_
