#include "eval/columns/column_kernels.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "eval/columns/kernel_parts.h"

namespace pql {
namespace {

using internal::KeptBy;

// 64 rows at a time, by what says whether a value is in a range.  `kept`: the bits of `out` that
// stay.
template <typename T, typename Holds>
[[gnu::always_inline]] inline void TestOneByOne(const T* values, size_t words, uint64_t kept,
                                                uint64_t* out, const Holds& holds) {
  constexpr uint64_t kGather = 0x0102040810204080;  // the lowest bits of 8 bytes, to the top
  for (size_t word = 0; word < words; ++word, values += kRowsPerWord) {
    std::array<uint8_t, kRowsPerWord> flags;
    for (size_t i = 0; i < kRowsPerWord; ++i) flags[i] = holds(values[i]) ? 1 : 0;
    uint64_t bits = 0;
    for (size_t i = 0; i < kRowsPerWord; i += 8) {
      uint64_t eight;
      std::memcpy(&eight, flags.data() + i, sizeof(eight));
      bits |= eight * kGather >> 56 << i;
    }
    out[word] = (out[word] & kept) | bits;
  }
}

template <typename T, typename Range>
void TestRanges(const T* values, size_t words, std::span<const Range> ranges, uint64_t* out) {
  if (ranges.empty()) std::fill_n(out, words, 0);
  for (const Range& range : ranges) {
    TestOneByOne(values, words, KeptBy(range, ranges), out,
                 [range](T value) { return range.Holds(value); });
  }
}

// Without vectors a small form is not worth the making.
template <typename T>
bool NoWholeNumbers(const double* /*values*/, size_t /*words*/, T* /*out*/) {
  return false;
}

void BytesOfCodes(const uint32_t* values, size_t words, uint8_t* out) {
  for (size_t i = 0; i < words * kRowsPerWord; ++i) out[i] = static_cast<uint8_t>(values[i]);
}

void BytesPortably(const uint8_t* values, size_t words, const ByteSet& set, uint64_t* out) {
  TestOneByOne(values, words, 0, out, [&set](uint8_t value) { return set.Holds(value); });
}

void AllPortably(std::span<const BitOperand> parts, size_t words, uint64_t* out) {
  internal::All(parts, words, out);
}

uint64_t CountPortably(std::span<const uint64_t> words) { return internal::Count(words); }

constexpr ColumnKernels kPortable{TestRanges<double, NumberRange>,
                                  TestRanges<int64_t, MicrosRange>,
                                  TestRanges<uint32_t, CodeRange>,
                                  NoWholeNumbers<uint16_t>,
                                  TestRanges<uint16_t, SmallRange>,
                                  NoWholeNumbers<uint32_t>,
                                  BytesOfCodes,
                                  BytesPortably,
                                  AllPortably,
                                  CountPortably};

}  // namespace

const ColumnKernels& ColumnKernels::Of(VectorWidth width) {
#if PQL_HAS_X86_KERNELS
  if (width == VectorWidth::kAvx512) return internal::kAvx512Kernels;
  if (width == VectorWidth::kAvx2) return internal::kAvx2Kernels;
#endif
  return kPortable;
}

}  // namespace pql
