#include "lint/reasoning/diagram.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/container/flat_hash_set.h"

namespace pql {
namespace {

// What a call of a combiner counts for.
constexpr int kCombinerSteps = 8;

uint64_t PairKey(DiagramId a, DiagramId b) { return (static_cast<uint64_t>(a) << 32) | b; }

size_t HashOf(AxisId axis, const Partition& partition) {
  uint64_t hash = axis * 0x9E37'79B9'7F4A'7C15u + partition.missing;
  for (const Edge& edge : partition.edges) {
    hash = (hash ^ static_cast<uint64_t>(edge.low)) * 0xFF51'AFD7'ED55'8CCDu;
    hash = (hash ^ (hash >> 29) ^ edge.child) * 0xC4CE'B9FE'1A85'EC53u;
  }
  return static_cast<size_t>(hash ^ (hash >> 32));
}

// Neighbours that lead to the same place become one.
void MergeEqual(std::vector<Edge>* edges) {
  const auto same = [](const Edge& a, const Edge& b) { return a.child == b.child; };
  edges->erase(std::unique(edges->begin(), edges->end(), same), edges->end());
}

}  // namespace

DiagramId Partition::At(int64_t key) const {
  const auto after = std::upper_bound(edges.begin(), edges.end(), key,
                                      [](int64_t k, const Edge& edge) { return k < edge.low; });
  return after == edges.begin() ? missing : std::prev(after)->child;
}

uint8_t DiagramStore::BitOf(DiagramId terminal) {
  if (terminal == kFalse) return 1;
  if (terminal == kTrue) return 2;
  if (terminal == kMissing) return 4;
  return terminal == kTooLarge ? 7 : 8;
}

AxisId DiagramStore::AddAxis(const Axis& axis) {
  axes_.push_back(axis);
  return static_cast<AxisId>(axes_.size() - 1);
}

int64_t DiagramStore::HighOf(DiagramId node, size_t edge) const {
  const std::span<const Edge> edges = EdgesOf(node);
  return edge + 1 < edges.size() ? edges[edge + 1].low - 1 : axes_[nodes_[node].axis].universe.high;
}

// REQUIRES: the branches ask about later axes only.
DiagramId DiagramStore::Intern(AxisId axis, Partition partition) {
  MergeEqual(&partition.edges);
  const Axis& about = axes_[axis];
  // Never taken, it must not tell diagrams apart.
  if (!about.can_be_missing) partition.missing = partition.edges.front().child;
  if (partition.missing == kTooLarge) return kTooLarge;
  for (const Edge& edge : partition.edges) {
    if (edge.child == kTooLarge) return kTooLarge;
  }
  if (partition.edges.size() == 1 && partition.edges[0].child == partition.missing) {
    return partition.missing;
  }
  if (!Spend() || nodes_.size() >= limits_.max_nodes) return kTooLarge;
  const size_t hash = HashOf(axis, partition);
  const auto [known, inserted] = by_hash_.try_emplace(hash, kTooLarge);
  for (DiagramId id = known->second; id != kTooLarge; id = nodes_[id].next_of_hash) {
    const std::span<const Edge> edges = EdgesOf(id);
    if (nodes_[id].axis == axis && nodes_[id].missing == partition.missing &&
        std::equal(edges.begin(), edges.end(), partition.edges.begin(), partition.edges.end())) {
      return id;
    }
  }
  NodeData node;
  node.axis = axis;
  node.missing = partition.missing;
  node.first_edge = static_cast<uint32_t>(edges_.size());
  node.edge_count = static_cast<uint32_t>(partition.edges.size());
  node.next_of_hash = known->second;
  const auto with_metrics = [this](DiagramId d) {
    return IsTerminal(d) ? BitOf(d) : nodes_[d].reachable_with_metrics;
  };
  node.reachable = Reachable(partition.missing);
  node.reachable_with_metrics =
      about.is_metric ? uint8_t{0} : static_cast<uint8_t>(with_metrics(partition.missing));
  for (const Edge& edge : partition.edges) {
    node.reachable |= Reachable(edge.child);
    node.reachable_with_metrics |= with_metrics(edge.child);
  }
  edges_.insert(edges_.end(), partition.edges.begin(), partition.edges.end());
  nodes_.push_back(node);
  return known->second = static_cast<DiagramId>(nodes_.size() - 1);
}

DiagramId DiagramStore::Restrict(DiagramId d, AxisId axis, int64_t key) const {
  if (TopOf(d) != axis) return d;
  const std::span<const Edge> edges = EdgesOf(d);
  const auto after = std::upper_bound(edges.begin(), edges.end(), key,
                                      [](int64_t k, const Edge& edge) { return k < edge.low; });
  return std::prev(after)->child;
}

DiagramId DiagramStore::MissingChild(DiagramId d, AxisId axis) const {
  return TopOf(d) == axis ? nodes_[d].missing : d;
}

std::vector<int64_t> DiagramStore::CutsAt(AxisId axis, std::span<const DiagramId> diagrams) const {
  std::vector<int64_t> cuts = {axes_[axis].universe.low};
  for (const DiagramId d : diagrams) {
    if (TopOf(d) != axis) continue;
    for (const Edge& edge : EdgesOf(d)) cuts.push_back(edge.low);
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  return cuts;
}

// Branches that ask about the axis again are replaced by what they come to here.
Partition DiagramStore::Refine(AxisId axis, const Partition& partition) const {
  Partition refined = {.missing = MissingChild(partition.missing, axis)};
  for (size_t i = 0; i < partition.edges.size(); ++i) {
    const auto [low, child] = partition.edges[i];
    refined.edges.push_back({low, Restrict(child, axis, low)});
    if (TopOf(child) != axis) continue;
    const bool is_last = i + 1 == partition.edges.size();
    for (const Edge& inner : EdgesOf(child)) {
      if (inner.low > low && (is_last || inner.low < partition.edges[i + 1].low)) {
        refined.edges.push_back(inner);
      }
    }
  }
  return refined;
}

DiagramId DiagramStore::Build(AxisId axis, Partition partition) {
  if (!Spend()) return kTooLarge;
  AxisId top = TopOf(partition.missing);
  for (const Edge& edge : partition.edges) top = std::min(top, TopOf(edge.child));
  if (top > axis) return Intern(axis, std::move(partition));
  if (top == axis) return Intern(axis, Refine(axis, partition));
  // A branch asks about an earlier axis, which has to come first.
  std::vector<DiagramId> branches = {partition.missing};
  for (const Edge& edge : partition.edges) branches.push_back(edge.child);
  const auto restricted = [&](const auto& restrict) {
    Partition part = {.missing = restrict(partition.missing)};
    for (const Edge& edge : partition.edges) part.edges.push_back({edge.low, restrict(edge.child)});
    return Build(axis, std::move(part));
  };
  Partition above = {.missing = restricted([&](DiagramId d) { return MissingChild(d, top); })};
  for (const int64_t cut : CutsAt(top, branches)) {
    above.edges.push_back({cut, restricted([&](DiagramId d) { return Restrict(d, top, cut); })});
  }
  return Intern(top, std::move(above));
}

DiagramId DiagramStore::Node(AxisId axis, Partition partition) {
  StartBudget();
  return Build(axis, std::move(partition));
}

// The result where it needs no look at values.  `b` is not used by connectives of one operand.
std::optional<DiagramId> DiagramStore::Shortcut(Connective connective, DiagramId a, DiagramId b) {
  if (a == kTooLarge || b == kTooLarge) return kTooLarge;
  switch (connective) {
    case Connective::kNot:
      if (IsTerminal(a)) return a == kMissing ? kMissing : a == kTrue ? kFalse : kTrue;
      return std::nullopt;
    case Connective::kTrueOnly:
      if (IsTerminal(a)) return a == kTrue ? kTrue : kFalse;
      return std::nullopt;
    case Connective::kAnd:
    case Connective::kOr: {
      const DiagramId decides = connective == Connective::kAnd ? kFalse : kTrue;
      const DiagramId neutral = connective == Connective::kAnd ? kTrue : kFalse;
      if (a == b || b == neutral || a == decides) return a;
      if (a == neutral || b == decides) return b;
      return std::nullopt;
    }
  }
  return std::nullopt;
}

DiagramId DiagramStore::ConnectStep(Connective connective, DiagramId a, DiagramId b) {
  if (const auto known = Shortcut(connective, a, b)) return *known;
  if (a > b && connective <= Connective::kOr) std::swap(a, b);
  auto& cache = cache_[static_cast<size_t>(connective)];
  const uint64_t key = PairKey(a, b);
  if (const auto known = cache.find(key); known != cache.end()) return known->second;
  if (!Spend()) return kTooLarge;
  const AxisId axis = std::min(TopOf(a), TopOf(b));
  Partition partition;
  partition.missing = ConnectStep(connective, MissingChild(a, axis), MissingChild(b, axis));
  const DiagramId operands[] = {a, b};
  for (const int64_t cut : CutsAt(axis, operands)) {
    if (partition.missing == kTooLarge) return kTooLarge;
    const DiagramId child = ConnectStep(connective, Restrict(a, axis, cut), Restrict(b, axis, cut));
    if (child == kTooLarge) return kTooLarge;
    partition.edges.push_back({cut, child});
  }
  const DiagramId result = Intern(axis, std::move(partition));
  if (result == kTooLarge) return kTooLarge;
  if (cache.size() >= limits_.max_cached) cache.clear();
  return cache[key] = result;
}

DiagramId DiagramStore::Connect(Connective connective, DiagramId a, DiagramId b) {
  StartBudget();
  return ConnectStep(connective, a, b);
}

DiagramId DiagramStore::Not(DiagramId a) { return Connect(Connective::kNot, a, kMissing); }
DiagramId DiagramStore::TrueOnly(DiagramId a) {
  return Connect(Connective::kTrueOnly, a, kMissing);
}

// In pairs, then pairs of pairs: a long chain is not walked once for each part.
DiagramId DiagramStore::ConnectAll(Connective connective, std::span<const DiagramId> parts) {
  if (parts.empty()) return connective == Connective::kAnd ? kTrue : kFalse;
  if (parts.size() == 1) return parts[0];
  const size_t half = parts.size() / 2;
  const DiagramId first = ConnectAll(connective, parts.first(half));
  return Connect(connective, first, ConnectAll(connective, parts.subspan(half)));
}

// Row i of the table holds "at least k of the parts from i on", for each k.
DiagramId DiagramStore::AtLeast(int count, std::span<const DiagramId> parts) {
  if (count <= 0) return kTrue;
  const auto wanted = static_cast<size_t>(count);
  if (wanted > parts.size()) return kFalse;
  if (wanted * parts.size() > static_cast<size_t>(limits_.max_steps)) return kTooLarge;
  std::vector<DiagramId> row(wanted + 1, kFalse);
  row[0] = kTrue;
  for (size_t i = parts.size(); i-- > 0;) {
    for (size_t k = wanted; k >= 1; --k) {
      row[k] = Or(And(parts[i], row[k - 1]), row[k]);
    }
  }
  return row[wanted];
}

DiagramId DiagramStore::CombineStep(std::vector<DiagramId> operands, const Combiner& combine,
                                    CombineMemo* memo) {
  if (!Spend()) return kTooLarge;
  AxisId axis = kNoAxis;
  for (const DiagramId d : operands) {
    if (d == kTooLarge) return kTooLarge;
    axis = std::min(axis, TopOf(d));
  }
  if (const auto known = memo->find(operands); known != memo->end()) return known->second;
  DiagramId result = kTooLarge;
  if (axis == kNoAxis) {
    const int steps_left = steps_left_ - kCombinerSteps;
    result = combine(operands);  // may use the store itself
    steps_left_ = steps_left;
  } else {
    const auto branch = [&](const auto& restrict) {
      std::vector<DiagramId> restricted;
      restricted.reserve(operands.size());
      for (const DiagramId d : operands) restricted.push_back(restrict(d));
      return CombineStep(std::move(restricted), combine, memo);
    };
    Partition partition = {.missing = branch([&](DiagramId d) { return MissingChild(d, axis); })};
    for (const int64_t cut : CutsAt(axis, operands)) {
      partition.edges.push_back({cut, branch([&](DiagramId d) { return Restrict(d, axis, cut); })});
    }
    result = Build(axis, std::move(partition));
  }
  memo->emplace(std::move(operands), result);
  return result;
}

DiagramId DiagramStore::Combine(std::span<const DiagramId> operands, const Combiner& combine) {
  StartBudget();
  CombineMemo memo;
  return CombineStep({operands.begin(), operands.end()}, combine, &memo);
}

DiagramId DiagramStore::WhereMissingStep(DiagramId d, AxisId axis,
                                         absl::flat_hash_map<DiagramId, DiagramId>* memo) {
  if (d == kTooLarge) return d;
  if (TopOf(d) > axis) return d;
  if (TopOf(d) == axis) return nodes_[d].missing;
  if (const auto known = memo->find(d); known != memo->end()) return known->second;
  if (!Spend()) return kTooLarge;
  Partition partition = {.missing = WhereMissingStep(nodes_[d].missing, axis, memo)};
  for (size_t i = 0; i < nodes_[d].edge_count; ++i) {
    const Edge edge = EdgesOf(d)[i];
    partition.edges.push_back({edge.low, WhereMissingStep(edge.child, axis, memo)});
  }
  const DiagramId result = Intern(nodes_[d].axis, std::move(partition));
  memo->emplace(d, result);
  return result;
}

DiagramId DiagramStore::WhereMissing(DiagramId diagram, AxisId axis) {
  StartBudget();
  absl::flat_hash_map<DiagramId, DiagramId> memo;
  return WhereMissingStep(diagram, axis, &memo);
}

bool DiagramStore::CanBe(DiagramId diagram, DiagramId terminal) const {
  return (Reachable(diagram) & BitOf(terminal)) != 0;
}

bool DiagramStore::CanBeWithAllMetrics(DiagramId diagram, DiagramId terminal) const {
  const uint8_t reachable =
      IsTerminal(diagram) ? BitOf(diagram) : nodes_[diagram].reachable_with_metrics;
  return (reachable & BitOf(terminal)) != 0;
}

std::optional<bool> DiagramStore::Implies(DiagramId a, DiagramId b) {
  if (a == kTooLarge || b == kTooLarge) return std::nullopt;
  absl::flat_hash_set<uint64_t> seen;
  std::vector<std::pair<DiagramId, DiagramId>> pending = {{a, b}};
  while (!pending.empty()) {
    const auto [from, to] = pending.back();
    pending.pop_back();
    if (!CanBe(from, kTrue) || from == to) continue;
    if (Reachable(to) == BitOf(kTrue)) continue;
    if (!CanBe(to, kTrue) || from == kTrue) return false;
    if (!seen.insert(PairKey(from, to)).second) continue;
    if (seen.size() > static_cast<size_t>(limits_.max_steps)) return std::nullopt;
    const AxisId axis = std::min(TopOf(from), TopOf(to));
    pending.emplace_back(MissingChild(from, axis), MissingChild(to, axis));
    const DiagramId operands[] = {from, to};
    for (const int64_t cut : CutsAt(axis, operands)) {
      pending.emplace_back(Restrict(from, axis, cut), Restrict(to, axis, cut));
    }
  }
  return true;
}

const DiagramStore::Requirements& DiagramStore::RequirementsStep(
    DiagramId d, absl::flat_hash_map<DiagramId, Requirements>* memo) const {
  if (const auto known = memo->find(d); known != memo->end()) return known->second;
  Requirements requirements;
  if (!IsTerminal(d)) {
    // What all branches to true have in common: the union of their hulls.
    std::optional<Requirements> common;
    const auto join = [&](DiagramId child) {
      const Requirements& other = RequirementsStep(child, memo);
      if (!common.has_value()) {
        common = other;
        return;
      }
      Requirements both;
      auto in_other = other.begin();
      for (const Requirement& own : *common) {
        while (in_other != other.end() && in_other->axis < own.axis) ++in_other;
        if (in_other == other.end() || in_other->axis != own.axis) continue;
        both.push_back({own.axis,
                        {std::min(own.hull.low, in_other->hull.low),
                         std::max(own.hull.high, in_other->hull.high)}});
      }
      common = std::move(both);
    };
    const NodeData& node = nodes_[d];
    const bool when_missing = axes_[node.axis].can_be_missing && CanBe(node.missing, kTrue);
    if (when_missing) join(node.missing);
    std::optional<KeyRange> hull;
    for (size_t i = 0; i < node.edge_count; ++i) {
      const Edge edge = EdgesOf(d)[i];
      if (!CanBe(edge.child, kTrue)) continue;
      if (!hull.has_value()) hull = KeyRange{edge.low, 0};
      hull->high = HighOf(d, i);
      join(edge.child);
    }
    if (hull.has_value() && !when_missing) requirements.push_back({node.axis, *hull});
    if (common.has_value()) {
      requirements.insert(requirements.end(), common->begin(), common->end());
    }
  }
  // Not try_emplace before the recursion: the map may have moved.
  return memo->emplace(d, std::move(requirements)).first->second;
}

std::vector<DiagramStore::Requirement> DiagramStore::RequirementsOf(DiagramId diagram) const {
  absl::flat_hash_map<DiagramId, Requirements> memo;
  return RequirementsStep(diagram, &memo);
}

std::vector<AxisId> DiagramStore::AxesOf(DiagramId diagram) const {
  std::set<AxisId> axes;
  absl::flat_hash_set<DiagramId> seen;
  std::vector<DiagramId> pending = {diagram};
  while (!pending.empty()) {
    const DiagramId d = pending.back();
    pending.pop_back();
    if (IsTerminal(d) || !seen.insert(d).second) continue;
    axes.insert(nodes_[d].axis);
    pending.push_back(nodes_[d].missing);
    for (const Edge& edge : EdgesOf(d)) pending.push_back(edge.child);
  }
  return {axes.begin(), axes.end()};
}

bool DiagramStore::ForEachPath(DiagramId diagram, DiagramId terminal, int max,
                               const PathVisitor& visit) const {
  std::vector<Supposition> path;
  int left = max;
  const std::function<bool(DiagramId)> descend = [&](DiagramId d) {
    if (left <= 0 || !CanBe(d, terminal)) return false;
    if (IsTerminal(d)) {
      --left;
      return visit(path);
    }
    const AxisId axis = nodes_[d].axis;
    for (size_t i = 0; i < nodes_[d].edge_count; ++i) {
      const Edge edge = EdgesOf(d)[i];
      path.push_back({.axis = axis, .range = {edge.low, HighOf(d, i)}});
      if (descend(edge.child)) return true;
      path.pop_back();
    }
    if (!axes_[axis].can_be_missing) return false;
    path.push_back({.axis = axis, .missing = true});
    const bool stopped = descend(nodes_[d].missing);
    path.pop_back();
    return stopped;
  };
  return descend(diagram);
}

std::vector<DiagramId> DiagramStore::Possible(DiagramId diagram, const ValueOf& value_of) const {
  std::set<DiagramId> terminals;
  absl::flat_hash_set<DiagramId> seen;
  std::vector<DiagramId> pending = {diagram};
  while (!pending.empty()) {
    const DiagramId d = pending.back();
    pending.pop_back();
    if (IsTerminal(d)) {
      terminals.insert(d);
      continue;
    }
    if (!seen.insert(d).second) continue;
    const AxisId axis = nodes_[d].axis;
    const std::optional<AxisValue> value = value_of(axis);
    if (value.has_value()) {
      pending.push_back(value->missing ? nodes_[d].missing : Restrict(d, axis, value->key));
      continue;
    }
    if (axes_[axis].can_be_missing) pending.push_back(nodes_[d].missing);
    for (const Edge& edge : EdgesOf(d)) pending.push_back(edge.child);
  }
  return {terminals.begin(), terminals.end()};
}

DiagramId DiagramStore::At(DiagramId diagram, const Point& point) const {
  size_t at = 0;
  while (!IsTerminal(diagram)) {
    const AxisId axis = nodes_[diagram].axis;
    while (at < point.size() && point[at].first < axis) ++at;
    const bool is_named = at < point.size() && point[at].first == axis;
    const AxisValue value = is_named ? point[at].second : Unnamed(axis);
    diagram = value.missing ? nodes_[diagram].missing : Restrict(diagram, axis, value.key);
  }
  return diagram;
}

}  // namespace pql
