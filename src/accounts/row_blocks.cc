#include "accounts/row_blocks.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "accounts/csv_cells.h"
#include "base/strings.h"

namespace pql {

void RowBlock::Resize(size_t size) {
  if (size + kPadding > capacity_) {
    const size_t capacity = std::max(size, 2 * size_) + kPadding;
    // The padding is looked at, so it has to be something.
    std::unique_ptr<char[]> buffer(new char[capacity]());
    if (size_ > 0) std::memcpy(buffer.get(), buffer_.get(), size_);
    buffer_ = std::move(buffer);
    capacity_ = capacity;
  }
  size_ = size;
}

RowBlocks::RowBlocks(std::istream* input, size_t max_row_bytes)
    : input_(*input), max_row_bytes_(max_row_bytes) {
  Detect();
}

size_t RowBlocks::Read(char* text, size_t size) {
  if (at_end_) return 0;
  input_.read(text, static_cast<std::streamsize>(size));
  const auto count = static_cast<size_t>(input_.gcount());
  bytes_read_ += count;
  at_end_ = count < size;
  if (input_.bad()) failure_ = absl::DataLossError("the input cannot be read to its end");
  return count;
}

void RowBlocks::Detect() {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  constexpr size_t kHeadBytes = 4'096;
  for (bool at_begin = true; first_byte_ == '\0' && !at_end_; at_begin = false) {
    rest_.resize(kHeadBytes);
    rest_.resize(Read(rest_.data(), rest_.size()));
    if (at_begin) {
      is_utf16_ = rest_.starts_with("\xFF\xFE") || rest_.starts_with("\xFE\xFF");
      if (rest_.starts_with(kByteOrderMark)) rest_.erase(0, kByteOrderMark.size());
    }
    const size_t first = rest_.find_first_not_of(" \t\r\n");
    if (first != std::string::npos) {
      first_byte_ = rest_[first];
      if (first_byte_ == '{') format_ = RowFormat::kJsonLines;
      return;
    }
  }
}

size_t RowBlocks::EndOfRows(std::string_view text) const {
  return format_ == RowFormat::kCsv ? CsvCells::EndOfLastRow(text) : text.rfind('\n') + 1;
}

// Doubles what the block holds, or nearly, but goes no further than to see that a row is too long.
void RowBlocks::ReadMore(RowBlock* block) {
  if (at_end_) return;
  const size_t size = block->size();
  size_t more = size < kBlockBytes ? kBlockBytes - size : size;
  const size_t allowed = max_row_bytes_ - std::min(size, max_row_bytes_) + 1;
  more = std::min(more, std::max(allowed, kBlockBytes));
  block->Resize(size + more);
  block->Resize(size + Read(block->data() + size, more));
}

void RowBlocks::SkipRestOfLine() {
  rest_.clear();
  while (!at_end_) {
    rest_.resize(kBlockBytes);
    rest_.resize(Read(rest_.data(), rest_.size()));
    const size_t end = rest_.find('\n');
    if (end != std::string::npos) {
      rest_.erase(0, end + 1);
      return;
    }
    rest_.clear();
  }
}

bool RowBlocks::Next(RowBlock* block) {
  block->has_header = false;
  block->failure = absl::OkStatus();
  block->Resize(rest_.size());
  rest_.copy(block->data(), rest_.size());
  rest_.clear();
  while (true) {
    if (block->size() < kBlockBytes || EndOfRows(block->text()) == 0) ReadMore(block);
    const size_t end = EndOfRows(block->text());
    if (!failure_.ok()) {
      block->Resize(end);
      block->failure = std::exchange(failure_, absl::OkStatus());
      return true;
    }
    if (end == 0 && block->size() > max_row_bytes_) {
      if (format_ == RowFormat::kJsonLines) {
        block->Resize(max_row_bytes_ + 1);
        SkipRestOfLine();
      } else {
        block->Resize(0);
        block->failure = absl::ResourceExhaustedError(
            ToAbsl(StrCat("longer than ", max_row_bytes_, " bytes; is a closing quote missing?")));
        at_end_ = true;
      }
      return true;
    }
    if (at_end_) return block->size() > 0;
    if (end > 0) {
      rest_.assign(block->text().substr(end));
      block->Resize(end);
      return true;
    }
  }
}

}  // namespace pql
