#include "eval/columns/column_kernels.h"

#include <algorithm>

#if PQL_HAS_X86_KERNELS
#include <immintrin.h>
#endif

namespace pql {
namespace {

// --- Every width ---

using Group [[gnu::vector_size(64), gnu::may_alias, gnu::aligned(8)]] = uint64_t;
static_assert(sizeof(Group) == kWordsPerGroup * sizeof(uint64_t));

[[gnu::always_inline]] inline void All(std::span<const BitOperand> parts, size_t words,
                                       uint64_t* out) {
  for (size_t word = 0; word < words; word += kWordsPerGroup) {
    Group all = ~Group{};
    for (const BitOperand& part : parts) {
      all &= *reinterpret_cast<const Group*>(part.words + word) ^ part.flip;
    }
    *reinterpret_cast<Group*>(out + word) = all;
  }
}

// 64 rows at a time, by what says whether one value is in a range.
template <typename T, typename Range, typename Holds>
[[gnu::always_inline]] inline void TestOneByOne(const T* values, size_t words,
                                                std::span<const Range> ranges, uint64_t* out,
                                                const Holds& holds) {
  for (size_t word = 0; word < words; ++word, values += kRowsPerWord) {
    uint64_t bits = 0;
    for (const Range& range : ranges) {
      for (size_t i = 0; i < kRowsPerWord; ++i) {
        bits |= static_cast<uint64_t>(holds(range, values[i])) << i;
      }
    }
    out[word] = bits;
  }
}

void NumbersPortably(const double* values, size_t words, std::span<const NumberRange> ranges,
                     uint64_t* out) {
  TestOneByOne(values, words, ranges, out, [](const NumberRange& range, double value) {
    return value >= range.low && value <= range.high;
  });
}

void MicrosPortably(const int64_t* values, size_t words, std::span<const MicrosRange> ranges,
                    uint64_t* out) {
  TestOneByOne(values, words, ranges, out,
               [](const MicrosRange& range, int64_t value) { return range.Holds(value); });
}

void CodesPortably(const uint32_t* values, size_t words, std::span<const CodeRange> ranges,
                   uint64_t* out) {
  TestOneByOne(values, words, ranges, out,
               [](const CodeRange& range, uint32_t value) { return range.Holds(value); });
}

void AllPortably(std::span<const BitOperand> parts, size_t words, uint64_t* out) {
  All(parts, words, out);
}

constexpr ColumnKernels kPortable{NumbersPortably, MicrosPortably, CodesPortably, AllPortably};

#if PQL_HAS_X86_KERNELS

// --- AVX2: 4 numbers or 8 codes at a time ---

#define PQL_AVX2_INLINE [[gnu::target(PQL_AVX2), gnu::always_inline]] inline

// What AVX2 compares comes as lanes of ones and zeros, which are made narrower until a bit of each
// can be taken at once.

// 8 lanes of 32 bits each, in the order of the rows.
PQL_AVX2_INLINE uint32_t BitsOfQuarters(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_permutevar8x32_epi32(bytes, order)));
}

// 8 rows of two times 4 lanes of 64 bits as lanes of 32 bits, of which row 2 and 3 change places
// with row 4 and 5.
PQL_AVX2_INLINE __m256i Halves(__m256d a, __m256d b) {
  return _mm256_castps_si256(
      _mm256_shuffle_ps(_mm256_castpd_ps(a), _mm256_castpd_ps(b), 0b10'00'10'00));
}

// The same of what Halves made: rows 2 and 3 go back to their places.
PQL_AVX2_INLINE uint32_t BitsOfHalves(__m256i a, __m256i b, __m256i c, __m256i d) {
  const __m256i bytes = _mm256_packs_epi16(_mm256_packs_epi32(a, b), _mm256_packs_epi32(c, d));
  const __m256i groups = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  const __m256i rows = _mm256_setr_epi8(0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15,  //
                                        0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15);
  const __m256i grouped = _mm256_permutevar8x32_epi32(bytes, groups);
  return static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_shuffle_epi8(grouped, rows)));
}

// Tests: `In` says which of the values from `at` on are in a range, as lanes.

template <bool kHasLow, bool kHasHigh>
struct NumbersIn {
  using Value = double;
  __m256d low;
  __m256d high;

