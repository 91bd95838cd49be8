#include "eval/plan/rule_index.h"

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <utility>
#include <vector>

namespace pql {
namespace {

// Metrics of more segments than this get no table by segment and block.
constexpr size_t kMaxTableSegments = 1'024;

uint32_t SegmentOf(const std::vector<MetricKey>& bounds, MetricKey key) {
  return static_cast<uint32_t>(std::upper_bound(bounds.begin(), bounds.end(), key) -
                               bounds.begin());
}

void SortUnique(std::vector<MetricKey>* keys) {
  std::sort(keys->begin(), keys->end());
  keys->erase(std::unique(keys->begin(), keys->end()), keys->end());
}

}  // namespace

class RuleIndexBuilder {
 public:
  explicit RuleIndexBuilder(RuleIndex* index) : index_(*index) {}

  void Build() {
    CollectRows();
    FindBounds();
    SortRows();
    for (size_t first = 0; first < rows_.size(); first += RuleIndex::kRowsPerBlock) {
      BuildBlock(first, std::min(rows_.size(), first + RuleIndex::kRowsPerBlock));
    }
    BuildTables();
  }

 private:
  struct Row {
    IndexRow row;
    RuleIndex::RowOwner owner;
    // Of the test that the fewest segments pass: metric, first and last of them.
    std::tuple<uint32_t, uint32_t, uint32_t> order;
  };

  void CollectRows() {
    const size_t rules = index_.plan_.rule_set().rules.size();
    for (uint32_t rule = 0; rule < rules; ++rule) {
      std::vector<IndexRow> rows = RowsOf(index_.plan_, rule);
      for (IndexRow& row : rows) {
        const bool has_rest = row.has_rest;
        rows_.push_back({std::move(row), {rule, has_rest, has_rest || rows.size() > 1}, {}});
      }
    }
  }

  void FindBounds() {
    index_.metrics_.resize(index_.plan_.layout().size());
    for (const Row& row : rows_) {
      for (const IndexRow::Test& test : row.row.tests) {
        std::vector<MetricKey>& bounds = index_.metrics_[test.metric].bounds;
        for (const KeyRange& range : test.set) {
          bounds.push_back(range.first);
          if (range.last != kHighestKey) bounds.push_back(range.last + 1);
        }
      }
    }
    for (auto& metric : index_.metrics_) SortUnique(&metric.bounds);
  }

  uint32_t FirstSegment(uint32_t metric, const KeyRange& range) const {
    return SegmentOf(index_.metrics_[metric].bounds, range.first);
  }
  uint32_t LastSegment(uint32_t metric, const KeyRange& range) const {
    return SegmentOf(index_.metrics_[metric].bounds, range.last);
  }

  // Thresholds lie where accounts do, so that the share of segments stands for that of accounts.
  void SetOrder(Row* row) const {
    double least = 2;
    row->order = {~uint32_t{0}, 0, 0};  // rows that test nothing come last
    for (const IndexRow::Test& test : row->row.tests) {
      if (test.set.empty()) {
        row->order = {test.metric, 0, 0};
        return;
      }
      double segments = 0;
      for (const KeyRange& range : test.set) {
        segments += LastSegment(test.metric, range) - FirstSegment(test.metric, range) + 1;
      }
      const auto all = static_cast<double>(index_.metrics_[test.metric].bounds.size() + 1);
      if (segments / all >= least) continue;
      least = segments / all;
      row->order = {test.metric, FirstSegment(test.metric, test.set.front()),
                    LastSegment(test.metric, test.set.back())};
    }
  }

