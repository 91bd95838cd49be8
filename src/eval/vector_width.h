// How wide the instructions of the machine are: chosen when the program runs, so that one program
// serves every machine.  Pure functions; thread-safe.

#ifndef PQL_EVAL_VECTOR_WIDTH_H_
#define PQL_EVAL_VECTOR_WIDTH_H_

#include <cstdint>
#include <vector>

#if defined(__x86_64__) && defined(__GNUC__)
#define PQL_HAS_X86_KERNELS 1
// As arguments of [[gnu::target]], which clang takes as well as gcc.
#define PQL_AVX2 "avx2,bmi,bmi2,lzcnt,popcnt"
#define PQL_AVX512 "avx512f,avx512bw,avx512dq,avx2,bmi,bmi2,lzcnt,popcnt"
#else
#define PQL_HAS_X86_KERNELS 0
#endif

namespace pql {

enum class VectorWidth : uint8_t { kPortable, kAvx2, kAvx512 };

// What this machine has, the widest last.
inline std::vector<VectorWidth> VectorWidthsHere() {
  std::vector<VectorWidth> widths = {VectorWidth::kPortable};
#if PQL_HAS_X86_KERNELS
  if (__builtin_cpu_supports("avx2") != 0) widths.push_back(VectorWidth::kAvx2);
  if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
      __builtin_cpu_supports("avx512dq") != 0) {
    widths.push_back(VectorWidth::kAvx512);
  }
#endif
  return widths;
}

inline VectorWidth WidestVector() { return VectorWidthsHere().back(); }

}  // namespace pql

#endif  // PQL_EVAL_VECTOR_WIDTH_H_
