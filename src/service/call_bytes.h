// Messages on the wire between gRPC's buffers and flat memory.

#ifndef PQL_SERVICE_CALL_BYTES_H_
#define PQL_SERVICE_CALL_BYTES_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/slice.h>

#include <string>
#include <string_view>

namespace pql {

// The bytes of a message in one piece.  Not thread-safe.
class FlatBytes {
 public:
  // Valid until the next call; copied only where the message came in several pieces.
  std::string_view Of(const grpc::ByteBuffer& message) {
    if (!message.TrySingleSlice(&slice_).ok() && !message.DumpToSingleSlice(&slice_).ok()) {
      slice_ = grpc::Slice();  // of no bytes at all
    }
    return {reinterpret_cast<const char*>(slice_.begin()), slice_.size()};
  }

 private:
  grpc::Slice slice_;
};

inline grpc::ByteBuffer BufferOf(std::string_view message) {
  const grpc::Slice slice(message.data(), message.size());
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace pql

#endif  // PQL_SERVICE_CALL_BYTES_H_
