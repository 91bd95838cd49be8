// The fields of a protobuf message one by one from flat memory, as encoders write them: what is
// legal but unusual (tags and lengths longer than they need be, groups) reads as a failure, upon
// which the caller lets the generated message read the bytes.  So what this takes, the generated
// message takes with the same meaning; the reverse need not hold.
//
// After a failure the reader is of no further use.  Not thread-safe.

#ifndef PQL_SERVICE_PLAIN_READER_H_
#define PQL_SERVICE_PLAIN_READER_H_

#include <google/protobuf/io/coded_stream.h>

#include <bit>
#include <cstdint>
#include <string_view>

#include "base/ascii.h"
#include "base/unicode.h"

namespace pql {

enum class WireType : uint32_t { kVarint = 0, kFixed64 = 1, kLengthDelimited = 2 };

// REQUIRES: field < 16.
constexpr uint32_t WireTag(int field, WireType type) {
  return static_cast<uint32_t>(field) << 3 | static_cast<uint32_t>(type);
}

// Of a text or a message.
constexpr uint32_t BytesTag(int field) { return WireTag(field, WireType::kLengthDelimited); }

// Whether the text is well-formed: of ASCII, as most are, without a call.
inline bool IsUtf8(std::string_view text) {
  return IsAscii(text) || !FindInvalidUtf8(text).has_value();
}

class PlainReader {
 public:
  // REQUIRES: the bytes outlive the reader and what it returns; fewer than 2^31.
  explicit PlainReader(std::string_view bytes)
      : size_(static_cast<int>(bytes.size())),
        input_(reinterpret_cast<const uint8_t*>(bytes.data()), size_) {}

  int position() const { return input_.CurrentPosition(); }
  bool AtEnd() const { return position() == size_; }

  // The next tag; 0 where there is none of one byte.
  uint32_t ReadTag() {
    const int before = position();
    const uint32_t tag = input_.ReadTagNoLastTag();
    return position() == before + 1 ? tag : 0;
  }

  // The length of what follows, all of which is there.
  bool ReadLength(int* length) {
    const int before = position();
    return input_.ReadVarintSizeAsInt(length) && position() - before <= kMaxLengthBytes &&
           *length <= size_ - position();
  }

  bool ReadBytes(std::string_view* bytes) {
    int length = 0;
    if (!ReadLength(&length)) return false;
    *bytes = {};
    if (length == 0) return true;
    const void* data = nullptr;
    int available = 0;
    input_.GetDirectBufferPointerInline(&data, &available);
    *bytes = {static_cast<const char*>(data), static_cast<size_t>(length)};
    return input_.Skip(length);
  }

  bool ReadText(std::string_view* text) { return ReadBytes(text) && IsUtf8(*text); }

  bool ReadVarint(uint64_t* number) { return input_.ReadVarint64(number); }

  bool ReadDouble(double* number) {
    uint64_t bits = 0;
    if (!input_.ReadLittleEndian64(&bits)) return false;
    *number = std::bit_cast<double>(bits);
    return true;
  }

 private:
  static constexpr int kMaxLengthBytes = 4;

  const int size_;
  google::protobuf::io::CodedInputStream input_;
};

}  // namespace pql

#endif  // PQL_SERVICE_PLAIN_READER_H_
