// AVX2: 4 numbers, 8 codes, 16 small numbers or 32 bytes at a time.

#include "eval/columns/kernel_parts.h"

#if PQL_HAS_X86_KERNELS

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <limits>

namespace pql::internal {
namespace {

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
    const uint64_t kept = KeptBy(range, ranges);
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
    const uint64_t kept = KeptBy(range, ranges);
    TestAvx2<MicrosIn>(values, words, range, kept, out);
  }
}

[[gnu::target(PQL_AVX2)]] void CodesAvx2(const uint32_t* values, size_t words,
                                         std::span<const CodeRange> ranges, uint64_t* out) {
  if (ranges.empty()) std::fill_n(out, words, 0);
  for (const CodeRange& range : ranges) {
    const uint64_t kept = KeptBy(range, ranges);
    if (range.mask == ~uint64_t{0}) {
      TestAvx2<CodesIn<false>>(values, words, range, kept, out);
    } else {
      TestAvx2<CodesIn<true>>(values, words, range, kept, out);
    }
  }
}

// 16 lanes of 16 bits each, in the order of the rows.
PQL_AVX2_INLINE uint32_t BitsOfEighths(__m256i a, __m256i b) {
  constexpr int kInOrder = 0b11'01'10'00;  // packs take turns by half
  return static_cast<uint32_t>(
      _mm256_movemask_epi8(_mm256_permute4x64_epi64(_mm256_packs_epi16(a, b), kInOrder)));
}

struct SmallIn {
  using Value = uint16_t;
  __m256i low;
  __m256i width;

  PQL_AVX2_INLINE explicit SmallIn(const SmallRange& range)
      : low(_mm256_set1_epi16(static_cast<int16_t>(range.low))),
        width(_mm256_set1_epi16(static_cast<int16_t>(range.width))) {}
  PQL_AVX2_INLINE __m256i Sixteen(const uint16_t* at) const {
    const __m256i value = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i distance = _mm256_sub_epi16(value, low);
    return _mm256_cmpeq_epi16(_mm256_min_epu16(distance, width), distance);
  }
  PQL_AVX2_INLINE uint32_t Bits(const uint16_t* at) const {
    return BitsOfEighths(Sixteen(at), Sixteen(at + 16));
  }
};

template <bool kHasHigh>
struct BytesIn {
  using Value = uint8_t;
  __m256i low_table;
  __m256i high_table;

  PQL_AVX2_INLINE explicit BytesIn(const ByteSet& set)
      : low_table(Twice(set.tables[0])), high_table(Twice(set.tables[1])) {}
  PQL_AVX2_INLINE static __m256i Twice(const std::array<uint8_t, 16>& table) {
    return _mm256_broadcastsi128_si256(
        _mm_loadu_si128(reinterpret_cast<const __m128i*>(table.data())));
  }
  PQL_AVX2_INLINE uint32_t Bits(const uint8_t* at) const {
    constexpr int64_t kBits = static_cast<int64_t>(0x8040201008040201);
    const __m256i nibble = _mm256_set1_epi8(0x0F);
    const __m256i value = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i column = _mm256_and_si256(value, nibble);
    const __m256i row = _mm256_and_si256(_mm256_srli_epi16(value, 4), nibble);
    const __m256i low_bits = _mm256_setr_epi64x(kBits, 0, kBits, 0);
    __m256i found = _mm256_and_si256(_mm256_shuffle_epi8(low_table, column),
                                     _mm256_shuffle_epi8(low_bits, row));
    if constexpr (kHasHigh) {
      const __m256i high_bits = _mm256_setr_epi64x(0, kBits, 0, kBits);
      found = _mm256_or_si256(found, _mm256_and_si256(_mm256_shuffle_epi8(high_table, column),
                                                      _mm256_shuffle_epi8(high_bits, row)));
    }
    const __m256i absent = _mm256_cmpeq_epi8(found, _mm256_setzero_si256());
    return ~static_cast<uint32_t>(_mm256_movemask_epi8(absent));
  }
};

