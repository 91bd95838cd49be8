#include "eval/columns/column_test.h"

#include <algorithm>
#include <optional>

#include "eval/columns/column_ranges.h"

namespace pql {

ColumnTest::ColumnTest(std::span<const MetricKeyRange> ranges, Type::Kind kind,
                       MetricKey default_key)
    : ranges_(ranges), holds_for_default_(Contains(ranges, default_key)) {
  for (const MetricKeyRange& range : ranges) {
    if (kind == Type::Kind::kNumber) {
      numbers_.push_back(NumberRangeOf(range));
      const std::optional<SmallRange> small = SmallRangeOf(numbers_.back());
      if (small.has_value()) small_.push_back(*small);
      const std::optional<CodeRange> whole = WholeRangeOf(numbers_.back());
      if (whole.has_value()) codes_.push_back(*whole);
    } else if (kind == Type::Kind::kTimestamp || kind == Type::Kind::kDuration) {
      micros_.push_back(MicrosRangeOf(range));
    }
  }
}

void ColumnTest::BindClock(const ClockTest& test, Timestamp now, MetricKey default_key) {
  TimesAtClock times = TimesAt(now, test);
  holds_for_default_ = default_key != kMissingKey && times.Holds(MicrosOfKey(default_key));
  end_is_missing_ = times.end_is_missing;
  micros_ = std::move(times.ranges);
}

void ColumnTest::BindTexts(const MetricChunk& chunk, MetricKey highest_key) {
  codes_.clear();
  bytes_ = ByteSet();
  if (chunk.codes_are_keys()) {
    ChooseKeys(highest_key);
  } else {
    ChooseCodes(chunk);
  }
}

void ColumnTest::ChooseCodes(const MetricChunk& chunk) {
  const std::vector<uint32_t>& keys = chunk.keys_of_codes();
  CodeRange range{0, kRowsPerWord - 1, 0};
  for (size_t code = 0; code < keys.size(); ++code) {
    if (!Contains(ranges_, keys[code])) continue;
    bytes_.Add(static_cast<uint8_t>(code));
    if (code < kRowsPerWord) range.mask |= uint64_t{1} << code;
  }
  codes_.push_back(range);
}

void ColumnTest::ChooseKeys(MetricKey highest_key) {
  for (const MetricKeyRange& range : ranges_) {
    if (range.first > highest_key) break;
    const MetricKey last = std::min(range.last, highest_key);
    codes_.push_back(
        {static_cast<uint32_t>(range.first), static_cast<uint32_t>(last - range.first)});
    for (MetricKey key = range.first; key <= std::min<MetricKey>(last, 255); ++key) {
      bytes_.Add(static_cast<uint8_t>(key));
    }
  }
  // Several ranges next to each other are a single one of which some are chosen.
  if (codes_.size() < 2) return;
  const uint32_t low = codes_.front().low;
  const uint32_t width = codes_.back().low + codes_.back().width - low;
  if (width >= kRowsPerWord) return;
  CodeRange window{low, width, 0};
  for (uint32_t i = 0; i <= width; ++i) {
    if (Contains(ranges_, low + i)) window.mask |= uint64_t{1} << i;
  }
  codes_ = {window};
}

void ColumnTest::Compare(const ColumnKernels& kernels, const MetricChunk& chunk, size_t words,
                         uint64_t* out) const {
  switch (chunk.form()) {
    case MetricChunk::Form::kNumbers:
      return kernels.numbers(chunk.numbers(), words, numbers_, out);
    case MetricChunk::Form::kSmall:
      return kernels.small(chunk.small(), words, small_, out);
    case MetricChunk::Form::kWhole:
      return kernels.codes(chunk.whole(), words, codes_, out);
    case MetricChunk::Form::kMicros:
      return kernels.micros(chunk.micros(), words, micros_, out);
    case MetricChunk::Form::kCodes:
      return kernels.codes(chunk.codes(), words, codes_, out);
    case MetricChunk::Form::kBytes:
      return kernels.bytes(chunk.bytes(), words, bytes_, out);
    case MetricChunk::Form::kBools: {
      const uint64_t of_true = Contains(ranges_, kTrueKey) ? ~uint64_t{0} : 0;
      const uint64_t of_false = Contains(ranges_, kFalseKey) ? ~uint64_t{0} : 0;
      for (size_t i = 0; i < words; ++i) {
        out[i] = (chunk.bools()[i] & of_true) | (~chunk.bools()[i] & of_false);
      }
      return;
    }
    case MetricChunk::Form::kNone:
      return;
  }
}

}  // namespace pql
