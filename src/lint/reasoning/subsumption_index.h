// Which of many conditions holds wherever a given one does, without comparing each with each.
//
// A condition that holds wherever another does holds at one point of the other's, so it is enough
// to look at those that contain that point.  Conditions are kept as boxes (the ways through their
// diagrams), each filed under the side that the fewest points can be expected to lie within; boxes
// around a key are found in a search tree.  The cost is that of the boxes around the point, not of
// all; what is left is tried at further points before anything is proven.  Not thread-safe.

#ifndef PQL_LINT_REASONING_SUBSUMPTION_INDEX_H_
#define PQL_LINT_REASONING_SUBSUMPTION_INDEX_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lint/reasoning/diagram.h"

namespace pql {

class SubsumptionIndex {
 public:
  // `conditions` are known by their place.  Those that are never true are in no answer.
  SubsumptionIndex(DiagramStore* diagrams, std::vector<DiagramId> conditions);

  // The first condition in order, of those that `accept` accepts, which is proven to be true
  // wherever `diagram` is; nothing when there is none, or when `diagram` is never true.
  using Accept = std::function<bool(size_t condition)>;
  std::optional<size_t> FindAround(DiagramId diagram, const Accept& accept);

 private:
  struct Box {
    size_t condition = 0;
    std::vector<Supposition> sides;  // ascending by axis
  };
  // The boxes filed under one axis, by the low end of that side; `highest[i]` is the highest end of
  // those below node i of a complete binary tree over them.
  struct Shelf {
    std::vector<uint32_t> boxes;
    std::vector<KeyRange> ranges;
    std::vector<int64_t> highest;
    size_t leaves = 1;
  };
  using Point = DiagramStore::Point;

  std::vector<Box> BoxesOf(size_t condition) const;
  void FileBoxes();
  static void BuildTree(Shelf* shelf);
  // Points at which the diagram is true: the corners of some of its boxes.
  std::vector<Point> PointsOf(DiagramId diagram) const;
  std::vector<size_t> CandidatesAt(const Point& point) const;
  bool Contains(const Box& box, const Point& point) const;
  void CollectAround(const Shelf& shelf, size_t node, size_t begin, size_t end, size_t limit,
                     int64_t key, std::vector<uint32_t>* boxes) const;

  DiagramStore& diagrams_;
  std::vector<DiagramId> conditions_;
  std::vector<Box> boxes_;
  absl::flat_hash_map<AxisId, Shelf> shelves_;
  std::vector<uint32_t> unfiled_;  // boxes to be looked at for every point
};

}  // namespace pql

#endif  // PQL_LINT_REASONING_SUBSUMPTION_INDEX_H_
