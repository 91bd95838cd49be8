// A stream of account rows, cut into blocks of whole rows, so that blocks can be read apart from
// each other.  Memory is bounded by a block and the longest row.  Part of the readers.
//
// Not thread-safe; a block is its holder's.

#ifndef PQL_ACCOUNTS_ROW_BLOCKS_H_
#define PQL_ACCOUNTS_ROW_BLOCKS_H_

#include <cstddef>
#include <cstdint>
#include <istream>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace pql {

enum class RowFormat : uint8_t { kCsv, kJsonLines };

class RowBlock {
 public:
  // Readable bytes behind the text: parsers look at whole vectors.
  static constexpr size_t kPadding = 64;

  char* data() { return buffer_.get(); }
  size_t size() const { return size_; }
  std::string_view text() const { return {buffer_.get(), size_}; }
  // Keeps the text as far as it fits.
  void Resize(size_t size);

  // Whether the first row is the header row of a CSV.
  bool has_header = false;
  // What came in place of further rows: the input failed, or a row has no end.  Final.
  absl::Status failure;

 private:
  std::unique_ptr<char[]> buffer_;
  size_t capacity_ = 0;
  size_t size_ = 0;
};

class RowBlocks {
 public:
  static constexpr size_t kBlockBytes = 128 << 10;

  // Skips a byte order mark and looks at what follows: JSON Lines when the first byte that is no
  // white space is `{`.  `input` must outlive this.
  RowBlocks(std::istream* input, size_t max_row_bytes);

  RowFormat format() const { return format_; }
  // The first byte that is no white space, 0 when there is none.
  char first_byte() const { return first_byte_; }
  bool is_utf16() const { return is_utf16_; }

  // The next block; false at the end.  A line of JSON Lines that is longer than a row may be is cut
  // at one byte more; such a row of a CSV is a failure, since a quote may never have been closed.
  bool Next(RowBlock* block);

  uint64_t bytes_read() const { return bytes_read_; }

 private:
  // Fills text[0, size) as far as the input goes; how many bytes.
  size_t Read(char* text, size_t size);
  void ReadMore(RowBlock* block);
  void Detect();
  size_t EndOfRows(std::string_view text) const;
  void SkipRestOfLine();

  std::istream& input_;
  size_t max_row_bytes_;
  RowFormat format_ = RowFormat::kCsv;
  char first_byte_ = '\0';
  bool is_utf16_ = false;
  std::string rest_;  // what was read behind the rows of the last block
  bool at_end_ = false;
  absl::Status failure_;  // of the input
  uint64_t bytes_read_ = 0;
};

}  // namespace pql

#endif  // PQL_ACCOUNTS_ROW_BLOCKS_H_
