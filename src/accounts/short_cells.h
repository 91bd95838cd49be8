// What most cells of a CSV are, read fast: short numbers, and texts that came a moment ago.
// Part of the readers.

#ifndef PQL_ACCOUNTS_SHORT_CELLS_H_
#define PQL_ACCOUNTS_SHORT_CELLS_H_

#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/load_word.h"

namespace pql {

// ParseNumber for what most numbers are: up to eight digits and points, at most one of these. False
// says nothing.  REQUIRES: eight readable bytes, size > 0.
inline bool ParseShortNumber(const char* text, size_t size, double* number) {
  if (size > 8 || std::endian::native != std::endian::little) return false;
  constexpr uint64_t kZeros = 0x3030303030303030;
  // The first digit is the lowest byte.  Zeros in front make them eight.
  uint64_t digits =
      LoadWord<uint64_t>(text) << (8 * (8 - size)) | kZeros >> (4 * size) >> (4 * size);
  const uint64_t without_points = digits ^ 0x2E2E2E2E2E2E2E2E;
  const uint64_t points =
      (without_points - 0x0101010101010101) & ~without_points & 0x8080808080808080;
  size_t decimals = 0;
  if (points != 0) {
    if (size == 1) return false;
    // What stands before the first point takes its place; a second one is no digit.
    const auto point = static_cast<size_t>(std::countr_zero(points) & ~7);
    const uint64_t before = (uint64_t{1} << point) - 1;
    digits = (digits & ~(before << 8 | 0xFF)) | (digits & before) << 8 | 0x30;
    decimals = 7 - point / 8;
  }
  if (((digits & 0xF0F0F0F0F0F0F0F0) | ((digits + 0x0606060606060606) & 0xF0F0F0F0F0F0F0F0) >> 4) !=
      0x3333333333333333) {
    return false;
  }
  // Pairs of digits, then of pairs, then of these.
  digits = (digits & 0x0F0F0F0F0F0F0F0F) * 2561 >> 8;
  digits = (digits & 0x00FF00FF00FF00FF) * 6553601 >> 16;
  digits = (digits & 0x0000FFFF0000FFFF) * 42949672960001 >> 32;
  constexpr double kPowersOfTen[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7};
  // Both exact, so that the quotient is the nearest double.
  *number = static_cast<double>(digits);
  if (decimals > 0) *number /= kPowersOfTen[decimals];
  return true;
}

// What is known of a column's texts that came last, so that one that comes again is not looked at
// anew: of texts of up to sixteen bytes, which are all that is compared.
template <typename Known>
class RecentTexts {
 public:
  struct Entry {
    uint64_t words[2] = {0, 0};
    uint64_t size = 0;  // 0: not in use
    Known known = {};
  };
  static constexpr size_t kMaxBytes = 16;

  // Where the text is or is to be put, by who sets `size` and `known`.
  // REQUIRES: 0 < size <= kMaxBytes, kMaxBytes readable bytes.
  Entry* Find(const char* text, size_t size, bool* found) {
    const uint64_t first = Low(LoadWord<uint64_t>(text), size);
    const uint64_t second = size > 8 ? Low(LoadWord<uint64_t>(text + 8), size - 8) : 0;
    const uint64_t hash = (first ^ std::rotl(second, 29) ^ size) * 0x9E3779B97F4A7C15;
    Entry& entry = entries_[hash >> 58];
    *found = entry.words[0] == first && entry.words[1] == second && entry.size == size;
    if (!*found) entry = {{first, second}, 0, {}};
    return &entry;
  }

  void Clear() {
    for (Entry& entry : entries_) entry.size = 0;
  }

 private:
  static uint64_t Low(uint64_t word, size_t bytes) {
    return bytes >= 8 ? word : word & ((uint64_t{1} << (8 * bytes)) - 1);
  }
  Entry entries_[64];
};

}  // namespace pql

#endif  // PQL_ACCOUNTS_SHORT_CELLS_H_
