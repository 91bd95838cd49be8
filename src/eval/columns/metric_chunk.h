// The values of one metric for a chunk of rows, in the form in which they are compared.
// Keeps references to the layout and, from Begin on, to the values.  Not thread-safe.

#ifndef PQL_EVAL_COLUMNS_METRIC_CHUNK_H_
#define PQL_EVAL_COLUMNS_METRIC_CHUNK_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "eval/columns/account_columns.h"
#include "eval/columns/column_kernels.h"
#include "eval/plan/bound_account.h"

namespace pql {

inline constexpr size_t kMaxChunkRows = 4'096;
// Of a chunk: bits of its rows.
using ChunkWords = std::array<uint64_t, kMaxChunkRows / kRowsPerWord>;

// The bits of `rows` rows from `first_row`, a multiple of 8, on; in the last word, bits past them
// are 0.
void LoadBits(Bitmap bitmap, size_t first_row, size_t rows, uint64_t* out);

class MetricChunk {
 public:
  enum class Form : uint8_t {
    kNone,     // a list, of which no more is asked than whether it is there
    kNumbers,  // as they are
    kSmall,    // small whole numbers
    kWhole,    // whole numbers, compared as codes
    kMicros,
    kBools,
    kCodes,  // of a text: the column's own codes, or keys
    kBytes,  // the same, in a byte each
  };

  MetricChunk(const MetricLayout& layout, uint32_t metric) : layout_(layout), metric_(metric) {}

  uint32_t metric() const { return metric_; }
  // There is a test of it.  Where there are many, a small form pays.
  void CountTest() { ++tests_; }

  void Begin(const MetricValues* values);  // null: there is no column
  bool has_column() const { return values_ != nullptr; }
  // REQUIRES: has_column().
  void Load(const ColumnKernels& kernels, size_t first_row, size_t rows);

  // Of the rows that were loaded: whether all have a value, and which of them do.
  bool all_present() const { return all_present_; }
  const uint64_t* presence() const { return presence_.data(); }

  Form form() const { return form_; }
  // As the form says; whole words of values.
  const double* numbers() const { return numbers_; }
  const uint16_t* small() const { return small_.data(); }
  const uint32_t* whole() const { return own_codes_.data(); }
  const int64_t* micros() const { return micros_; }
  const uint64_t* bools() const { return bools_.data(); }
  const uint32_t* codes() const { return codes_; }
  const uint8_t* bytes() const { return bytes_.data(); }
  // Codes are keys of the layout, or else places in keys_of_codes().
  bool codes_are_keys() const { return codes_are_keys_; }
  const std::vector<uint32_t>& keys_of_codes() const { return keys_of_codes_; }

 private:
  void BeginTexts();
  void LoadWholeNumbers(const ColumnKernels& kernels, size_t words);
  void LoadTexts(size_t first_row, size_t rows);

  const MetricLayout& layout_;
  const uint32_t metric_;
  size_t tests_ = 0;
  const MetricValues* values_ = nullptr;
  bool all_present_ = false;
  Form form_ = Form::kNone;
  bool codes_are_keys_ = false;
  bool as_bytes_ = false;
  std::vector<uint32_t> keys_of_codes_;

  const double* numbers_ = nullptr;
  const int64_t* micros_ = nullptr;
  const uint32_t* codes_ = nullptr;
  ChunkWords presence_ = {};
  ChunkWords bools_ = {};
  std::vector<uint16_t> small_;
  std::vector<uint8_t> bytes_;
  // Copies, where there are fewer values than bits in the last word, keys, and whole numbers.
  std::vector<double> own_numbers_;
  std::vector<int64_t> own_micros_;
  std::vector<uint32_t> own_codes_;
};

}  // namespace pql

#endif  // PQL_EVAL_COLUMNS_METRIC_CHUNK_H_
