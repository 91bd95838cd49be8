#include "lint/reasoning/subsumption_index.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

namespace pql {
namespace {

// A condition of more boxes is kept as the one box around all of them.
constexpr int kMaxBoxes = 16;
// Of so many boxes of a condition the corners are tried.
constexpr int kMaxCornered = 8;

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
  absl::flat_hash_map<AxisId, std::vector<int64_t>> lows;
  for (const Box& box : boxes_) {
    for (const Supposition& side : box.sides) {
      if (can_be_filed(side)) lows[side.axis].push_back(side.range.low);
    }
  }
  for (auto& [axis, keys] : lows) std::sort(keys.begin(), keys.end());
  for (uint32_t i = 0; i < boxes_.size(); ++i) {
    const Supposition* rarest = nullptr;
    std::ptrdiff_t fewest = 0;
    for (const Supposition& side : boxes_[i].sides) {
      if (!can_be_filed(side)) continue;
      // Points are low corners, so these are what may come to lie within.
      const std::vector<int64_t>& keys = lows[side.axis];
      const std::ptrdiff_t within = std::upper_bound(keys.begin(), keys.end(), side.range.high) -
                                    std::lower_bound(keys.begin(), keys.end(), side.range.low);
      if (rarest != nullptr && within >= fewest) continue;
      rarest = &side;
      fewest = within;
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

bool SubsumptionIndex::Contains(const Box& box, const Point& point) const {
  size_t at = 0;
  for (const Supposition& side : box.sides) {
    while (at < point.size() && point[at].first < side.axis) ++at;
    const bool is_named = at < point.size() && point[at].first == side.axis;
    const AxisValue value = is_named ? point[at].second : diagrams_.Unnamed(side.axis);
    if (value.missing != side.missing) return false;
    if (!side.missing && !side.range.Contains(value.key)) return false;
  }
  return true;
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

std::vector<SubsumptionIndex::Point> SubsumptionIndex::PointsOf(DiagramId diagram) const {
  std::vector<Point> points;
  diagrams_.ForEachPath(diagram, kTrue, kMaxCornered, [&](std::span<const Supposition> path) {
    Point low;
    Point high;
    for (const Supposition& s : path) {
      low.emplace_back(s.axis, AxisValue{s.missing, s.range.low});
      high.emplace_back(s.axis, AxisValue{s.missing, s.range.high});
    }
    points.push_back(std::move(low));
    points.push_back(std::move(high));
    return false;
  });
  return points;
}

// Ascending.
std::vector<size_t> SubsumptionIndex::CandidatesAt(const Point& point) const {
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
  std::vector<size_t> candidates;
  for (const uint32_t box : boxes) {
    if (Contains(boxes_[box], point)) candidates.push_back(boxes_[box].condition);
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

std::optional<size_t> SubsumptionIndex::FindAround(DiagramId diagram, const Accept& accept) {
  const std::vector<Point> points = PointsOf(diagram);
  if (points.empty()) return std::nullopt;
  for (const size_t candidate : CandidatesAt(points.front())) {
    const DiagramId around = conditions_[candidate];
    const bool holds = std::all_of(points.begin(), points.end(), [&](const Point& point) {
      return diagrams_.At(around, point) == kTrue;
    });
    if (!holds || !diagrams_.Implies(diagram, around).value_or(false)) continue;
    if (accept(candidate)) return candidate;
  }
  return std::nullopt;
}

}  // namespace pql
