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

// A text, or the bytes of a message.  REQUIRES: tag < 128; fewer than 2^31 bytes.
inline void AppendBytes(uint32_t tag, std::string_view bytes, std::string* out) {
  using google::protobuf::io::CodedOutputStream;
  uint8_t head[6];
  head[0] = static_cast<uint8_t>(tag);
  const uint8_t* end =
      CodedOutputStream::WriteVarint32ToArray(static_cast<uint32_t>(bytes.size()), head + 1);
  out->append(reinterpret_cast<const char*>(head), static_cast<size_t>(end - head));
  out->append(bytes);
}

// REQUIRES: tag < 128.
inline void AppendDouble(uint32_t tag, double number, std::string* out) {
  using google::protobuf::io::CodedOutputStream;
  uint8_t field[9];
  field[0] = static_cast<uint8_t>(tag);
  CodedOutputStream::WriteLittleEndian64ToArray(std::bit_cast<uint64_t>(number), field + 1);
  out->append(reinterpret_cast<const char*>(field), sizeof(field));
}

}  // namespace pql

#endif  // PQL_SERVICE_WIRE_WRITER_H_
