// The inner loops of columnar evaluation: 64 rows are a word of bits.  The same answers for every
// width of the machine's instructions.  Pure functions; thread-safe.

#ifndef PQL_EVAL_COLUMNS_COLUMN_KERNELS_H_
#define PQL_EVAL_COLUMNS_COLUMN_KERNELS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include "eval/vector_width.h"

namespace pql {

// Bits of rows are handled in groups of this many words, for every width knows what to do with 64
// bytes; what holds bits has so many words that they divide it.
inline constexpr size_t kWordsPerGroup = 8;
inline constexpr size_t kRowsPerWord = 64;

// Numbers from `low` to `high`, both included.
struct NumberRange {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();

  // Without branches, so that compilers make vectors of it; so the others.
  bool Holds(double number) const { return (number >= low) & (number <= high); }
};

// Integers `low` to `low + width`.
struct MicrosRange {
  uint64_t low = 0;
  uint64_t width = 0;

  bool Holds(int64_t micros) const { return static_cast<uint64_t>(micros) - low <= width; }
};

// Codes `low` to `low + width`, of whose first 64 may be chosen: bit (code - low) of `mask`.
struct CodeRange {
  uint32_t low = 0;
  uint32_t width = 0;
  uint64_t mask = ~uint64_t{0};  // REQUIRES: all bits set, or width <= 63

  bool Holds(uint32_t code) const {
    const uint32_t distance = code - low;
    return (distance <= width) & (((mask >> (distance & 63)) & 1) != 0);
  }
};

// Small whole numbers `low` to `low + width`.
struct SmallRange {
  uint16_t low = 0;
  uint16_t width = 0;

  bool Holds(uint16_t value) const { return static_cast<uint16_t>(value - low) <= width; }
};

// A set of bytes, as the shuffles of vectors look them up: byte b is in it if bit b / 16 % 8 of
// tables[b / 128][b % 16] is set.
struct ByteSet {
  std::array<std::array<uint8_t, 16>, 2> tables = {};

  void Add(uint8_t byte) {
    uint8_t& bits = tables[byte / 128][byte % 16];
    bits = static_cast<uint8_t>(bits | 1U << (byte / 16 % 8));
  }
  bool Holds(uint8_t byte) const {
    return ((tables[byte / 128][byte % 16] >> (byte / 16 % 8)) & 1) != 0;
  }
};

// A part of a conjunction: its bits, or with all bits of `flip` set the opposite of each.
struct BitOperand {
  const uint64_t* words = nullptr;
  uint64_t flip = 0;
};

struct ColumnKernels {
  static const ColumnKernels& Of(VectorWidth width);  // REQUIRES: the machine has it

  // Bit i of `out`: value i is in one of the ranges.  REQUIRES: 64 * words values.
  void (*numbers)(const double* values, size_t words, std::span<const NumberRange> ranges,
                  uint64_t* out);
  void (*micros)(const int64_t* values, size_t words, std::span<const MicrosRange> ranges,
                 uint64_t* out);
  void (*codes)(const uint32_t* values, size_t words, std::span<const CodeRange> ranges,
                uint64_t* out);

  // Small forms of a column, for what is compared often: more of it fits into a vector.
  // Numbers, if all of them are whole and at most 65,535; else false, and `out` is anything.
  bool (*small_numbers)(const double* values, size_t words, uint16_t* out);
  void (*small)(const uint16_t* values, size_t words, std::span<const SmallRange> ranges,
                uint64_t* out);
  // Numbers, if all of them are whole and less than 2^31, as codes; else false, and `out` is
  // anything.
  bool (*whole_numbers)(const double* values, size_t words, uint32_t* out);
  // Codes; of those above 255 the lowest byte.
  void (*bytes_of_codes)(const uint32_t* values, size_t words, uint8_t* out);
  void (*bytes)(const uint8_t* values, size_t words, const ByteSet& set, uint64_t* out);

  // The bits that all of the parts have.  REQUIRES: `words` is a multiple of kWordsPerGroup.
  void (*all)(std::span<const BitOperand> parts, size_t words, uint64_t* out);
  // How many bits are set.
  uint64_t (*count)(std::span<const uint64_t> words);
};

}  // namespace pql

#endif  // PQL_EVAL_COLUMNS_COLUMN_KERNELS_H_
