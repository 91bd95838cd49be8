// Decision diagrams over metrics: what a condition comes to, for every account at once.
//
// A diagram is a tree of questions ("how many messages?") with shared branches.  Each question is
// about one axis, whose values are int64 keys (eval/metric_axis.h makes them of numbers, times and
// durations) or missing; its answers are cut into intervals, each of which leads on.  At the ends
// stand terminals: true, false, missing, or a value that the caller gave a number.  Questions are
// asked in the order of the axes and no node is there twice, so two conditions that come to the
// same for every combination of values are the same diagram: equality is `==` of ids.
//
// The axes are taken to be independent of each other.  Where they are not, the diagram speaks about
// more combinations than there are accounts: what holds for all of them holds for every account.
//
// Every operation has a budget; past it the result is kTooLarge, which all operations pass on.
// Ids are valid for the life of their store.  Not thread-safe.

#ifndef PQL_LINT_REASONING_DIAGRAM_H_
#define PQL_LINT_REASONING_DIAGRAM_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "eval/metric_axis.h"

namespace pql {

using AxisId = uint32_t;
using DiagramId = uint32_t;

inline constexpr DiagramId kFirstTerminal = 0x8000'0000;
inline constexpr DiagramId kFalse = kFirstTerminal;
inline constexpr DiagramId kTrue = kFirstTerminal + 1;
inline constexpr DiagramId kMissing = kFirstTerminal + 2;
inline constexpr DiagramId kFirstOtherTerminal = kFirstTerminal + 3;
inline constexpr DiagramId kTooLarge = 0xFFFF'FFFF;

inline constexpr bool IsTerminal(DiagramId diagram) { return diagram >= kFirstTerminal; }

// An answer to a question: the keys from `low` up to the next edge's.
struct Edge {
  int64_t low = 0;
  DiagramId child = kMissing;
  friend bool operator==(const Edge&, const Edge&) = default;
};

// Where each answer leads.
struct Partition {
  DiagramId missing = kMissing;
  std::vector<Edge> edges;  // ascending; the first begins at the low end of the axis
  DiagramId At(int64_t key) const;
};

struct Axis {
  KeyRange universe;
  bool can_be_missing = true;
  bool is_metric = false;  // else something that is computed, or the clock
};

struct AxisValue {
  bool missing = false;
  int64_t key = 0;  // where not missing
};

// One step of a way through a diagram: what it supposes of an axis.
struct Supposition {
  AxisId axis = 0;
  bool missing = false;
  KeyRange range;  // where not missing
};

class DiagramStore {
 public:
  struct Limits {
    int max_steps = 4'096;          // of one operation
    size_t max_nodes = 8'000'000;   // of the store
    size_t max_cached = 4'000'000;  // results of operations that are remembered
  };

  DiagramStore() = default;
  explicit DiagramStore(const Limits& limits) : limits_(limits) {}
  DiagramStore(const DiagramStore&) = delete;
  DiagramStore& operator=(const DiagramStore&) = delete;

  AxisId AddAxis(const Axis& axis);
  const Axis& axis(AxisId id) const { return axes_[id]; }

  // The diagram that asks about `axis` first.  Its branches may ask about any axis.
  DiagramId Node(AxisId axis, Partition partition);

  // Kleene's logic.  REQUIRES: diagrams of conditions: every terminal is true, false or missing.
  DiagramId Not(DiagramId a);
  DiagramId And(DiagramId a, DiagramId b) { return Connect(Connective::kAnd, a, b); }
  DiagramId Or(DiagramId a, DiagramId b) { return Connect(Connective::kOr, a, b); }
  DiagramId And(std::span<const DiagramId> parts) { return ConnectAll(Connective::kAnd, parts); }
  DiagramId Or(std::span<const DiagramId> parts) { return ConnectAll(Connective::kOr, parts); }
  DiagramId AtLeast(int count, std::span<const DiagramId> parts);
  // Missing becomes false: the set on which the condition is true.
  DiagramId TrueOnly(DiagramId a);

  // Replaces each combination of the operands' terminals by the diagram that `combine` gives.
  using Combiner = std::function<DiagramId(std::span<const DiagramId> terminals)>;
  DiagramId Combine(std::span<const DiagramId> operands, const Combiner& combine);

  // The diagram for those accounts where the axis is missing.
  DiagramId WhereMissing(DiagramId diagram, AxisId axis);

  // Whether some combination of values leads to kTrue, kFalse or kMissing.  O(1).
  bool CanBe(DiagramId diagram, DiagramId terminal) const;
  // The same of those combinations only in which every metric is present.
  bool CanBeWithAllMetrics(DiagramId diagram, DiagramId terminal) const;

