// Many accounts in columns, as views of what lives elsewhere: a message, a file's buffers.
// Plain data; thread-safe when const.

#ifndef PQL_EVAL_COLUMNS_ACCOUNT_COLUMNS_H_
#define PQL_EVAL_COLUMNS_ACCOUNT_COLUMNS_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "language/value.h"

namespace pql {

// Row i is bit i % 8, from the least significant, of byte i / 8.
using Bitmap = const uint8_t*;

inline bool BitAt(Bitmap bitmap, size_t row) { return ((bitmap[row / 8] >> (row % 8)) & 1) != 0; }

// The values of one metric.  What is used is what fits the metric's declared type; a slot of a row
// without value is never looked at as a value, whatever stands there.
struct MetricValues {
  uint32_t metric = 0;        // index into CheckedRuleSet::metrics
  Bitmap presence = nullptr;  // which rows have a value; null: all
  // number: finite
  const double* numbers = nullptr;
  // timestamp (years 1 to 9999) and duration, in microseconds
  const int64_t* micros = nullptr;
  // bool
  Bitmap bools = nullptr;
  // string and one of: row i has texts[codes[i]], or texts[i] where there are no codes
  std::span<const std::string_view> texts;
  const uint32_t* codes = nullptr;
  // list
  const Value* lists = nullptr;
};

// Which accounts a rule holds already.
struct HeldRows {
  uint32_t rule = 0;
  Bitmap rows = nullptr;  // null: all
};

struct AccountColumns {
  size_t row_count = 0;
  std::vector<MetricValues> metrics;  // each metric at most once; without one: not sent for any row
  std::vector<HeldRows> held;         // each rule at most once
};

}  // namespace pql

#endif  // PQL_EVAL_COLUMNS_ACCOUNT_COLUMNS_H_