  PQL_AVX2_INLINE explicit NumbersIn(const NumberRange& range)
      : low(_mm256_set1_pd(range.low)), high(_mm256_set1_pd(range.high)) {}
  PQL_AVX2_INLINE __m256d Four(const double* at) const {
    const __m256d value = _mm256_loadu_pd(at);
    if constexpr (!kHasHigh) return _mm256_cmp_pd(value, low, _CMP_GE_OQ);
    if constexpr (!kHasLow) return _mm256_cmp_pd(value, high, _CMP_LE_OQ);
    return _mm256_and_pd(_mm256_cmp_pd(value, low, _CMP_GE_OQ),
                         _mm256_cmp_pd(value, high, _CMP_LE_OQ));
  }
  PQL_AVX2_INLINE uint32_t Bits(const double* at) const {
    return BitsOfHalves(Halves(Four(at), Four(at + 4)), Halves(Four(at + 8), Four(at + 12)),
                        Halves(Four(at + 16), Four(at + 20)), Halves(Four(at + 24), Four(at + 28)));
  }
};

// Only signed numbers can be compared: both sides are moved by 2^63.
struct MicrosIn {
  using Value = int64_t;
  static constexpr uint64_t kSign = uint64_t{1} << 63;
  __m256i low;
  __m256i width;

  PQL_AVX2_INLINE explicit MicrosIn(const MicrosRange& range)
      : low(_mm256_set1_epi64x(static_cast<int64_t>(range.low + kSign))),
        width(_mm256_set1_epi64x(static_cast<int64_t>(range.width ^ kSign))) {}
  PQL_AVX2_INLINE __m256d FourBeyond(const int64_t* at) const {
    const __m256i value = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    return _mm256_castsi256_pd(_mm256_cmpgt_epi64(_mm256_sub_epi64(value, low), width));
  }
  PQL_AVX2_INLINE uint32_t Bits(const int64_t* at) const {
    return ~BitsOfHalves(Halves(FourBeyond(at), FourBeyond(at + 4)),
                         Halves(FourBeyond(at + 8), FourBeyond(at + 12)),
                         Halves(FourBeyond(at + 16), FourBeyond(at + 20)),
                         Halves(FourBeyond(at + 24), FourBeyond(at + 28)));
  }
};

template <bool kChosen>
struct CodesIn {
  using Value = uint32_t;
  __m256i low;
  __m256i width;
  __m256i first_half;
  __m256i second_half;

  PQL_AVX2_INLINE explicit CodesIn(const CodeRange& range)
      : low(_mm256_set1_epi32(static_cast<int>(range.low))),
        width(_mm256_set1_epi32(static_cast<int>(range.width))),
        first_half(_mm256_set1_epi32(static_cast<int>(range.mask))),
        second_half(_mm256_set1_epi32(static_cast<int>(range.mask >> 32))) {}
  PQL_AVX2_INLINE __m256i Eight(const uint32_t* at) const {
    const __m256i value = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i distance = _mm256_sub_epi32(value, low);
    const __m256i in_range = _mm256_cmpeq_epi32(_mm256_min_epu32(distance, width), distance);
    if constexpr (!kChosen) return in_range;
    // A shift by 32 or more gives 0.
    const __m256i in_second = _mm256_sub_epi32(distance, _mm256_set1_epi32(32));
    const __m256i chosen = _mm256_or_si256(_mm256_srlv_epi32(first_half, distance),
                                           _mm256_srlv_epi32(second_half, in_second));
    return _mm256_and_si256(in_range, _mm256_srai_epi32(_mm256_slli_epi32(chosen, 31), 31));
  }
  PQL_AVX2_INLINE uint32_t Bits(const uint32_t* at) const {
    return BitsOfQuarters(Eight(at), Eight(at + 8), Eight(at + 16), Eight(at + 24));
  }
};

// `kept`: the bits of `out` that stay.
template <typename In, typename Range>
PQL_AVX2_INLINE void TestAvx2(const typename In::Value* values, size_t words, const Range& range,
                              uint64_t kept, uint64_t* out) {
  const In in(range);
  for (size_t word = 0; word < words; ++word, values += kRowsPerWord) {
    const uint64_t bits = in.Bits(values) | static_cast<uint64_t>(in.Bits(values + 32)) << 32;
    out[word] = (out[word] & kept) | bits;
  }
}

