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
  static constexpr uint32_t kPrefetched = 12;

  // Half a line, which every width knows what to do with.
  using Half [[gnu::vector_size(32), gnu::may_alias]] = uint64_t;

  // A line in registers.
  struct Rows {
    Half low;
    Half high;
  };
  [[gnu::always_inline]] static inline Rows Load(const Line& line) {
    const auto* halves = reinterpret_cast<const Half*>(line.words.data());
    return {halves[0], halves[1]};
  }
  [[gnu::always_inline]] static inline void And(const Line& line, Rows* rows) {
    const Rows other = Load(line);
    rows->low &= other.low;
    rows->high &= other.high;
  }
  [[gnu::always_inline]] static inline bool Any(const Rows& rows) {
    const Half any = rows.low | rows.high;
    return (any[0] | any[1] | any[2] | any[3]) != 0;
  }
  [[gnu::always_inline]] static inline Line Store(const Rows& rows) {
    Line line;
    auto* halves = reinterpret_cast<Half*>(line.words.data());
    halves[0] = rows.low;
    halves[1] = rows.high;
    return line;
  }

  [[gnu::always_inline]] static inline const Line& LineOf(const RuleMatcher& matcher, size_t block,
                                                          const RuleIndex::Step& step) {
    const RuleMatcher::Place& place = matcher.places_[step.metric];
    const Line* lines = matcher.rows_.lines.data() + step.first_line;
    if (place.lines != nullptr) return lines[place.lines[block]];
    // A missing metric refutes nothing.
    if (place.segment == kMissingSegment) return lines[step.count + 1];
    const uint32_t* starts = matcher.rows_.starts.data() + step.first_start;
    const uint32_t* after = std::upper_bound(starts, starts + step.count, place.segment);
    return lines[static_cast<size_t>(after - starts) - 1];
  }

  // The rows that no metric refutes; none of them mostly after a few steps.  Which lines these are
  // does not depend on what is left, so that the memory of several steps is waited for at once.
  [[gnu::always_inline]] static inline bool Combine(const RuleMatcher& matcher, size_t block,
                                                    Rows* possible) {
    constexpr uint32_t kStepsAtOnce = 4;
    const RuleIndex::Block& what = matcher.rows_.blocks[block];
    const RuleIndex::Step* step = matcher.rows_.steps.data() + what.first_step;
    const RuleIndex::Step* const end = step + what.step_count;
    *possible = Load(matcher.index_.live_[block]);
    for (; end - step >= kStepsAtOnce; step += kStepsAtOnce) {
      for (uint32_t i = 0; i < kStepsAtOnce; ++i) And(LineOf(matcher, block, step[i]), possible);
      if (!Any(*possible)) return false;
    }
    for (; step != end; ++step) And(LineOf(matcher, block, *step), possible);
    return Any(*possible);
  }

  // The rows for which no tested metric is missing.
  [[gnu::always_inline]] static inline Line CertainOf(const RuleMatcher& matcher, size_t block,
                                                      const Rows& possible) {
    const RuleIndex::Rows& rows = matcher.rows_;
    Rows certain = possible;
    if (!matcher.any_missing_) return Store(certain);
    const RuleIndex::Step* step = rows.steps.data() + rows.blocks[block].first_step;
    const RuleIndex::Step* end = step + rows.blocks[block].step_count;
    for (; step != end; ++step) {
      if (matcher.places_[step->metric].segment != kMissingSegment) continue;
      And(rows.lines[step->first_line + step->count], &certain);
    }
    return Store(certain);
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
  [[gnu::always_inline]] static inline void RunBlock(RuleMatcher* matcher, size_t block,
                                                     Emitter emit, RuleMatcher::Found* found) {
    Rows rows;
    if (!Combine(*matcher, block, &rows)) return;
    const size_t first_row = block * RuleIndex::kRowsPerBlock;
    const uint32_t* rules = matcher->index_.rules_.data() + first_row;
    const Line possible = Store(rows);
    Line certain = CertainOf(*matcher, block, rows);
    Line unknown;
    Line special_certain;
    Line special_possible;
    for (size_t i = 0; i < kWords; ++i) {
      const uint64_t special = matcher->rows_.blocks[block].special.words[i];
      const uint64_t uncertain = possible.words[i] & ~certain.words[i];
      special_certain.words[i] = certain.words[i] & special;
      special_possible.words[i] = uncertain & special;
      certain.words[i] &= ~special;
      unknown.words[i] = uncertain & ~special;
    }
    found->qualified += emit(certain, rules, matcher->qualified_.data() + found->qualified);
    EmitRows(special_certain, first_row, matcher->certain_rows_.data(), &found->certain);
    if (!matcher->any_missing_) return;
    found->unknown += emit(unknown, rules, matcher->unknown_.data() + found->unknown);
    EmitRows(special_possible, first_row, matcher->possible_rows_.data(), &found->possible);
  }

  // Asks for the lines that the block is sure to need.
  [[gnu::always_inline]] static inline void Prefetch(const RuleMatcher& matcher, size_t block) {
    const RuleIndex::Block& what = matcher.rows_.blocks[block];
    const RuleIndex::Step* steps = matcher.rows_.steps.data() + what.first_step;
    for (uint32_t i = 0; i < std::min(kPrefetched, what.step_count); ++i) {
      __builtin_prefetch(&LineOf(matcher, block, steps[i]));
    }
  }

  // Blocks of which a metric leaves nothing by itself are not looked at.
  [[gnu::always_inline]] static inline void Run(RuleMatcher* matcher, Emitter emit,
                                                RuleMatcher::Found* found) {
    for (size_t word = 0; word < matcher->busy_.size(); ++word) {
      for (uint64_t bits = matcher->busy_[word]; bits != 0;) {
        const size_t block = word * 64 + static_cast<size_t>(std::countr_zero(bits));
        bits &= bits - 1;
        if (bits != 0) {
          Prefetch(*matcher, word * 64 + static_cast<size_t>(std::countr_zero(bits)));
        }
        RunBlock(matcher, block, emit, found);
      }
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
      rows_(*index.rows_),
      run_(*run),
      kernel_(MatchKernels::Of(width)),
      places_(rows_.metrics.size()),
      busy_((rows_.blocks.size() + 63) / 64),
      qualified_(index.rules_.size() + index.loose_rules_.size() + kSlack),
      unknown_(qualified_.size()),
      certain_rows_(index.rules_.size()),
      possible_rows_(index.rules_.size()),
      decided_in_(index.plan_.rule_set().rules.size()) {}

void RuleMatcher::FindSegments() {
  any_missing_ = false;
  const size_t blocks = rows_.blocks.size();
  std::fill(busy_.begin(), busy_.end(), ~uint64_t{0});
  if (blocks % 64 != 0) busy_.back() = (uint64_t{1} << (blocks % 64)) - 1;
  for (uint32_t i = 0; i < places_.size(); ++i) {
    const MetricKey key = run_.keys()[i];
    const RuleIndex::MetricSegments& metric = rows_.metrics[i];
    const bool is_missing = key == kMissingKey;
    any_missing_ |= is_missing;
    const uint32_t segment =
        is_missing ? static_cast<uint32_t>(metric.bounds.size() + 1) : metric.SegmentOf(key);
    places_[i] = {is_missing ? kMissingSegment : segment, nullptr};
    if (metric.lines.empty()) continue;
    places_[i].lines = metric.lines.data() + segment * blocks;
    if (is_missing) continue;
    const uint64_t* busy = metric.busy.data() + segment * busy_.size();
    for (size_t word = 0; word < busy_.size(); ++word) busy_[word] &= busy[word];
  }
}

void RuleMatcher::Decide(uint32_t rule, Outcome outcome, Found* found) {
  if (outcome == Outcome::kQualified) qualified_[found->qualified++] = rule;
  if (outcome == Outcome::kUnknown) unknown_[found->unknown++] = rule;
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
    Decide(rule, outcome, found);
  };
  for (size_t i = 0; i < found->certain; ++i) {
    const uint32_t row = certain_rows_[i];
    const uint32_t rule = index_.rules_[row];
    if (decided_in_[rule] == call_) continue;
    if (!rows_.special[row].has_rest) decide(rule, Outcome::kQualified);
  }
  const auto decide_left = [&](const std::vector<uint32_t>& rows, size_t count) {
    for (size_t i = 0; i < count; ++i) {
      const uint32_t rule = index_.rules_[rows[i]];
      if (decided_in_[rule] == call_) continue;
      const bool ask = rows_.special[rows[i]].rule_has_rest;
      decide(rule, ask ? run_.OutcomeOf(rule) : Outcome::kUnknown);
    }
  };
  decide_left(certain_rows_, found->certain);
  decide_left(possible_rows_, found->possible);
}

void RuleMatcher::DecideLoose(Found* found) {
  for (const uint32_t rule : index_.loose_rules_) Decide(rule, run_.OutcomeOf(rule), found);
}

Matches RuleMatcher::Match() {
  FindSegments();
  Found found;
  kernel_(this, &found);
  if (found.certain + found.possible > 0) DecideSpecial(&found);
  DecideLoose(&found);
  return {{qualified_.data(), found.qualified}, {unknown_.data(), found.unknown}};
}

}  // namespace pql
