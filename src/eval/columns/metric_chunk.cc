#include "eval/columns/metric_chunk.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace pql {
namespace {

static_assert(std::endian::native == std::endian::little, "bitmaps are read as words");

// From so many tests on, making a smaller form of a column takes less than it saves.
constexpr size_t kTestsForWholeNumbers = 4;
constexpr size_t kTestsForBytes = 2;
constexpr size_t kByteValues = 256;

// Whole words of values: the column's own, or a copy of what is left of it.
template <typename T>
const T* WholeWords(const T* values, size_t rows, std::vector<T>* own) {
  if (rows % kRowsPerWord == 0) return values;
  own->resize(kMaxChunkRows);
  std::copy_n(values, rows, own->data());
  return own->data();
}

}  // namespace

void LoadBits(Bitmap bitmap, size_t first_row, size_t rows, uint64_t* out) {
  const size_t words = (rows + kRowsPerWord - 1) / kRowsPerWord;
  const size_t in_last = rows % kRowsPerWord;
  if (in_last != 0) out[words - 1] = 0;
  std::memcpy(out, bitmap + first_row / 8, (rows + 7) / 8);
  if (in_last != 0) out[words - 1] &= ~uint64_t{0} >> (kRowsPerWord - in_last);
}

void MetricChunk::Begin(const MetricValues* values) {
  values_ = values;
  if (values == nullptr) return;
  const Type::Kind kind = layout_.KindOf(metric_);
  if (kind == Type::Kind::kString || kind == Type::Kind::kOneOf) BeginTexts();
}

void MetricChunk::BeginTexts() {
  const bool has_codes = values_->codes != nullptr;
  codes_are_keys_ = !has_codes || values_->texts.size() > kByteValues;
  const bool fits = codes_are_keys_ ? layout_.HighestKey(metric_) < kByteValues : true;
  as_bytes_ = fits && (tests_ >= kTestsForBytes ||
                       (!codes_are_keys_ && values_->texts.size() > kRowsPerWord));
  keys_of_codes_.clear();
  if (!has_codes) return;
  for (const std::string_view text : values_->texts) {
    keys_of_codes_.push_back(static_cast<uint32_t>(layout_.texts().Find(metric_, text)));
  }
}

void MetricChunk::Load(const ColumnKernels& kernels, size_t first_row, size_t rows) {
  const size_t words = (rows + kRowsPerWord - 1) / kRowsPerWord;
  all_present_ = true;
  if (values_->presence != nullptr) {
    LoadBits(values_->presence, first_row, rows, presence_.data());
    // Nobody asks for what is past the last row.
    if (rows % kRowsPerWord != 0) presence_[words - 1] |= ~uint64_t{0} << (rows % kRowsPerWord);
    all_present_ = std::all_of(presence_.begin(), presence_.begin() + words,
                               [](uint64_t word) { return word == ~uint64_t{0}; });
  }
  form_ = Form::kNone;
  switch (layout_.KindOf(metric_)) {
    case Type::Kind::kNumber:
      numbers_ = WholeWords(values_->numbers + first_row, rows, &own_numbers_);
      form_ = Form::kNumbers;
      if (tests_ < kTestsForWholeNumbers) break;
      LoadWholeNumbers(kernels, words);
      break;
    case Type::Kind::kTimestamp:
    case Type::Kind::kDuration:
      micros_ = WholeWords(values_->micros + first_row, rows, &own_micros_);
      form_ = Form::kMicros;
      break;
    case Type::Kind::kBool:
      LoadBits(values_->bools, first_row, rows, bools_.data());
      form_ = Form::kBools;
      break;
    case Type::Kind::kString:
    case Type::Kind::kOneOf:
      LoadTexts(first_row, rows);
      form_ = Form::kCodes;
      if (!as_bytes_) break;
      bytes_.resize(kMaxChunkRows);
      kernels.bytes_of_codes(codes_, words, bytes_.data());
      form_ = Form::kBytes;
      break;
    default:
      break;
  }
}

void MetricChunk::LoadWholeNumbers(const ColumnKernels& kernels, size_t words) {
  small_.resize(kMaxChunkRows);
  own_codes_.resize(kMaxChunkRows);
  if (kernels.small_numbers(numbers_, words, small_.data())) {
    form_ = Form::kSmall;
  } else if (kernels.whole_numbers(numbers_, words, own_codes_.data())) {
    form_ = Form::kWhole;
  }
}

void MetricChunk::LoadTexts(size_t first_row, size_t rows) {
  if (!codes_are_keys_) {
    codes_ = WholeWords(values_->codes + first_row, rows, &own_codes_);
    return;
  }
  own_codes_.resize(kMaxChunkRows);
  codes_ = own_codes_.data();
  for (size_t i = 0; i < rows; ++i) {
    const size_t row = first_row + i;
    if (values_->codes == nullptr) {
      own_codes_[i] = static_cast<uint32_t>(layout_.texts().Find(metric_, values_->texts[row]));
    } else {  // of a row without value, the code may be anything
      const uint32_t code = values_->codes[row];
      own_codes_[i] = code < keys_of_codes_.size() ? keys_of_codes_[code] : 0;
    }
  }
}

}  // namespace pql
