// AVX-512: 8 numbers, 16 codes, 32 small numbers or 64 bytes at a time, whose masks go to memory as
// they are.

#include "eval/columns/kernel_parts.h"

#if PQL_HAS_X86_KERNELS

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <limits>

namespace pql::internal {
namespace {

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
  if (ranges.empty()) std::fill_n(out, words, 0);
  for (const CodeRange& range : ranges) {
    const auto kept = static_cast<Mask16>(KeptBy(range, ranges));
    const __m512i low = _mm512_set1_epi32(static_cast<int>(range.low));
    const __m512i width = _mm512_set1_epi32(static_cast<int>(range.width));
    if (range.mask == ~uint64_t{0}) {
      for (size_t i = 0; i < count; ++i) {
        const __m512i distance = _mm512_sub_epi32(_mm512_loadu_si512(values + 16 * i), low);
        const __mmask16 bits = _mm512_cmple_epu32_mask(distance, width);
        masks[i] = static_cast<Mask16>((masks[i] & kept) | bits);
      }
      continue;
    }
    const __m512i first_half = _mm512_set1_epi32(static_cast<int>(range.mask));
    const __m512i second_half = _mm512_set1_epi32(static_cast<int>(range.mask >> 32));
    const __m512i half = _mm512_set1_epi32(32);
    for (size_t i = 0; i < count; ++i) {
      const __m512i distance = _mm512_sub_epi32(_mm512_loadu_si512(values + 16 * i), low);
      const __m512i chosen =
          _mm512_or_si512(_mm512_srlv_epi32(first_half, distance),
                          _mm512_srlv_epi32(second_half, _mm512_sub_epi32(distance, half)));
      const __mmask16 bits =
          _mm512_mask_test_epi32_mask(_mm512_cmple_epu32_mask(distance, width), chosen, one);
      masks[i] = static_cast<Mask16>((masks[i] & kept) | bits);
    }
  }
}

[[gnu::target(PQL_AVX512)]] bool SmallNumbersAvx512(const double* values, size_t words,
                                                    uint16_t* out) {
  for (size_t word = 0; word < words; ++word) {
    __mmask8 differs = 0;
    __m512i all = _mm512_setzero_si512();
    for (size_t i = 0; i < kRowsPerWord; i += 16, values += 16, out += 16) {
      PrefetchAhead(values);
      PrefetchAhead(values + 8);
      const __m512d low = _mm512_loadu_pd(values);
      const __m512d high = _mm512_loadu_pd(values + 8);
      const __m256i low_whole = _mm512_cvttpd_epi32(low);
      const __m256i high_whole = _mm512_cvttpd_epi32(high);
      differs |= _mm512_cmp_pd_mask(_mm512_cvtepi32_pd(low_whole), low, _CMP_NEQ_UQ);
      differs |= _mm512_cmp_pd_mask(_mm512_cvtepi32_pd(high_whole), high, _CMP_NEQ_UQ);
      const __m512i whole = _mm512_inserti64x4(_mm512_castsi256_si512(low_whole), high_whole, 1);
      all = _mm512_or_si512(all, whole);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), _mm512_cvtepi32_epi16(whole));
    }
    const __mmask16 beyond = _mm512_test_epi32_mask(all, _mm512_set1_epi32(~0xFFFF));
    if (differs != 0 || beyond != 0) return false;
  }
  return true;
}

[[gnu::target(PQL_AVX512)]] bool WholeNumbersAvx512(const double* values, size_t words,
                                                    uint32_t* out) {
  for (size_t word = 0; word < words; ++word) {
    __mmask8 differs = 0;
    __m256i all = _mm256_setzero_si256();
    for (size_t i = 0; i < kRowsPerWord; i += 8, values += 8, out += 8) {
      PrefetchAhead(values);
      const __m512d value = _mm512_loadu_pd(values);
      const __m256i whole = _mm512_cvttpd_epi32(value);
      differs |= _mm512_cmp_pd_mask(_mm512_cvtepi32_pd(whole), value, _CMP_NEQ_UQ);
      all = _mm256_or_si256(all, whole);
      _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), whole);
    }
    const int negative = _mm256_movemask_ps(_mm256_castsi256_ps(all));
    if (differs != 0 || negative != 0) return false;
  }
  return true;
}

