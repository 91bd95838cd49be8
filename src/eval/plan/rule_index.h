// Which of many rules an account qualifies for, without looking at each of them.
//
// Every predicate over one metric is decided once: the values of a metric fall into segments
// between the thresholds that rules name, and for each segment and block of 512 rows (index_rows.h)
// there is a line of bits, the rows that are not refuted there.  An account's lines, one a metric,
// are combined by `and` until a block has no row left.  Rows are in order of their most selective
// predicate, so that most blocks end with the first line.
//
// Missing values are exact: a missing metric refutes nothing, so that what is left is true or
// unknown; it is true where it passes the line of the rows that do not test the metric, too.  Only
// what keys cannot tell (arithmetic, scorecards, `at least`) is asked of the plan, and only for the
// rows that are left.
//
// Keeps a reference to the plan.  Immutable; thread-safe.

#ifndef PQL_EVAL_PLAN_RULE_INDEX_H_
#define PQL_EVAL_PLAN_RULE_INDEX_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "eval/plan/index_rows.h"
#include "eval/plan/metric_key.h"
#include "eval/plan/plan.h"
#include "eval/plan/plan_run.h"
#include "eval/plan/rule_changes.h"
#include "eval/vector_width.h"

namespace pql {

// Active and shadow rules, in no order, each once.  All others are not qualified; drafts are never
// evaluated.
struct Matches {
  std::span<const uint32_t> qualified;
  std::span<const uint32_t> unknown;
};

class RuleIndex {
 public:
  explicit RuleIndex(const Plan& plan);
  // Shares what the index before knows of the rules that are still there; rules that it does not
  // know are evaluated one by one.  REQUIRES: `plan` came from the plan of `before` by `changes`.
  RuleIndex(const RuleIndex& before, const RuleChanges& changes, const Plan& plan);
  RuleIndex(const RuleIndex&) = delete;
  RuleIndex& operator=(const RuleIndex&) = delete;

  const Plan& plan() const { return plan_; }
  // How many rules are evaluated one by one.
  size_t loose_rules() const { return loose_rules_.size(); }
  size_t MemoryBytes() const;

  // From so many rules on, it finds the matches sooner than the plan (tools/bench match).
  static constexpr size_t kMinRules = 64;
  static constexpr size_t kRowsPerBlock = 512;
  static constexpr size_t kWordsPerLine = kRowsPerBlock / 64;

 private:
  friend class RuleMatcher;
  friend class MatchKernels;
  friend class RuleIndexBuilder;

  struct alignas(64) Line {
    std::array<uint64_t, kWordsPerLine> words = {};
  };
  // What a block has for one metric: lines[first_line + i] for segments from starts[first_start +
  // i] on, behind them the line of the rows that do not test the metric, and that of all rows, for
  // a missing value.
  struct Step {
    uint32_t metric;
    uint32_t first_line;
    uint32_t first_start;
    uint32_t count;
  };
  struct Block {
    uint32_t first_step = 0;
    uint32_t step_count = 0;
    Line special;  // rows of rules that have several, or a rest
  };
  struct MetricSegments {
    uint32_t SegmentOf(MetricKey key) const {
      const MetricKey* low = bounds.data();
      for (size_t size = bounds.size(); size > 0;) {
        const size_t half = (size + 1) / 2;
        low += low[half - 1] <= key ? half : 0;  // no branch: it would be a coin's toss
        size -= half;
      }
      return static_cast<uint32_t>(low - bounds.data());
    }

    std::vector<MetricKey> bounds;  // a key's segment is how many of them are at or below it
    // By segment, the last of which is that of missing values, and block.  Empty where there are
    // too many segments: then the steps' starts are searched.
    std::vector<uint16_t> lines;  // within the block's step
    std::vector<uint64_t> busy;   // a bit a block: whether that line has any row
  };
  // Of a row whose rule it does not decide alone.
  struct SpecialRow {
    bool has_rest = false;
    bool rule_has_rest = false;  // this row or another one of the rule
  };
  // Of a row, which is 512 times its block and then its bit, everything but whose it is.
  struct Rows {
    std::vector<MetricSegments> metrics;
    std::vector<Block> blocks;
    std::vector<Step> steps;
    std::vector<uint32_t> starts;
    std::vector<Line> lines;
    std::vector<SpecialRow> special;
  };

  static constexpr uint32_t kNoRule = RuleChanges::kNone;

  const Plan& plan_;
  std::shared_ptr<const Rows> rows_;
  std::vector<Line> live_;             // by block: rows whose rules are as they were
  std::vector<uint32_t> rules_;        // by row
  std::vector<uint32_t> loose_rules_;  // ascending
};

// Finds the matches of accounts, one after the other, with memory that is used again.  Keeps
// references to both; not thread-safe.
class RuleMatcher {
 public:
  // All widths find the same.  REQUIRES: `run` is of the index's plan; the machine has instructions
  // of that width.
  RuleMatcher(const RuleIndex& index, PlanRun* run, VectorWidth width = WidestVector());

  // The matches of the account that the run has begun; valid until the next call.
  Matches Match();

 private:
  friend class MatchKernels;

  // What the combination of lines leaves.
  struct Found {
    size_t qualified = 0;
    size_t unknown = 0;
    size_t certain = 0;
    size_t possible = 0;
  };
  using Kernel = void (*)(RuleMatcher* matcher, Found* found);

  void FindSegments();
  void DecideSpecial(Found* found);
  void DecideLoose(Found* found);
  void Decide(uint32_t rule, Outcome outcome, Found* found);

  const RuleIndex& index_;
  const RuleIndex::Rows& rows_;
  PlanRun& run_;
  Kernel kernel_;
  // By metric: the account's segment, and that segment's part of MetricSegments::lines, if any.
  struct Place {
    uint32_t segment = 0;
    const uint16_t* lines = nullptr;
  };
  std::vector<Place> places_;
  std::vector<uint64_t> busy_;  // a bit a block: whether it can have any row left
  bool any_missing_ = false;
  // The first so many of each, as Found has it.
  std::vector<uint32_t> qualified_;      // rules
  std::vector<uint32_t> unknown_;        // rules
  std::vector<uint32_t> certain_rows_;   // special ones
  std::vector<uint32_t> possible_rows_;  // special ones that are not certain
  std::vector<uint32_t> decided_in_;     // by rule that is special: the call that decided it
  uint32_t call_ = 0;
};

}  // namespace pql

#endif  // PQL_EVAL_PLAN_RULE_INDEX_H_