  // Whether b is true wherever a is.  Nothing when that takes more than the budget.
  std::optional<bool> Implies(DiagramId a, DiagramId b);

  // What holds of an axis wherever the diagram is true: it is present and in `hull`.
  struct Requirement {
    AxisId axis = 0;
    KeyRange hull;
  };
  // Ascending by axis.
  std::vector<Requirement> RequirementsOf(DiagramId diagram) const;

  // The axes that the diagram asks about, ascending.  Empty for kTooLarge.
  std::vector<AxisId> AxesOf(DiagramId diagram) const;

  // Calls `visit` with the ways that lead to the terminal, at most `max`, until it returns true;
  // returns whether it did.
  using PathVisitor = std::function<bool(std::span<const Supposition> path)>;
  bool ForEachPath(DiagramId diagram, DiagramId terminal, int max, const PathVisitor& visit) const;

  // The terminals that the diagram can come to where axes have the values that `value_of` says;
  // an axis that it says nothing about may have any.
  using ValueOf = std::function<std::optional<AxisValue>(AxisId axis)>;
  std::vector<DiagramId> Possible(DiagramId diagram, const ValueOf& value_of) const;

  // What the diagram comes to at a point, which is ascending by axis.  An axis that it leaves out
  // is missing there, or at its low end where it can't be.
  using Point = std::vector<std::pair<AxisId, AxisValue>>;
  DiagramId At(DiagramId diagram, const Point& point) const;
  AxisValue Unnamed(AxisId axis) const {
    if (axes_[axis].can_be_missing) return {.missing = true};
    return {.key = axes_[axis].universe.low};
  }

 private:
  enum class Connective : uint8_t { kAnd, kOr, kNot, kTrueOnly };
  struct NodeData {
    AxisId axis = 0;
    DiagramId missing = kMissing;
    uint32_t first_edge = 0;
    uint32_t edge_count = 0;
    uint8_t reachable = 0;               // terminals, as bits
    uint8_t reachable_with_metrics = 0;  // in combinations where every metric is present
    DiagramId next_of_hash = kTooLarge;
  };
  using Requirements = std::vector<Requirement>;

  static uint8_t BitOf(DiagramId terminal);
  uint8_t Reachable(DiagramId d) const { return IsTerminal(d) ? BitOf(d) : nodes_[d].reachable; }
  AxisId TopOf(DiagramId d) const { return IsTerminal(d) ? kNoAxis : nodes_[d].axis; }
  std::span<const Edge> EdgesOf(DiagramId node) const {
    return {edges_.data() + nodes_[node].first_edge, nodes_[node].edge_count};
  }
  int64_t HighOf(DiagramId node, size_t edge) const;
  void StartBudget() { steps_left_ = limits_.max_steps; }
  bool Spend() { return --steps_left_ >= 0; }

  DiagramId Intern(AxisId axis, Partition partition);
  DiagramId Build(AxisId axis, Partition partition);
  DiagramId Restrict(DiagramId d, AxisId axis, int64_t key) const;
  Partition Refine(AxisId axis, const Partition& partition) const;
  // The cuts of the axis in any of the diagrams, ascending, the low end included.
  std::vector<int64_t> CutsAt(AxisId axis, std::span<const DiagramId> diagrams) const;
  DiagramId MissingChild(DiagramId d, AxisId axis) const;
  DiagramId Connect(Connective connective, DiagramId a, DiagramId b);
  DiagramId ConnectAll(Connective connective, std::span<const DiagramId> parts);
  DiagramId ConnectStep(Connective connective, DiagramId a, DiagramId b);
  static std::optional<DiagramId> Shortcut(Connective connective, DiagramId a, DiagramId b);
  using CombineMemo = absl::flat_hash_map<std::vector<DiagramId>, DiagramId>;
  DiagramId CombineStep(std::vector<DiagramId> operands, const Combiner& combine,
                        CombineMemo* memo);
  DiagramId WhereMissingStep(DiagramId d, AxisId axis, absl::flat_hash_map<DiagramId, DiagramId>*);
  const Requirements& RequirementsStep(DiagramId d,
                                       absl::flat_hash_map<DiagramId, Requirements>* memo) const;

  static constexpr AxisId kNoAxis = 0xFFFF'FFFF;

  Limits limits_;
  int steps_left_ = 0;
  std::vector<Axis> axes_;
  std::vector<NodeData> nodes_;
  std::vector<Edge> edges_;
  absl::flat_hash_map<size_t, DiagramId> by_hash_;
  absl::flat_hash_map<uint64_t, DiagramId> cache_[4];  // by connective, then both operands
};

}  // namespace pql

#endif  // PQL_LINT_REASONING_DIAGRAM_H_
