#include "eval/plan/rule_index.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <limits>
#include <tuple>
#include <utility>
#include <vector>

namespace pql {
namespace {

// Metrics of more segments than this get no table by segment and block.
constexpr size_t kMaxTableSegments = 1'024;

size_t WordsFor(size_t bits) { return (bits + 63) / 64; }

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
    index_.rows_ = std::make_shared<const RuleIndex::Rows>(std::move(out_));
  }

 private:
  struct Row {
    IndexRow row;
    uint32_t rule = 0;
    bool is_special = false;
    bool rule_has_rest = false;
    // Of the test that the fewest segments pass: metric, first and last of them.
    std::tuple<uint32_t, uint32_t, uint32_t> order;
  };

  void CollectRows() {
    const size_t rules = index_.plan_.rule_set().rules.size();
    for (uint32_t rule = 0; rule < rules; ++rule) {
      if (index_.plan_.rule_set().rules[rule].mode == RuleMode::kDraft) continue;
      std::vector<IndexRow> rows = RowsOf(index_.plan_, rule);
      const bool has_rest =
          std::any_of(rows.begin(), rows.end(), [](const IndexRow& row) { return row.has_rest; });
      const bool is_special = has_rest || rows.size() > 1;
      for (IndexRow& row : rows) rows_.push_back({std::move(row), rule, is_special, has_rest, {}});
    }
  }

  void FindBounds() {
    out_.metrics.resize(index_.plan_.layout().size());
    for (const Row& row : rows_) {
      for (const IndexRow::Test& test : row.row.tests) {
        std::vector<MetricKey>& bounds = out_.metrics[test.metric].bounds;
        for (const MetricKeyRange& range : test.set) {
          bounds.push_back(range.first);
          if (range.last != kHighestKey) bounds.push_back(range.last + 1);
        }
      }
    }
    for (auto& metric : out_.metrics) SortUnique(&metric.bounds);
  }

  uint32_t FirstSegment(uint32_t metric, const MetricKeyRange& range) const {
    return out_.metrics[metric].SegmentOf(range.first);
  }
  uint32_t LastSegment(uint32_t metric, const MetricKeyRange& range) const {
    return out_.metrics[metric].SegmentOf(range.last);
  }

  // How many accounts pass a test is not known; rules are written where accounts are: thresholds
  // lie where numbers do, so that each segment counts as one, and texts that many rules name are
  // many accounts'.
  void WeighSegments() {
    weights_.resize(out_.metrics.size());
    for (uint32_t metric = 0; metric < weights_.size(); ++metric) {
      weights_[metric].assign(out_.metrics[metric].bounds.size() + 1, 1.0);
    }
    for (const Row& row : rows_) {
      for (const IndexRow::Test& test : row.row.tests) {
        const Type::Kind kind = index_.plan_.layout().KindOf(test.metric);
        if (kind != Type::Kind::kString && kind != Type::Kind::kOneOf) continue;
        // `!=` names what it leaves out.
        const bool named = !Contains(test.set, kUnnamedTextKey);
        for (const MetricKeyRange& range : named ? test.set : Complement(test.set)) {
          const uint32_t last = LastSegment(test.metric, range);
          for (uint32_t i = FirstSegment(test.metric, range); i <= last; ++i) {
            weights_[test.metric][i] += 1;
          }
        }
      }
    }
    for (std::vector<double>& weights : weights_) {  // to sums of all before
      double sum = 0;
      for (double& weight : weights) sum += std::exchange(weight, sum);
      weights.push_back(sum);
    }
  }

  // The estimated share of accounts that pass.
  double ShareOf(const IndexRow::Test& test) const {
    const std::vector<double>& sums = weights_[test.metric];
    double weight = 0;
    for (const MetricKeyRange& range : test.set) {
      weight += sums[LastSegment(test.metric, range) + 1] - sums[FirstSegment(test.metric, range)];
    }
    return weight / sums.back();
  }

  void SetOrder(Row* row) const {
    double least = std::numeric_limits<double>::infinity();
    row->order = {~uint32_t{0}, 0, 0};  // rows that test nothing come last
    for (const IndexRow::Test& test : row->row.tests) {
      if (test.set.empty()) {
        row->order = {test.metric, 0, 0};
        return;
      }
      // Rows that are next to each other share the first of several ranges, but not the others.
      const double share = ShareOf(test) * static_cast<double>(test.set.size());
      if (share >= least) continue;
      least = share;
      row->order = {test.metric, FirstSegment(test.metric, test.set.front()),
                    LastSegment(test.metric, test.set.back())};
    }
  }