[[gnu::target(PQL_AVX2)]] bool SmallNumbersAvx2(const double* values, size_t words, uint16_t* out) {
  constexpr int kInOrder = 0b11'01'10'00;
  for (size_t word = 0; word < words; ++word) {
    __m256d differs = _mm256_setzero_pd();
    __m256i all = _mm256_setzero_si256();
    for (size_t i = 0; i < kRowsPerWord; i += 16, values += 16, out += 16) {
      PrefetchAhead(values);
      PrefetchAhead(values + 8);
      __m128i whole[4];
      for (size_t k = 0; k < 4; ++k) {
        const __m256d value = _mm256_loadu_pd(values + 4 * k);
        whole[k] = _mm256_cvttpd_epi32(value);
        differs =
            _mm256_or_pd(differs, _mm256_cmp_pd(_mm256_cvtepi32_pd(whole[k]), value, _CMP_NEQ_UQ));
      }
      const __m256i first = _mm256_set_m128i(whole[1], whole[0]);
      const __m256i second = _mm256_set_m128i(whole[3], whole[2]);
      all = _mm256_or_si256(all, _mm256_or_si256(first, second));
      const __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi32(first, second), kInOrder);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), packed);
    }
    const __m256i beyond = _mm256_srli_epi32(all, 16);
    if (_mm256_movemask_pd(differs) != 0 || _mm256_testz_si256(beyond, beyond) == 0) return false;
  }
  return true;
}

[[gnu::target(PQL_AVX2)]] bool WholeNumbersAvx2(const double* values, size_t words, uint32_t* out) {
  for (size_t word = 0; word < words; ++word) {
    __m256d differs = _mm256_setzero_pd();
    __m128i all = _mm_setzero_si128();
    for (size_t i = 0; i < kRowsPerWord; i += 4, values += 4, out += 4) {
      const __m256d value = _mm256_loadu_pd(values);
      const __m128i whole = _mm256_cvttpd_epi32(value);
      differs = _mm256_or_pd(differs, _mm256_cmp_pd(_mm256_cvtepi32_pd(whole), value, _CMP_NEQ_UQ));
      all = _mm_or_si128(all, whole);
      _mm_storeu_si128(reinterpret_cast<__m128i*>(out), whole);
    }
    const int negative = _mm_movemask_ps(_mm_castsi128_ps(all));
    if (_mm256_movemask_pd(differs) != 0 || negative != 0) return false;
  }
  return true;
}

[[gnu::target(PQL_AVX2)]] void SmallAvx2(const uint16_t* values, size_t words,
                                         std::span<const SmallRange> ranges, uint64_t* out) {
  if (ranges.empty()) std::fill_n(out, words, 0);
  for (const SmallRange& range : ranges) {
    TestAvx2<SmallIn>(values, words, range, KeptBy(range, ranges), out);
  }
}

[[gnu::target(PQL_AVX2)]] void BytesOfCodesAvx2(const uint32_t* values, size_t words,
                                                uint8_t* out) {
  const __m256i lowest = _mm256_set1_epi32(0xFF);
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  for (size_t i = 0; i < words * kRowsPerWord; i += 32) {
    PrefetchAhead(values + i);
    PrefetchAhead(values + i + 16);
    __m256i part[4];
    for (size_t k = 0; k < 4; ++k) {
      const auto* at = reinterpret_cast<const __m256i*>(values + i + 8 * k);
      part[k] = _mm256_and_si256(_mm256_loadu_si256(at), lowest);
    }
    const __m256i packed = _mm256_packus_epi16(_mm256_packus_epi32(part[0], part[1]),
                                               _mm256_packus_epi32(part[2], part[3]));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + i),
                        _mm256_permutevar8x32_epi32(packed, order));
  }
}

[[gnu::target(PQL_AVX2)]] void BytesAvx2(const uint8_t* values, size_t words, const ByteSet& set,
                                         uint64_t* out) {
  if (set.tables[1] == std::array<uint8_t, 16>{}) {
    TestAvx2<BytesIn<false>>(values, words, set, 0, out);
  } else {
    TestAvx2<BytesIn<true>>(values, words, set, 0, out);
  }
}

[[gnu::target(PQL_AVX2)]] void AllAvx2(std::span<const BitOperand> parts, size_t words,
                                       uint64_t* out) {
  All(parts, words, out);
}

[[gnu::target(PQL_AVX2)]] uint64_t CountAvx2(std::span<const uint64_t> words) {
  return Count(words);
}

}  // namespace

const ColumnKernels kAvx2Kernels{NumbersAvx2, MicrosAvx2,       CodesAvx2,        SmallNumbersAvx2,
                                 SmallAvx2,   WholeNumbersAvx2, BytesOfCodesAvx2, BytesAvx2,
                                 AllAvx2,     CountAvx2};

}  // namespace pql::internal

#endif  // PQL_HAS_X86_KERNELS
