// A message as bytes to send.  Thread-safe: no state.

#ifndef TOOLS_PQL_LOAD_MESSAGE_BYTES_H_
#define TOOLS_PQL_LOAD_MESSAGE_BYTES_H_

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

namespace pql {

inline grpc::ByteBuffer BytesOf(const google::protobuf::MessageLite& message) {
  const grpc::Slice slice(message.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace pql

#endif  // TOOLS_PQL_LOAD_MESSAGE_BYTES_H_