[[gnu::target(PQL_AVX2)]] void NumbersAvx2(const double* values, size_t words,
                                           std::span<const NumberRange> ranges, uint64_t* out) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (ranges.empty()) std::fill_n(out, words, 0);
  for (const NumberRange& range : ranges) {
    const uint64_t kept = &range == ranges.data() ? 0 : ~uint64_t{0};
    if (range.high == kInfinity) {  // mostly one comparison is enough
      TestAvx2<NumbersIn<true, false>>(values, words, range, kept, out);
    } else if (range.low == -kInfinity) {
      TestAvx2<NumbersIn<false, true>>(values, words, range, kept, out);
    } else {
      TestAvx2<NumbersIn<true, true>>(values, words, range, kept, out);
    }
  }
}

[[gnu::target(PQL_AVX2)]] void MicrosAvx2(const int64_t* values, size_t words,
                                          std::span<const MicrosRange> ranges, uint64_t* out) {
  if (ranges.empty()) std::fill_n(out, words, 0);
  for (const MicrosRange& range : ranges) {
    const uint64_t kept = &range == ranges.data() ? 0 : ~uint64_t{0};
    TestAvx2<MicrosIn>(values, words, range, kept, out);
  }
}

[[gnu::target(PQL_AVX2)]] void CodesAvx2(const uint32_t* values, size_t words,
                                         std::span<const CodeRange> ranges, uint64_t* out) {
  if (ranges.empty()) std::fill_n(out, words, 0);
  for (const CodeRange& range : ranges) {
    const uint64_t kept = &range == ranges.data() ? 0 : ~uint64_t{0};
    if (range.mask == ~uint64_t{0}) {
      TestAvx2<CodesIn<false>>(values, words, range, kept, out);
    } else {
      TestAvx2<CodesIn<true>>(values, words, range, kept, out);
    }
  }
}

[[gnu::target(PQL_AVX2)]] void AllAvx2(std::span<const BitOperand> parts, size_t words,
                                       uint64_t* out) {
  All(parts, words, out);
}

constexpr ColumnKernels kAvx2{NumbersAvx2, MicrosAvx2, CodesAvx2, AllAvx2};

// --- AVX-512: 8 numbers or 16 codes at a time, whose mask goes to memory as it is ---

[[gnu::target(PQL_AVX512)]] void NumbersAvx512(const double* values, size_t words,
                                               std::span<const NumberRange> ranges, uint64_t* out) {
  auto* bytes = reinterpret_cast<__mmask8*>(out);
  const size_t count = words * kRowsPerWord / 8;
  if (ranges.size() != 1) {
    for (size_t i = 0; i < count; ++i) {
      const __m512d value = _mm512_loadu_pd(values + 8 * i);
      __mmask8 bits = 0;
      for (const NumberRange& range : ranges) {
        const __mmask8 above = _mm512_cmp_pd_mask(value, _mm512_set1_pd(range.low), _CMP_GE_OQ);
        bits |= _mm512_mask_cmp_pd_mask(above, value, _mm512_set1_pd(range.high), _CMP_LE_OQ);
      }
      bytes[i] = bits;
    }
    return;
  }
  // Mostly one comparison is enough.
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const __m512d low = _mm512_set1_pd(ranges[0].low);
  const __m512d high = _mm512_set1_pd(ranges[0].high);
  if (ranges[0].high == kInfinity) {
    for (size_t i = 0; i < count; ++i) {
      bytes[i] = _mm512_cmp_pd_mask(_mm512_loadu_pd(values + 8 * i), low, _CMP_GE_OQ);
    }
  } else if (ranges[0].low == -kInfinity) {
    for (size_t i = 0; i < count; ++i) {
      bytes[i] = _mm512_cmp_pd_mask(_mm512_loadu_pd(values + 8 * i), high, _CMP_LE_OQ);
    }
  } else {
    for (size_t i = 0; i < count; ++i) {
      const __m512d value = _mm512_loadu_pd(values + 8 * i);
      const __mmask8 above = _mm512_cmp_pd_mask(value, low, _CMP_GE_OQ);
      bytes[i] = _mm512_mask_cmp_pd_mask(above, value, high, _CMP_LE_OQ);
    }
  }
}

