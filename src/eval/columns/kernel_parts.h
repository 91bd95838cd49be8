// What the kernels of every width share.  Part of column_kernels.h.

#ifndef PQL_EVAL_COLUMNS_KERNEL_PARTS_H_
#define PQL_EVAL_COLUMNS_KERNEL_PARTS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "eval/columns/column_kernels.h"

namespace pql::internal {

#if PQL_HAS_X86_KERNELS
extern const ColumnKernels kAvx2Kernels;
extern const ColumnKernels kAvx512Kernels;
#endif

using Group [[gnu::vector_size(64), gnu::may_alias, gnu::aligned(8)]] = uint64_t;
static_assert(sizeof(Group) == kWordsPerGroup * sizeof(uint64_t));

// What makes a smaller form of a column comes to its values first: those that far ahead are fetched
// from memory meanwhile, at the end those of the next chunk.  An address alone, of which there need
// not be anything.
[[gnu::always_inline]] inline void PrefetchAhead(const void* values) {
  constexpr uintptr_t kDistance = 8'192;
  __builtin_prefetch(
      reinterpret_cast<const void*>(reinterpret_cast<uintptr_t>(values) + kDistance));
}

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

[[gnu::always_inline]] inline uint64_t Count(std::span<const uint64_t> words) {
  uint64_t count = 0;
  for (const uint64_t word : words) count += static_cast<uint64_t>(std::popcount(word));
  return count;
}

// The bits of a range stay when the next one's come.
template <typename Range>
constexpr uint64_t KeptBy(const Range& range, std::span<const Range> ranges) {
  return &range == ranges.data() ? 0 : ~uint64_t{0};
}

}  // namespace pql::internal

#endif  // PQL_EVAL_COLUMNS_KERNEL_PARTS_H_
