// The branch program of a plan: each condition is a chain of instructions with three exits, where
// to go on when it is true, false or missing.  Part of the plan.
//
// Kleene's `and` needs no state for it: its parts are there twice, once for the case that nothing
// was missing so far and once for the case that something was, and a missing part changes from the
// first chain to the second.  Plain data, immutable once built, then thread-safe.

#ifndef PQL_EVAL_PLAN_PLAN_PROGRAM_H_
#define PQL_EVAL_PLAN_PLAN_PROGRAM_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "eval/plan/bound_account.h"
#include "eval/plan/metric_key.h"
#include "eval/plan/plan_node.h"

namespace pql {

// Places in a program: below kFirstPlace they are ends, numbered as Outcome is.
using Place = uint32_t;
inline constexpr Place kFalseEnd = 0;
inline constexpr Place kTrueEnd = 1;
inline constexpr Place kMissingEnd = 2;
inline constexpr Place kFirstPlace = 3;

struct Exits {
  Place on_true = kTrueEnd;
  Place on_false = kFalseEnd;
  Place on_missing = kMissingEnd;
};

struct Instruction {
  enum class Kind : uint8_t {
    kRange,   // metric index's key is in [low, low + width]
    kWindow,  // ... or bit `key - low` of `width` is set
    kRanges,  // ... is in one of nodes.ranges[low, low + width), which are in order
    kAll,     // tests[index, index + low) all hold: a conjunction without branches
    kNow,     // the evaluation time's key is in [low, low + width]; never missing
    kHeld,    // rule index holds the account; never missing
    kWalk,    // node index, by walking it
  };
  Kind kind = Kind::kRange;
  uint32_t index = 0;
  Exits exits;
  uint64_t low = 0;
  uint64_t width = 0;
};

// One part of a kAll: a range whose first 64 keys may be chosen from.
struct RangeTest {
  uint64_t low = 0;
  uint64_t width = 0;
  uint64_t mask = ~uint64_t{0};  // bit (key - low) % 64
  uint32_t metric = 0;

  bool Holds(MetricKey key) const {
    const uint64_t distance = key - low;
    return static_cast<bool>((distance <= width) & (mask >> (distance & 63)));
  }
};

struct PlanProgram {
  std::vector<Instruction> instructions{kFirstPlace};  // the ends are places too
  std::vector<RangeTest> tests;
};

class ProgramBuilder {
 public:
  // Keeps references to all of them.
  ProgramBuilder(const MetricLayout& layout, const PlanNodes& nodes, PlanProgram* program)
      : layout_(layout), nodes_(nodes), program_(*program) {}

  // Returns where the condition begins.  REQUIRES: a boolean node.
  Place Build(NodeIndex root) { return Emit({&nodes_[root], false}, Exits()); }

 private:
  // A condition or, negated, its opposite.
  struct Term {
    const PlanNode* node;
    bool negated;
  };

  Place Append(const Instruction& instruction);
  Place Emit(Term term, Exits exits);
  Place EmitTest(const Term& term, Exits exits);
  Place EmitAnd(const std::vector<Term>& terms, Exits exits);
  Place EmitAll(const std::vector<RangeTest>& tests, Exits exits);
  Place EmitIf(const PlanNode& node, Exits exits);
  Place EmitPresence(const PlanNode& node, Exits exits);
  Place EmitWindow(const PlanNode& node, Exits exits);
  // The parts of a conjunction, of nested ones too; `or` is the opposite of an `and` of opposites.
  void CollectTerms(Term term, std::vector<Term>* terms) const;
  KeySet SetOf(const Term& term) const;
  // The set as a single test, if it is one.
  std::optional<RangeTest> AsRangeTest(uint32_t metric, const KeySet& set) const;

  const MetricLayout& layout_;
  const PlanNodes& nodes_;
  PlanProgram& program_;
};

}  // namespace pql

#endif  // PQL_EVAL_PLAN_PLAN_PROGRAM_H_