[[gnu::target(PQL_AVX512)]] void SmallAvx512(const uint16_t* values, size_t words,
                                             std::span<const SmallRange> ranges, uint64_t* out) {
  using Mask32 [[gnu::may_alias]] = __mmask32;
  auto* masks = reinterpret_cast<Mask32*>(out);
  if (ranges.empty()) std::fill_n(out, words, 0);
  for (const SmallRange& range : ranges) {
    const __m512i low = _mm512_set1_epi16(static_cast<int16_t>(range.low));
    const __m512i width = _mm512_set1_epi16(static_cast<int16_t>(range.width));
    const bool is_first = KeptBy(range, ranges) == 0;
    for (size_t i = 0; i < words * kRowsPerWord / 32; i += 2) {
      const __m512i first = _mm512_sub_epi16(_mm512_loadu_si512(values + 32 * i), low);
      const __m512i second = _mm512_sub_epi16(_mm512_loadu_si512(values + 32 * i + 32), low);
      masks[i] = _mm512_cmple_epu16_mask(first, width) | (is_first ? 0 : masks[i]);
      masks[i + 1] = _mm512_cmple_epu16_mask(second, width) | (is_first ? 0 : masks[i + 1]);
    }
  }
}

[[gnu::target(PQL_AVX512)]] void BytesOfCodesAvx512(const uint32_t* values, size_t words,
                                                    uint8_t* out) {
  for (size_t i = 0; i < words * kRowsPerWord; i += 16) {
    PrefetchAhead(values + i);
    const __m512i codes = _mm512_loadu_si512(values + i);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i), _mm512_cvtepi32_epi8(codes));
  }
}

template <bool kHasHigh>
[[gnu::target(PQL_AVX512), gnu::always_inline]] inline void TestBytesAvx512(const uint8_t* values,
                                                                            size_t words,
                                                                            const ByteSet& set,
                                                                            uint64_t* out) {
  constexpr int64_t kBits = static_cast<int64_t>(0x8040201008040201);
  const auto* tables = reinterpret_cast<const __m128i*>(set.tables.data());
  const __m512i low_table = _mm512_broadcast_i32x4(_mm_loadu_si128(tables));
  const __m512i high_table = _mm512_broadcast_i32x4(_mm_loadu_si128(tables + 1));
  const __m512i low_bits = _mm512_set_epi64(0, kBits, 0, kBits, 0, kBits, 0, kBits);
  const __m512i high_bits = _mm512_set_epi64(kBits, 0, kBits, 0, kBits, 0, kBits, 0);
  const __m512i nibble = _mm512_set1_epi8(0x0F);
  for (size_t word = 0; word < words; ++word) {
    const __m512i value = _mm512_loadu_si512(values + word * kRowsPerWord);
    const __m512i column = _mm512_and_si512(value, nibble);
    const __m512i row = _mm512_and_si512(_mm512_srli_epi16(value, 4), nibble);
    uint64_t bits = _mm512_test_epi8_mask(_mm512_shuffle_epi8(low_table, column),
                                          _mm512_shuffle_epi8(low_bits, row));
    if constexpr (kHasHigh) {
      bits |= _mm512_test_epi8_mask(_mm512_shuffle_epi8(high_table, column),
                                    _mm512_shuffle_epi8(high_bits, row));
    }
    out[word] = bits;
  }
}

[[gnu::target(PQL_AVX512)]] void BytesAvx512(const uint8_t* values, size_t words,
                                             const ByteSet& set, uint64_t* out) {
  if (set.tables[1] == std::array<uint8_t, 16>{}) {
    TestBytesAvx512<false>(values, words, set, out);
  } else {
    TestBytesAvx512<true>(values, words, set, out);
  }
}

[[gnu::target(PQL_AVX512)]] void AllAvx512(std::span<const BitOperand> parts, size_t words,
                                           uint64_t* out) {
  All(parts, words, out);
}

[[gnu::target(PQL_AVX512)]] uint64_t CountAvx512(std::span<const uint64_t> words) {
  return Count(words);
}

}  // namespace

const ColumnKernels kAvx512Kernels{
    NumbersAvx512,      MicrosAvx512,       CodesAvx512, SmallNumbersAvx512, SmallAvx512,
    WholeNumbersAvx512, BytesOfCodesAvx512, BytesAvx512, AllAvx512,          CountAvx512};

}  // namespace pql::internal

#endif  // PQL_HAS_X86_KERNELS