  void SortRows() {
    for (Row& row : rows_) SetOrder(&row);
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
      return std::tie(a.order, a.owner.rule) < std::tie(b.order, b.owner.rule);
    });
    for (const Row& row : rows_) index_.rows_.push_back(row.owner);
  }

  void BuildBlock(size_t first, size_t end) {
    // Metrics in the order in which they decide: most rows first.
    std::vector<std::pair<int, uint32_t>> tested(index_.metrics_.size());
    for (uint32_t metric = 0; metric < tested.size(); ++metric) tested[metric].second = metric;
    for (size_t row = first; row < end; ++row) {
      for (const IndexRow::Test& test : rows_[row].row.tests) --tested[test.metric].first;
    }
    std::sort(tested.begin(), tested.end());
    RuleIndex::Block block{static_cast<uint32_t>(index_.steps_.size()), 0};
    for (const auto& [negative_count, metric] : tested) {
      if (negative_count == 0) break;
      BuildStep(metric, first, end);
      ++block.step_count;
    }
    index_.blocks_.push_back(block);
  }

  // Sweeps over the segments; each that differs from the one before has its line.
  void BuildStep(uint32_t metric, size_t first, size_t end) {
    RuleIndex::Line untested;
    std::vector<std::pair<uint32_t, uint32_t>> turns;  // segment, row within the block
    for (size_t row = first; row < end; ++row) {
      const auto bit = static_cast<uint32_t>(row - first);
      bool tests = false;
      for (const IndexRow::Test& test : rows_[row].row.tests) {
        if (test.metric != metric) continue;
        tests = true;
        for (const KeyRange& range : test.set) {
          turns.emplace_back(FirstSegment(metric, range), bit);
          turns.emplace_back(LastSegment(metric, range) + 1, bit);
        }
      }
      if (!tests) Turn(bit, &untested);
    }
    std::sort(turns.begin(), turns.end());
    const auto first_line = static_cast<uint32_t>(index_.lines_.size());
    const auto first_start = static_cast<uint32_t>(index_.starts_.size());
    RuleIndex::Line line = untested;
    uint32_t segment = 0;
    for (const auto& [turn_segment, bit] : turns) {
      if (turn_segment != segment) {
        index_.starts_.push_back(segment);
        index_.lines_.push_back(line);
        segment = turn_segment;
      }
      Turn(bit, &line);
    }
    index_.starts_.push_back(segment);
    index_.lines_.push_back(line);
    const auto count = static_cast<uint32_t>(index_.lines_.size() - first_line);
    index_.lines_.push_back(untested);
    index_.steps_.push_back({metric, first_line, first_start, count});
  }

  static void Turn(uint32_t bit, RuleIndex::Line* line) {
    line->words[bit / 64] ^= uint64_t{1} << (bit % 64);
  }

  // The starts of metrics that get a table are not needed any more.
  void BuildTables() {
    std::vector<uint32_t> kept;
    for (size_t block = 0; block < index_.blocks_.size(); ++block) {
      const RuleIndex::Block& steps = index_.blocks_[block];
      for (uint32_t i = 0; i < steps.step_count; ++i) {
        RuleIndex::Step& step = index_.steps_[steps.first_step + i];
        RuleIndex::MetricSegments& metric = index_.metrics_[step.metric];
        const size_t segments = metric.bounds.size() + 1;
        const uint32_t* starts = index_.starts_.data() + step.first_start;
        if (segments > kMaxTableSegments) {
          step.first_start = static_cast<uint32_t>(kept.size());
          kept.insert(kept.end(), starts, starts + step.count);
          continue;
        }
        metric.lines.resize(segments * index_.blocks_.size());
        uint16_t line = 0;
        for (uint32_t segment = 0; segment < segments; ++segment) {
          if (line + 1u < step.count && starts[line + 1] == segment) ++line;
          metric.lines[segment * index_.blocks_.size() + block] = line;
        }
      }
    }
    index_.starts_ = std::move(kept);
    index_.starts_.shrink_to_fit();
    index_.lines_.shrink_to_fit();
    index_.steps_.shrink_to_fit();
    index_.rows_.shrink_to_fit();
  }

  RuleIndex& index_;
  std::vector<Row> rows_;
};

RuleIndex::RuleIndex(const Plan& plan) : plan_(plan) { RuleIndexBuilder(this).Build(); }

size_t RuleIndex::MemoryBytes() const {
  const auto bytes = [](const auto& vector) { return vector.capacity() * sizeof(vector[0]); };
  size_t metrics = bytes(metrics_);
  for (const MetricSegments& metric : metrics_)
    metrics += bytes(metric.bounds) + bytes(metric.lines);
  return metrics + bytes(blocks_) + bytes(steps_) + bytes(starts_) + bytes(lines_) + bytes(rows_);
}

}  // namespace pql
