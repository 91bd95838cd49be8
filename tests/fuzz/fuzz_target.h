// What the fuzz targets share.  A target is one file with LLVMFuzzerTestOneInput; it promises more
// than "does not crash": a property that does not hold ends the process with a message, which is a
// finding to libFuzzer and a failing test to ctest.  Thread-safe: no state.

#ifndef PQL_TESTS_FUZZ_FUZZ_TARGET_H_
#define PQL_TESTS_FUZZ_FUZZ_TARGET_H_

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace pql::fuzz {

// Ends the process unless the property holds; `detail` goes to standard error.
inline void Require(bool holds, const char* property, std::string_view detail = "") {
  if (holds) return;
  std::fprintf(stderr, "property violated: %s\n%.*s\n", property, static_cast<int>(detail.size()),
               detail.data());
  std::abort();
}

inline std::string TextOf(const uint8_t* data, size_t size) {
  return size == 0 ? "" : std::string(reinterpret_cast<const char*>(data), size);
}

}  // namespace pql::fuzz

#endif  // PQL_TESTS_FUZZ_FUZZ_TARGET_H_