[[gnu::target(PQL_AVX512)]] void MicrosAvx512(const int64_t* values, size_t words,
                                              std::span<const MicrosRange> ranges, uint64_t* out) {
  auto* bytes = reinterpret_cast<__mmask8*>(out);
  for (size_t i = 0; i < words * kRowsPerWord / 8; ++i) {
    const __m512i value = _mm512_loadu_si512(values + 8 * i);
    __mmask8 bits = 0;
    for (const MicrosRange& range : ranges) {
      const __m512i low = _mm512_set1_epi64(static_cast<int64_t>(range.low));
      const __m512i width = _mm512_set1_epi64(static_cast<int64_t>(range.width));
      bits |= _mm512_cmple_epu64_mask(_mm512_sub_epi64(value, low), width);
    }
    bytes[i] = bits;
  }
}

[[gnu::target(PQL_AVX512)]] void CodesAvx512(const uint32_t* values, size_t words,
                                             std::span<const CodeRange> ranges, uint64_t* out) {
  using Mask16 [[gnu::may_alias]] = __mmask16;
  auto* masks = reinterpret_cast<Mask16*>(out);
  const size_t count = words * kRowsPerWord / 16;
  const __m512i one = _mm512_set1_epi32(1);
  if (ranges.size() == 1 && ranges[0].low == 0 && ranges[0].width <= 63) {
    // A shift by 32 or more gives 0.
    const uint64_t mask = ranges[0].mask & (~uint64_t{0} >> (63 - ranges[0].width));
    const __m512i first_half = _mm512_set1_epi32(static_cast<int>(mask));
    const __m512i second_half = _mm512_set1_epi32(static_cast<int>(mask >> 32));
    if (mask >> 32 == 0) {
      for (size_t i = 0; i < count; ++i) {
        const __m512i code = _mm512_loadu_si512(values + 16 * i);
        masks[i] = _mm512_test_epi32_mask(_mm512_srlv_epi32(first_half, code), one);
      }
      return;
    }
    const __m512i half = _mm512_set1_epi32(32);
    for (size_t i = 0; i < count; ++i) {
      const __m512i code = _mm512_loadu_si512(values + 16 * i);
      const __m512i chosen =
          _mm512_or_si512(_mm512_srlv_epi32(first_half, code),
                          _mm512_srlv_epi32(second_half, _mm512_sub_epi32(code, half)));
      masks[i] = _mm512_test_epi32_mask(chosen, one);
    }
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    const __m512i code = _mm512_loadu_si512(values + 16 * i);
    __mmask16 bits = 0;
    for (const CodeRange& range : ranges) {
      const __m512i distance =
          _mm512_sub_epi32(code, _mm512_set1_epi32(static_cast<int>(range.low)));
      const __m512i width = _mm512_set1_epi32(static_cast<int>(range.width));
      const __m512i beyond_half = _mm512_sub_epi32(distance, _mm512_set1_epi32(32));
      __mmask16 chosen = _mm512_cmple_epu32_mask(distance, width);
      if (range.mask != ~uint64_t{0}) {
        const __m512i first_half = _mm512_set1_epi32(static_cast<int>(range.mask));
        const __m512i second_half = _mm512_set1_epi32(static_cast<int>(range.mask >> 32));
        chosen = _mm512_mask_test_epi32_mask(
            chosen,
            _mm512_or_si512(_mm512_srlv_epi32(first_half, distance),
                            _mm512_srlv_epi32(second_half, beyond_half)),
            one);
      }
      bits |= chosen;
    }
    masks[i] = bits;
  }
}

[[gnu::target(PQL_AVX512)]] void AllAvx512(std::span<const BitOperand> parts, size_t words,
                                           uint64_t* out) {
  All(parts, words, out);
}

constexpr ColumnKernels kAvx512{NumbersAvx512, MicrosAvx512, CodesAvx512, AllAvx512};

#endif  // PQL_HAS_X86_KERNELS

}  // namespace

const ColumnKernels& ColumnKernels::Of(VectorWidth width) {
#if PQL_HAS_X86_KERNELS
  if (width == VectorWidth::kAvx512) return kAvx512;
  if (width == VectorWidth::kAvx2) return kAvx2;
#endif
  return kPortable;
}

}  // namespace pql
