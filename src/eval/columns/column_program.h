// A compiled plan made ready for accounts in columns: conditions as operations over bits of rows.
//
// Each distinct predicate over one metric is one operation, whatever number of rules has it, and so
// is each distinct conjunction; `or` is the opposite of the `and` of opposites.  Every operation
// has two bits a row, whether it is certainly true and whether it is possibly true, of which
// Kleene's logic needs no more than `and`: a missing condition is possible but not certain, and
// the opposite of (certain, possible) is (not possible, not certain).  What columns cannot do is
// left to the plan, row by row, and only for the rows on which it depends.
//
// Keeps references to the plan.  Immutable; thread-safe.

#ifndef PQL_EVAL_COLUMNS_COLUMN_PROGRAM_H_
#define PQL_EVAL_COLUMNS_COLUMN_PROGRAM_H_

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "ast/operator.h"
#include "eval/plan/key_set.h"
#include "eval/plan/plan.h"
#include "eval/plan/plan_node.h"

namespace pql {

// An operation, or its opposite.
struct ColumnRef {
  uint32_t op = std::numeric_limits<uint32_t>::max();
  bool opposite = false;

  ColumnRef Opposite() const { return {op, !opposite}; }
  // NOLINTNEXTLINE(modernize-use-nullptr): clang-tidy 14 takes what is made here for a 0
  friend auto operator<=>(const ColumnRef&, const ColumnRef&) = default;
};

struct ColumnOp {
  enum class Kind : uint8_t {
    kConstant,  // index: 1 true, 0 missing
    kTest,      // metric index is in ranges[first, first + count)
    kPresent,   // metric index has a value
    kClock,     // clock_tests[first], of metric index
    kInWindow,  // the evaluation time is in rule index's active window
    kHeld,      // rule index holds the account
    kAll,       // parts[first, first + count)
    kAtLeast,   // index of them
    kIf,        // parts[first]: condition, then, else
    kWalk,      // walks[first]
  };
  Kind kind = Kind::kConstant;
  // Whether it depends on a walk, so that it is computed for the rows that matter only.
  bool lazy = false;
  uint32_t index = 0;
  uint32_t first = 0;
  uint32_t count = 0;
};

// How a timestamp must stand to the evaluation time.
struct ClockTest {
  // kWithinLast, kWithinNext: `t within last span`.  A comparison: `t - now` compares so with span.
  Operator op = Operator::kWithinLast;
  int64_t span = 0;  // in microseconds
};

// A boolean node that the plan decides row by row.
struct RowWalk {
  const PlanSegment* segment = nullptr;  // that it is of
  NodeIndex node = kNoNode;
  bool reads_held = false;
  std::vector<uint32_t> metrics;  // that it depends on, through whatever it names; ascending
};

class ColumnProgram {
 public:
  explicit ColumnProgram(const Plan& plan);
  ColumnProgram(const ColumnProgram&) = delete;
  ColumnProgram& operator=(const ColumnProgram&) = delete;

  const Plan& plan() const { return plan_; }
  // Each operation stands after those that it depends on.
  const std::vector<ColumnOp>& ops() const { return ops_; }
  std::span<const ColumnRef> PartsOf(const ColumnOp& op) const {
    return {parts_.data() + op.first, op.count};
  }
  std::span<const MetricKeyRange> RangesOf(const ColumnOp& test) const {
    return {ranges_.data() + test.first, test.count};
  }
  const ClockTest& ClockTestOf(const ColumnOp& op) const { return clock_tests_[op.first]; }
  const RowWalk& WalkOf(const ColumnOp& op) const { return walks_[op.first]; }
  // How many conditions, at most, a condition depends on one behind the other.
  uint32_t longest_chain() const { return longest_chain_; }
  ColumnRef OfRule(uint32_t rule) const { return rules_[rule]; }

 private:
  friend class ColumnProgramBuilder;

  const Plan& plan_;
  std::vector<ColumnOp> ops_;
  std::vector<ColumnRef> parts_;
  std::vector<MetricKeyRange> ranges_;
  std::vector<ClockTest> clock_tests_;
  std::vector<RowWalk> walks_;
  std::vector<ColumnRef> rules_;    // by rule
  std::vector<ColumnRef> defines_;  // by define; of boolean ones
  uint32_t longest_chain_ = 0;
};

}  // namespace pql

#endif  // PQL_EVAL_COLUMNS_COLUMN_PROGRAM_H_