  void SortRows() {
    WeighSegments();
    for (Row& row : rows_) SetOrder(&row);
    std::sort(rows_.begin(), rows_.end(), [](const Row& a, const Row& b) {
      return std::tie(a.order, a.rule) < std::tie(b.order, b.rule);
    });
    for (const Row& row : rows_) {
      index_.rules_.push_back(row.rule);
      out_.special.push_back({row.row.has_rest, row.rule_has_rest});
    }
    // The last block may be read to its end.
    const size_t blocks = (rows_.size() + RuleIndex::kRowsPerBlock - 1) / RuleIndex::kRowsPerBlock;
    index_.rules_.resize(blocks * RuleIndex::kRowsPerBlock, RuleIndex::kNoRule);
  }

  void BuildBlock(size_t first, size_t end) {
    RuleIndex::Block block;
    RuleIndex::Line live;
    block.first_step = static_cast<uint32_t>(out_.steps.size());
    std::vector<bool> tested(out_.metrics.size());
    for (size_t row = first; row < end; ++row) {
      Turn(row - first, &live);
      if (rows_[row].is_special) Turn(row - first, &block.special);
      for (const IndexRow::Test& test : rows_[row].row.tests) tested[test.metric] = true;
    }
    // Those first of which the fewest rows are left.
    std::vector<std::pair<double, RuleIndex::Step>> steps;
    for (uint32_t metric = 0; metric < tested.size(); ++metric) {
      if (tested[metric]) steps.push_back(BuildStep(metric, first, end));
    }
    std::sort(steps.begin(), steps.end(),
              [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [unused, step] : steps) out_.steps.push_back(step);
    block.step_count = static_cast<uint32_t>(steps.size());
    out_.blocks.push_back(block);
    index_.live_.push_back(live);
  }

  // Sweeps over the segments; each that differs from the one before has its line.  Returns how many
  // rows are left on the average, too.
  std::pair<double, RuleIndex::Step> BuildStep(uint32_t metric, size_t first, size_t end) {
    RuleIndex::Line untested;
    std::vector<std::pair<uint32_t, uint32_t>> turns;  // segment, row within the block
    for (size_t row = first; row < end; ++row) {
      const auto bit = static_cast<uint32_t>(row - first);
      bool tests = false;
      for (const IndexRow::Test& test : rows_[row].row.tests) {
        if (test.metric != metric) continue;
        tests = true;
        for (const MetricKeyRange& range : test.set) {
          turns.emplace_back(FirstSegment(metric, range), bit);
          turns.emplace_back(LastSegment(metric, range) + 1, bit);
        }
      }
      if (!tests) Turn(bit, &untested);
    }
    std::sort(turns.begin(), turns.end());
    const auto first_line = static_cast<uint32_t>(out_.lines.size());
    const auto first_start = static_cast<uint32_t>(out_.starts.size());
    const auto segments = static_cast<uint32_t>(out_.metrics[metric].bounds.size() + 1);
    RuleIndex::Line line = untested;
    uint32_t start = 0;
    double left = 0;
    const auto end_line = [&](uint32_t segment) {
      out_.starts.push_back(start);
      out_.lines.push_back(line);
      left += static_cast<double>(segment - start) * RowsIn(line);
      start = segment;
    };
    for (const auto& [segment, bit] : turns) {
      if (segment != start) end_line(segment);
      Turn(bit, &line);
    }
    if (start < segments) end_line(segments);
    const auto count = static_cast<uint32_t>(out_.lines.size() - first_line);
    out_.lines.push_back(untested);
    RuleIndex::Line all;
    for (size_t row = first; row < end; ++row) Turn(row - first, &all);
    out_.lines.push_back(all);
    return {left / segments, {metric, first_line, first_start, count}};
  }

  static int RowsIn(const RuleIndex::Line& line) {
    int rows = 0;
    for (const uint64_t word : line.words) rows += std::popcount(word);
    return rows;
  }

  static void Turn(size_t bit, RuleIndex::Line* line) {
    line->words[bit / 64] ^= uint64_t{1} << (bit % 64);
  }

  // The starts of metrics that get a table are not needed any more.
  void BuildTables() {
    const size_t blocks = out_.blocks.size();
    for (RuleIndex::MetricSegments& metric : out_.metrics) {
      const size_t segments = metric.bounds.size() + 2;  // that of missing values is the last
      if (metric.bounds.empty() || segments > kMaxTableSegments) continue;
      metric.lines.resize(segments * blocks);
      // Blocks that do not test the metric are not held up by it.
      metric.busy.assign(segments * WordsFor(blocks), ~uint64_t{0});
    }
    std::vector<uint32_t> kept;
    for (size_t block = 0; block < blocks; ++block) {
      const RuleIndex::Block& steps = out_.blocks[block];
      for (uint32_t i = 0; i < steps.step_count; ++i) {
        RuleIndex::Step& step = out_.steps[steps.first_step + i];
        const uint32_t* starts = out_.starts.data() + step.first_start;
        if (!out_.metrics[step.metric].lines.empty()) {
          FillTable(step, starts, block);
          continue;
        }
        step.first_start = static_cast<uint32_t>(kept.size());
        kept.insert(kept.end(), starts, starts + step.count);
      }
    }
    out_.starts = std::move(kept);
    out_.starts.shrink_to_fit();
    out_.lines.shrink_to_fit();
    out_.steps.shrink_to_fit();
    out_.special.shrink_to_fit();
    out_.blocks.shrink_to_fit();
    index_.rules_.shrink_to_fit();
  }

  void FillTable(const RuleIndex::Step& step, const uint32_t* starts, size_t block) {
    RuleIndex::MetricSegments& metric = out_.metrics[step.metric];
    const size_t blocks = out_.blocks.size();
    const size_t segments = metric.bounds.size() + 1;
    uint16_t line = 0;
    for (uint32_t segment = 0; segment < segments; ++segment) {
      if (line + 1u < step.count && starts[line + 1] == segment) ++line;
      metric.lines[segment * blocks + block] = line;
      if (RowsIn(out_.lines[step.first_line + line]) > 0) continue;
      metric.busy[segment * WordsFor(blocks) + block / 64] &= ~(uint64_t{1} << (block % 64));
    }
    metric.lines[segments * blocks + block] = static_cast<uint16_t>(step.count + 1);
  }

  RuleIndex& index_;
  RuleIndex::Rows out_;
  std::vector<Row> rows_;
  // By metric, for each segment the weight of all before it, and that of all.
  std::vector<std::vector<double>> weights_;
};

RuleIndex::RuleIndex(const Plan& plan) : plan_(plan) { RuleIndexBuilder(this).Build(); }

RuleIndex::RuleIndex(const RuleIndex& before, const RuleChanges& changes, const Plan& plan)
    : plan_(plan), rows_(before.rows_), live_(before.live_), rules_(before.rules_) {
  for (size_t row = 0; row < rules_.size(); ++row) {
    if (rules_[row] == kNoRule) continue;
    rules_[row] = changes.now[rules_[row]];
    if (rules_[row] != kNoRule) continue;
    live_[row / kRowsPerBlock].words[row % kRowsPerBlock / 64] &= ~(uint64_t{1} << (row % 64));
  }
  for (const uint32_t rule : before.loose_rules_) {
    if (changes.now[rule] != kNoRule) loose_rules_.push_back(changes.now[rule]);
  }
  for (const uint32_t rule : changes.added) {
    if (plan.rule_set().rules[rule].mode != RuleMode::kDraft) loose_rules_.push_back(rule);
  }
  std::sort(loose_rules_.begin(), loose_rules_.end());
}

size_t RuleIndex::MemoryBytes() const {
  const auto bytes = [](const auto& vector) { return vector.capacity() * sizeof(vector[0]); };
  size_t metrics = bytes(rows_->metrics);
  for (const MetricSegments& metric : rows_->metrics) {
    metrics += bytes(metric.bounds) + bytes(metric.lines) + bytes(metric.busy);
  }
  return metrics + bytes(rows_->blocks) + bytes(rows_->steps) + bytes(rows_->starts) +
         bytes(rows_->lines) + bytes(rows_->special) + bytes(live_) + bytes(rules_) +
         bytes(loose_rules_);
}

}  // namespace pql
