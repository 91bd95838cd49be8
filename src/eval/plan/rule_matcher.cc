#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "eval/plan/rule_index.h"

#if PQL_HAS_X86_KERNELS
#include <immintrin.h>
#endif

namespace pql {
namespace {

constexpr uint32_t kMissingSegment = ~uint32_t{0};
// A kernel may write so many places past what it found.
constexpr size_t kSlack = 16;

uint32_t SegmentOf(const std::vector<MetricKey>& bounds, MetricKey key) {
  const MetricKey* low = bounds.data();
  for (size_t size = bounds.size(); size > 0;) {
    const size_t half = (size + 1) / 2;
    low += low[half - 1] <= key ? half : 0;  // no branch: it would be a coin's toss
    size -= half;
  }
  return static_cast<uint32_t>(low - bounds.data());
}

}  // namespace

// The combination of lines, the same code compiled for each width.
class MatchKernels {
 public:
  static RuleMatcher::Kernel Of(VectorWidth width) {
#if PQL_HAS_X86_KERNELS
    if (width == VectorWidth::kAvx512) return Avx512;
    if (width == VectorWidth::kAvx2) return Avx2;
#endif
    return width == VectorWidth::kPortable ? Portable : nullptr;
  }

 private:
  using Line = RuleIndex::Line;
  static constexpr size_t kWords = RuleIndex::kWordsPerLine;

  // Half a line, which every width knows what to do with.
  using Half [[gnu::vector_size(32), gnu::may_alias]] = uint64_t;

  // Whether any is left.
  [[gnu::always_inline]] static inline bool And(const Line& other, Line* line) {
    const auto* theirs = reinterpret_cast<const Half*>(other.words.data());
    auto* ours = reinterpret_cast<Half*>(line->words.data());
    ours[0] &= theirs[0];
    ours[1] &= theirs[1];
    const Half any = ours[0] | ours[1];
    return (any[0] | any[1] | any[2] | any[3]) != 0;
  }

  [[gnu::always_inline]] static inline const Line& LineOf(const RuleMatcher& matcher, size_t block,
                                                          const RuleIndex::Step& step) {
    const RuleMatcher::Place& place = matcher.places_[step.metric];
    const Line* lines = matcher.index_.lines_.data() + step.first_line;
    if (place.lines != nullptr) return lines[place.lines[block]];
    // A missing metric refutes nothing.
    if (place.segment == kMissingSegment) return matcher.index_.blocks_[block].rows;
    const uint32_t* starts = matcher.index_.starts_.data() + step.first_start;
    const uint32_t* after = std::upper_bound(starts, starts + step.count, place.segment);
    return lines[static_cast<size_t>(after - starts) - 1];
  }

  // All blocks go through their first step, then those that have rows left through their second,
  // and so on: steps of different blocks wait for memory at the same time.
  [[gnu::always_inline]] static inline size_t Combine(RuleMatcher* matcher) {
    const RuleIndex& index = matcher->index_;
    Line* possible = matcher->possible_.data();
    uint32_t* live = matcher->live_.data();
    size_t live_count = index.blocks_.size();
    size_t longest = 0;
    for (size_t block = 0; block < live_count; ++block) {
      possible[block] = index.blocks_[block].rows;
      live[block] = static_cast<uint32_t>(block);
      longest = std::max<size_t>(longest, index.blocks_[block].step_count);
    }
    for (size_t i = 0; i < longest; ++i) {
      size_t left = 0;
      for (size_t k = 0; k < live_count; ++k) {
        const uint32_t block = live[k];
        live[left] = block;
        bool any = true;
        if (i < index.blocks_[block].step_count) {
          const RuleIndex::Step& step = index.steps_[index.blocks_[block].first_step + i];
          any = And(LineOf(*matcher, block, step), &possible[block]);
        }
        left += any ? 1 : 0;
      }
      live_count = left;
    }
    return live_count;
  }

  // The rows for which no tested metric is missing.
  [[gnu::always_inline]] static inline Line CertainOf(const RuleMatcher& matcher, size_t block,
                                                      const Line& possible) {
    const RuleIndex& index = matcher.index_;
    Line certain = possible;
    if (!matcher.any_missing_) return certain;
    const RuleIndex::Step* step = index.steps_.data() + index.blocks_[block].first_step;
    const RuleIndex::Step* end = step + index.blocks_[block].step_count;
    for (; step != end; ++step) {
      if (matcher.places_[step->metric].segment != kMissingSegment) continue;
      And(index.lines_[step->first_line + step->count], &certain);
    }
    return certain;
  }

  // Writes the rules of the rows that are set; returns how many.
  using Emitter = size_t (*)(const Line& rows, const uint32_t* rules, uint32_t* out);

  static size_t EmitPortably(const Line& rows, const uint32_t* rules, uint32_t* out) {
    size_t count = 0;
    for (size_t i = 0; i < kWords; ++i) {
      for (uint64_t bits = rows.words[i]; bits != 0; bits &= bits - 1) {
        out[count++] = rules[i * 64 + static_cast<size_t>(std::countr_zero(bits))];
      }
    }
    return count;
  }

  // Those of rows of special rules.
  [[gnu::always_inline]] static inline void EmitRows(const Line& rows, size_t first_row,
                                                     uint32_t* out, size_t* count) {
    for (size_t i = 0; i < kWords; ++i) {
      for (uint64_t bits = rows.words[i]; bits != 0; bits &= bits - 1) {
        out[(*count)++] =
            static_cast<uint32_t>(first_row + i * 64 + static_cast<size_t>(std::countr_zero(bits)));
      }
    }
  }

