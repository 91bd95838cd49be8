#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "eval/plan/rule_index.h"

namespace pql {
namespace {

constexpr uint32_t kMissingSegment = ~uint32_t{0};

uint32_t SegmentOf(const std::vector<MetricKey>& bounds, MetricKey key) {
  const MetricKey* low = bounds.data();
  for (size_t size = bounds.size(); size > 0;) {
    const size_t half = (size + 1) / 2;
    low += low[half - 1] <= key ? half : 0;  // no branch: a coin's toss each
    size -= half;
  }
  return static_cast<uint32_t>(low - bounds.data());
}

}  // namespace

// The combination of lines, the same code compiled for each of the machine's widths.
class MatchKernels {
 public:
  static RuleMatcher::Kernel Best() {
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx512f") != 0) return Avx512;
    if (__builtin_cpu_supports("avx2") != 0) return Avx2;
#endif
    return Portable;
  }

 private:
  using Line = RuleIndex::Line;
  static constexpr size_t kWords = RuleIndex::kRowsPerBlock / 64;

  [[gnu::always_inline]] static inline bool And(const Line& other, Line* line) {
    uint64_t any = 0;
    for (size_t i = 0; i < kWords; ++i) {
      line->words[i] &= other.words[i];
      any |= line->words[i];
    }
    return any != 0;
  }

  [[gnu::always_inline]] static inline const Line& LineOf(const RuleIndex& index, size_t block,
                                                          const RuleIndex::Step& step,
                                                          uint32_t segment) {
    const RuleIndex::MetricSegments& metric = index.metrics_[step.metric];
    if (!metric.lines.empty()) {
      const size_t place = segment * index.blocks_.size() + block;
      return index.lines_[step.first_line + metric.lines[place]];
    }
    const uint32_t* starts = index.starts_.data() + step.first_start;
    const auto after = std::upper_bound(starts, starts + step.count, segment);
    return index.lines_[step.first_line + static_cast<size_t>(after - starts) - 1];
  }

  [[gnu::always_inline]] static inline void Emit(const RuleIndex& index, size_t block,
                                                 const Line& possible, const Line& certain,
                                                 RuleMatcher* matcher, RuleMatcher::Found* found) {
    for (size_t i = 0; i < kWords; ++i) {
      for (uint64_t left = possible.words[i]; left != 0; left &= left - 1) {
        const auto bit = static_cast<size_t>(std::countr_zero(left));
        const size_t row = block * RuleIndex::kRowsPerBlock + i * 64 + bit;
        const RuleIndex::RowOwner& owner = index.rows_[row];
        const bool is_certain = ((certain.words[i] >> bit) & 1) != 0;
        if (owner.is_special) {
          matcher->special_[found->special++] = static_cast<uint32_t>(2 * row + is_certain);
        } else if (is_certain) {
          matcher->qualified_[found->qualified++] = owner.rule;
        } else {
          matcher->unknown_[found->unknown++] = owner.rule;
        }
      }
    }
  }

  [[gnu::always_inline]] static inline void Run(RuleMatcher* matcher, RuleMatcher::Found* found) {
    const RuleIndex& index = matcher->index_;
    const uint32_t* segments = matcher->segments_.data();
    for (size_t block = 0; block < index.blocks_.size(); ++block) {
      const size_t rows =
          std::min(RuleIndex::kRowsPerBlock, index.rows_.size() - block * RuleIndex::kRowsPerBlock);
      Line possible;
      for (size_t i = 0; i < kWords; ++i) {
        const size_t left = rows > i * 64 ? rows - i * 64 : 0;
        possible.words[i] = left >= 64 ? ~uint64_t{0} : (uint64_t{1} << left) - 1;
      }
      const RuleIndex::Step* steps = index.steps_.data() + index.blocks_[block].first_step;
      const RuleIndex::Step* end = steps + index.blocks_[block].step_count;
      bool any = true;
      bool met_missing = false;
      for (const RuleIndex::Step* step = steps; any && step != end; ++step) {
        const uint32_t segment = segments[step->metric];
        if (segment == kMissingSegment) {
          met_missing = true;
        } else {
          any = And(LineOf(index, block, *step, segment), &possible);
        }
      }
      if (!any) continue;
      Line certain = possible;
      for (const RuleIndex::Step* step = steps; met_missing && step != end; ++step) {
        if (segments[step->metric] != kMissingSegment) continue;
        And(index.lines_[step->first_line + step->count], &certain);
      }
      Emit(index, block, possible, certain, matcher, found);
    }
  }

  static void Portable(RuleMatcher* matcher, RuleMatcher::Found* found) { Run(matcher, found); }
#if defined(__x86_64__) && defined(__GNUC__)
  [[gnu::target("avx2,bmi,bmi2,lzcnt,popcnt")]] static void Avx2(RuleMatcher* matcher,
                                                                 RuleMatcher::Found* found) {
    Run(matcher, found);
  }
  [[gnu::target("avx512f,avx2,bmi,bmi2,lzcnt,popcnt,prefer-vector-width=512")]] static void Avx512(
      RuleMatcher* matcher, RuleMatcher::Found* found) {
    Run(matcher, found);
  }
#endif
};

RuleMatcher::RuleMatcher(const RuleIndex& index, PlanRun* run)
    : index_(index),
      run_(*run),
      kernel_(MatchKernels::Best()),
      segments_(index.metrics_.size()),
      qualified_(index.plan_.rule_set().rules.size()),
      unknown_(qualified_.size()),
      special_(index.rows_.size()),
      decided_in_(qualified_.size()) {}

void RuleMatcher::FindSegments() {
  for (uint32_t metric = 0; metric < segments_.size(); ++metric) {
    const MetricKey key = run_.keys()[metric];
    segments_[metric] =
        key == kMissingKey ? kMissingSegment : SegmentOf(index_.metrics_[metric].bounds, key);
  }
}

// A certain row without a rest decides its rule; for what is left after that the plan is asked.
void RuleMatcher::DecideSpecial(Found* found) {
  if (++call_ == 0) {
    std::fill(decided_in_.begin(), decided_in_.end(), 0);
    call_ = 1;
  }
  for (size_t i = 0; i < found->special; ++i) {
    const RuleIndex::RowOwner& owner = index_.rows_[special_[i] / 2];
    const bool is_certain = special_[i] % 2 != 0;
    if (!is_certain || owner.has_rest || decided_in_[owner.rule] == call_) continue;
    decided_in_[owner.rule] = call_;
    qualified_[found->qualified++] = owner.rule;
  }
  for (size_t i = 0; i < found->special; ++i) {
    const uint32_t rule = index_.rows_[special_[i] / 2].rule;
    if (decided_in_[rule] == call_) continue;
    decided_in_[rule] = call_;
    const Outcome outcome = run_.OutcomeOf(rule);
    if (outcome == Outcome::kQualified) qualified_[found->qualified++] = rule;
    if (outcome == Outcome::kUnknown) unknown_[found->unknown++] = rule;
  }
}

Matches RuleMatcher::Match() {
  FindSegments();
  Found found;
  kernel_(this, &found);
  if (found.special > 0) DecideSpecial(&found);
  return {{qualified_.data(), found.qualified}, {unknown_.data(), found.unknown}};
}

}  // namespace pql
