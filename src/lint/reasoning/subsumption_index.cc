#include "lint/reasoning/subsumption_index.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace pql {
namespace {

// A condition of more boxes is kept as the one box around all of them.
constexpr int kMaxBoxes = 16;

}  // namespace

SubsumptionIndex::SubsumptionIndex(DiagramStore* diagrams, std::vector<DiagramId> conditions)
    : diagrams_(*diagrams), conditions_(std::move(conditions)) {
  for (size_t i = 0; i < conditions_.size(); ++i) {
    if (!diagrams_.CanBe(conditions_[i], kTrue)) continue;
    for (Box& box : BoxesOf(i)) boxes_.push_back(std::move(box));
  }
  FileBoxes();
}

std::vector<SubsumptionIndex::Box> SubsumptionIndex::BoxesOf(size_t condition) const {
  std::vector<Box> boxes;
  diagrams_.ForEachPath(conditions_[condition], kTrue, kMaxBoxes + 1,
                        [&](std::span<const Supposition> path) {
                          boxes.push_back({condition, {path.begin(), path.end()}});
                          return false;
                        });
  if (boxes.size() <= static_cast<size_t>(kMaxBoxes)) return boxes;
  Box around = {.condition = condition};
  for (const auto& [axis, hull] : diagrams_.RequirementsOf(conditions_[condition])) {
    around.sides.push_back({.axis = axis, .range = hull});
  }
  return {std::move(around)};
}

void SubsumptionIndex::FileBoxes() {
  // An axis that can't be missing may be left open by the condition asked about, and still has
  // some key at the point: boxes are filed under those only whose key has to be named.
  const auto can_be_filed = [this](const Supposition& side) {
    return !side.missing && diagrams_.axis(side.axis).can_be_missing;
  };
  absl::flat_hash_map<AxisId, size_t> uses;
  for (const Box& box : boxes_) {
    for (const Supposition& side : box.sides) uses[side.axis] += can_be_filed(side);
  }
  for (uint32_t i = 0; i < boxes_.size(); ++i) {
    const Supposition* rarest = nullptr;
    for (const Supposition& side : boxes_[i].sides) {
      if (!can_be_filed(side)) continue;
      if (rarest == nullptr || uses[side.axis] < uses[rarest->axis]) rarest = &side;
    }
    if (rarest == nullptr) {
      unfiled_.push_back(i);
    } else {
      Shelf& shelf = shelves_[rarest->axis];
      shelf.boxes.push_back(i);
      shelf.ranges.push_back(rarest->range);
    }
  }
  for (auto& [axis, shelf] : shelves_) BuildTree(&shelf);
}

void SubsumptionIndex::BuildTree(Shelf* shelf) {
  std::vector<std::pair<KeyRange, uint32_t>> sorted;
  for (size_t i = 0; i < shelf->boxes.size(); ++i) {
    sorted.emplace_back(shelf->ranges[i], shelf->boxes[i]);
  }
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.low, a.second) < std::pair(b.first.low, b.second);
  });
  while (shelf->leaves < sorted.size()) shelf->leaves *= 2;
  shelf->highest.assign(2 * shelf->leaves, std::numeric_limits<int64_t>::min());
  for (size_t i = 0; i < sorted.size(); ++i) {
    std::tie(shelf->ranges[i], shelf->boxes[i]) = sorted[i];
    shelf->highest[shelf->leaves + i] = sorted[i].first.high;
  }
  for (size_t i = shelf->leaves; i-- > 1;) {
    shelf->highest[i] = std::max(shelf->highest[2 * i], shelf->highest[2 * i + 1]);
  }
}

AxisValue SubsumptionIndex::ValueAt(const Point& point, AxisId axis) const {
  const auto known = point.find(axis);
  if (known != point.end()) return known->second;
  const Axis& about = diagrams_.axis(axis);
  if (about.can_be_missing) return {.missing = true};
  return {.key = about.universe.low};
}

bool SubsumptionIndex::Contains(const Box& box, const Point& point) const {
  return std::all_of(box.sides.begin(), box.sides.end(), [&](const Supposition& side) {
    const AxisValue value = ValueAt(point, side.axis);
    return side.missing ? value.missing : !value.missing && side.range.Contains(value.key);
  });
}

// Of the first `limit` boxes of the shelf those that reach the key.
void SubsumptionIndex::CollectAround(const Shelf& shelf, size_t node, size_t begin, size_t end,
                                     size_t limit, int64_t key,
                                     std::vector<uint32_t>* boxes) const {
  if (begin >= limit || shelf.highest[node] < key) return;
  if (end - begin == 1) {
    boxes->push_back(shelf.boxes[begin]);
    return;
  }
  const size_t middle = begin + (end - begin) / 2;
  CollectAround(shelf, 2 * node, begin, middle, limit, key, boxes);
  CollectAround(shelf, 2 * node + 1, middle, end, limit, key, boxes);
}

std::optional<size_t> SubsumptionIndex::FindAround(DiagramId diagram, const Accept& accept) {
  Point point;
  const bool found =
      diagrams_.ForEachPath(diagram, kTrue, 1, [&point](std::span<const Supposition> path) {
        for (const Supposition& s : path) point[s.axis] = {s.missing, s.range.low};
        return true;
      });
  if (!found) return std::nullopt;
  std::vector<uint32_t> boxes = unfiled_;
  for (const auto& [axis, value] : point) {
    const auto shelf = shelves_.find(axis);
    if (shelf == shelves_.end() || value.missing) continue;
    const std::vector<KeyRange>& ranges = shelf->second.ranges;
    const auto above =
        std::upper_bound(ranges.begin(), ranges.end(), value.key,
                         [](int64_t key, KeyRange range) { return key < range.low; });
    CollectAround(shelf->second, 1, 0, shelf->second.leaves,
                  static_cast<size_t>(above - ranges.begin()), value.key, &boxes);
  }
  std::set<size_t> candidates;
  for (const uint32_t box : boxes) {
    if (Contains(boxes_[box], point)) candidates.insert(boxes_[box].condition);
  }
  for (const size_t candidate : candidates) {
    if (!accept(candidate)) continue;
    if (diagrams_.Implies(diagram, conditions_[candidate]).value_or(false)) return candidate;
  }
  return std::nullopt;
}

}  // namespace pql