  // What is true is emitted apart from what is unknown, and what is special apart from both.
  [[gnu::always_inline]] static inline void Run(RuleMatcher* matcher, Emitter emit,
                                                RuleMatcher::Found* found) {
    const RuleIndex& index = matcher->index_;
    const size_t live_count = Combine(matcher);
    for (size_t k = 0; k < live_count; ++k) {
      const size_t block = matcher->live_[k];
      const size_t first_row = block * RuleIndex::kRowsPerBlock;
      const uint32_t* rules = index.rules_.data() + first_row;
      Line certain = CertainOf(*matcher, block, matcher->possible_[block]);
      Line unknown;
      Line special_certain;
      Line special_possible;
      for (size_t i = 0; i < kWords; ++i) {
        const uint64_t special = index.blocks_[block].special.words[i];
        const uint64_t uncertain = matcher->possible_[block].words[i] & ~certain.words[i];
        special_certain.words[i] = certain.words[i] & special;
        special_possible.words[i] = uncertain & special;
        certain.words[i] &= ~special;
        unknown.words[i] = uncertain & ~special;
      }
      found->qualified += emit(certain, rules, matcher->qualified_.data() + found->qualified);
      EmitRows(special_certain, first_row, matcher->certain_rows_.data(), &found->certain);
      if (!matcher->any_missing_) continue;
      found->unknown += emit(unknown, rules, matcher->unknown_.data() + found->unknown);
      EmitRows(special_possible, first_row, matcher->possible_rows_.data(), &found->possible);
    }
  }

  static void Portable(RuleMatcher* matcher, RuleMatcher::Found* found) {
    Run(matcher, EmitPortably, found);
  }

#if PQL_HAS_X86_KERNELS
  [[gnu::target(PQL_AVX2)]] static void Avx2(RuleMatcher* matcher, RuleMatcher::Found* found) {
    Run(matcher, EmitPortably, found);
  }

  [[gnu::target(PQL_AVX512)]] static size_t EmitAvx512(const Line& rows, const uint32_t* rules,
                                                       uint32_t* out) {
    size_t count = 0;
    for (size_t i = 0; i < kWords; ++i, rules += 64) {
      const uint64_t bits = rows.words[i];
      for (size_t part = 0; bits >> part != 0; part += 16) {
        const auto mask = static_cast<__mmask16>(bits >> part);
        const __m512i chosen = _mm512_maskz_compress_epi32(mask, _mm512_loadu_si512(rules + part));
        _mm512_storeu_si512(out + count, chosen);
        count += static_cast<size_t>(std::popcount(static_cast<uint16_t>(mask)));
        if (part == 48) break;
      }
    }
    return count;
  }
  [[gnu::target(PQL_AVX512)]] static void Avx512(RuleMatcher* matcher, RuleMatcher::Found* found) {
    Run(matcher, EmitAvx512, found);
  }
#endif
};

RuleMatcher::RuleMatcher(const RuleIndex& index, PlanRun* run, VectorWidth width)
    : index_(index),
      run_(*run),
      kernel_(MatchKernels::Of(width)),
      places_(index.metrics_.size()),
      possible_(index.blocks_.size()),
      live_(index.blocks_.size() + 1),
      qualified_(index.rules_.size() + kSlack),
      unknown_(index.rules_.size() + kSlack),
      certain_rows_(index.rules_.size()),
      possible_rows_(index.rules_.size()),
      decided_in_(index.plan_.rule_set().rules.size()) {}

void RuleMatcher::FindSegments() {
  any_missing_ = false;
  for (uint32_t i = 0; i < places_.size(); ++i) {
    const MetricKey key = run_.keys()[i];
    const RuleIndex::MetricSegments& metric = index_.metrics_[i];
    Place& place = places_[i];
    if (key == kMissingKey) {
      any_missing_ = true;
      place = {kMissingSegment, nullptr};
      continue;
    }
    place.segment = SegmentOf(metric.bounds, key);
    const size_t first = place.segment * index_.blocks_.size();
    place.lines = metric.lines.empty() ? nullptr : metric.lines.data() + first;
  }
}

// A certain row without a rest decides its rule.  Else, where no row has a rest, rows that are left
// make it unknown; where one has, the plan is asked.
void RuleMatcher::DecideSpecial(Found* found) {
  if (++call_ == 0) {
    std::fill(decided_in_.begin(), decided_in_.end(), 0);
    call_ = 1;
  }
  const auto decide = [&](uint32_t rule, Outcome outcome) {
    decided_in_[rule] = call_;
    if (outcome == Outcome::kQualified) qualified_[found->qualified++] = rule;
    if (outcome == Outcome::kUnknown) unknown_[found->unknown++] = rule;
  };
  for (size_t i = 0; i < found->certain; ++i) {
    const uint32_t row = certain_rows_[i];
    const uint32_t rule = index_.rules_[row];
    if (decided_in_[rule] == call_) continue;
    if (!index_.special_rows_[row].has_rest) decide(rule, Outcome::kQualified);
  }
  const auto decide_left = [&](const std::vector<uint32_t>& rows, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const uint32_t rule = index_.rules_[rows[i]];
      if (decided_in_[rule] == call_) continue;
      const bool ask = index_.special_rows_[rows[i]].rule_has_rest;
      decide(rule, ask ? run_.OutcomeOf(rule) : Outcome::kUnknown);
    }
  };
  decide_left(certain_rows_, found->certain);
  decide_left(possible_rows_, found->possible);
}

Matches RuleMatcher::Match() {
  FindSegments();
  Found found;
  kernel_(this, &found);
  if (found.certain + found.possible > 0) DecideSpecial(&found);
  return {{qualified_.data(), found.qualified}, {unknown_.data(), found.unknown}};
}

}  // namespace pql
