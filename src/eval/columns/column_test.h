// A test of one metric as columns have it: what it compares values with, in each of their forms.
// Not thread-safe.

#ifndef PQL_EVAL_COLUMNS_COLUMN_TEST_H_
#define PQL_EVAL_COLUMNS_COLUMN_TEST_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "eval/columns/column_kernels.h"
#include "eval/columns/column_program.h"
#include "eval/columns/metric_chunk.h"
#include "eval/plan/key_set.h"
#include "eval/plan/metric_key.h"
#include "language/value.h"

namespace pql {

class ColumnTest {
 public:
  ColumnTest() = default;
  // `default_key`: of the metric's default, or missing.  Keeps a reference to `ranges`.
  ColumnTest(std::span<const MetricKeyRange> ranges, Type::Kind kind, MetricKey default_key);

  // Once for all chunks of a column: of a clock test, of a text.
  void BindClock(const ClockTest& test, Timestamp now, MetricKey default_key);
  void BindTexts(const MetricChunk& chunk, MetricKey highest_key);

  // Which rows of the chunk are in it, whether they have a value or not.
  void Compare(const ColumnKernels& kernels, const MetricChunk& chunk, size_t words,
               uint64_t* out) const;

  bool holds_for_default() const { return holds_for_default_; }
  // Of a clock test: what it does not refute is unknown.
  bool end_is_missing() const { return end_is_missing_; }

 private:
  void ChooseCodes(const MetricChunk& chunk);
  void ChooseKeys(MetricKey highest_key);

  std::span<const MetricKeyRange> ranges_;
  std::vector<NumberRange> numbers_;
  std::vector<SmallRange> small_;
  std::vector<MicrosRange> micros_;
  std::vector<CodeRange> codes_;  // of texts, and of whole numbers
  ByteSet bytes_;
  bool holds_for_default_ = false;
  bool end_is_missing_ = false;
};

}  // namespace pql

#endif  // PQL_EVAL_COLUMNS_COLUMN_TEST_H_
