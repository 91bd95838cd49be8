// The bytes of a stream, a chunk at a time, with a look ahead at the first ones.  Part of the
// readers; not thread-safe.

#ifndef PQL_ACCOUNTS_INPUT_CHUNKS_H_
#define PQL_ACCOUNTS_INPUT_CHUNKS_H_

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace pql {

class InputChunks {
 public:
  static constexpr size_t kChunkBytes = 128 << 10;

  explicit InputChunks(std::istream* input) : input_(*input), buffer_(kChunkBytes, '\0') {}

  // What is left of the chunk, or the next one; empty at the end.  DATA_LOSS when the stream fails.
  absl::StatusOr<std::string_view> Peek() {
    if (begin_ == end_ && input_.good()) {
      input_.read(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
      begin_ = 0;
      end_ = static_cast<size_t>(input_.gcount());
      bytes_read_ += end_;
      if (input_.bad()) return absl::DataLossError("the input cannot be read to its end");
    }
    return std::string_view(buffer_).substr(begin_, end_ - begin_);
  }
  // REQUIRES: bytes <= Peek()->size().
  void Skip(size_t bytes) { begin_ += bytes; }

  uint64_t bytes_read() const { return bytes_read_; }

 private:
  std::istream& input_;
  std::string buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t bytes_read_ = 0;
};

}  // namespace pql

#endif  // PQL_ACCOUNTS_INPUT_CHUNKS_H_
