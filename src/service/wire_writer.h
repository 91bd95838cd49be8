// Fields of protobuf messages appended to bytes.  Thread-safe: no state.

#ifndef PQL_SERVICE_WIRE_WRITER_H_
#define PQL_SERVICE_WIRE_WRITER_H_

#include <google/protobuf/io/coded_stream.h>

#include <bit>
#include <cstdint>
#include <string>
#include <string_view>

#include "service/plain_reader.h"

namespace pql {

// Of the fields below, whose tags are of one byte.
inline size_t SizeOfBytes(size_t size) {
  using google::protobuf::io::CodedOutputStream;
  return 1 + CodedOutputStream::VarintSize32(static_cast<uint32_t>(size)) + size;
}
inline constexpr size_t kSizeOfDouble = 9;

// What comes before a text, or the bytes of a message.  REQUIRES: tag < 128; size < 2^31.
inline void AppendHead(uint32_t tag, size_t size, std::string* out) {
  using google::protobuf::io::CodedOutputStream;
  uint8_t head[6];
  head[0] = static_cast<uint8_t>(tag);
  const uint8_t* end =
      CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(size), head + 1);
  out->append(reinterpret_cast<const char*>(head), static_cast<size_t>(end - head));
}

// A text, or the bytes of a message.  REQUIRES: as AppendHead.
inline void AppendBytes(uint32_t tag, std::string_view bytes, std::string* out) {
  AppendHead(tag, bytes.size(), out);
  out->append(bytes);
}

// Nothing where the number is 0, as of a field without presence.  REQUIRES: tag < 128.
inline void AppendNumber(uint32_t tag, int64_t number, std::string* out) {
  using google::protobuf::io::CodedOutputStream;
  if (number == 0) return;
  uint8_t field[11];
  field[0] = static_cast<uint8_t>(tag);
  const uint8_t* end =
      CodedOutputStream::WriteVarint64ToArray(static_cast<uint64_t>(number), field + 1);
  out->append(reinterpret_cast<const char*>(field), static_cast<size_t>(end - field));
}

// REQUIRES: tag < 128.
inline void AppendDouble(uint32_t tag, double number, std::string* out) {
  using google::protobuf::io::CodedOutputStream;
  uint8_t field[kSizeOfDouble];
  field[0] = static_cast<uint8_t>(tag);
  CodedOutputStream::WriteLittleEndian64ToArray(std::bit_cast<uint64_t>(number), field + 1);
  out->append(reinterpret_cast<const char*>(field), sizeof(field));
}

}  // namespace pql

#endif  // PQL_SERVICE_WIRE_WRITER_H_
