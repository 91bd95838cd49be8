// Whether a text is all ASCII, which most texts are: a few instructions for a short one.
//
// Thread-safe: no state.

#ifndef PQL_BASE_ASCII_H_
#define PQL_BASE_ASCII_H_

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/load_word.h"

namespace pql {

inline bool IsAscii(std::string_view text) {
  constexpr uint64_t kHighBits = 0x8080'8080'8080'8080;
  const char* const bytes = text.data();
  const size_t size = text.size();
  uint64_t all = 0;  // of the bytes, or-ed
  if (size >= 8) {
    for (size_t i = 0; i + 8 < size; i += 8) all |= LoadWord<uint64_t>(bytes + i);
    all |= LoadWord<uint64_t>(bytes + size - 8);  // which overlaps the one before
  } else if (size >= 4) {
    all = LoadWord<uint32_t>(bytes) | LoadWord<uint32_t>(bytes + size - 4);
  } else {
    for (const char c : text) all |= static_cast<unsigned char>(c);
  }
  return (all & kHighBits) == 0;
}

}  // namespace pql

#endif  // PQL_BASE_ASCII_H_
