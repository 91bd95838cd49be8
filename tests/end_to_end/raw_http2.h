// A client that speaks HTTP/2 badly, as no library would: it opens streams without end, resets
// them, acknowledges nothing, stops reading.  IPv4 loopback, plain text.  Not thread-safe.

#ifndef TESTS_END_TO_END_RAW_HTTP2_H_
#define TESTS_END_TO_END_RAW_HTTP2_H_

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/file_descriptor.h"

namespace pql {

// A frame that came.
struct Http2Frame {
  uint8_t type = 0;
  uint8_t flags = 0;
  std::string payload;
};

class RawHttp2 {
 public:
  enum FrameType : uint8_t {
    kData = 0,
    kHeaders = 1,
    kReset = 3,
    kSettings = 4,
    kPing = 6,
    kGoAway = 7,
    kWindowUpdate = 8
  };
  static constexpr uint8_t kEndStream = 1;  // also ACK of kSettings and kPing
  static constexpr uint8_t kEndHeaders = 4;
  static constexpr uint16_t kMaxConcurrentStreams = 3;  // of settings
  // So much data, of all streams and of each, the other side may send until it is told that it may
  // send more.
  static constexpr size_t kFirstWindow = 65'535;

  // Connects; says nothing yet.  `receive_buffer`: bytes that the system takes before the socket is
  // read; 0: as many as it sees fit.
  explicit RawHttp2(int port, int receive_buffer = 0)
      : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    if (receive_buffer > 0) {
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));
    }
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
      socket_.Close();
    }
  }

  bool is_connected() const { return socket_.is_open(); }

  // Begins HTTP/2, with settings of no special kind.
  bool Begin() { return Send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + Frame(kSettings, 0, 0, "")); }

  // False once the other side has closed the connection.
  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // The value of a setting in the first settings of the other side; -1 when they lack it.
  int64_t ReadSetting(uint16_t identifier) {
    for (;;) {
      const std::string header = Read(9);
      const std::string payload = Read(NumberAt(header, 0, 3));
      if (header.empty()) return -1;
      if (header[3] != kSettings || header[4] != 0) continue;
      for (size_t i = 0; i + 6 <= payload.size(); i += 6) {
        if (NumberAt(payload, i, 2) == identifier) return NumberAt(payload, i + 2, 4);
      }
      return -1;
    }
  }

  // The next frame; nothing when none begins to come within the time, or the other side has closed
  // the connection.
  std::optional<Http2Frame> ReadFrame(int milliseconds) {
    pollfd polled{socket_.get(), POLLIN, 0};
    if (::poll(&polled, 1, milliseconds) <= 0) return std::nullopt;
    const std::string header = Read(9);
    if (header.size() < 9) return std::nullopt;
    return Http2Frame{.type = static_cast<uint8_t>(header[3]),
                      .flags = static_cast<uint8_t>(header[4]),
                      .payload = Read(NumberAt(header, 0, 3))};
  }

  // Reads what has come and throws it away; false once the other side has closed the connection.
  bool Discard() {
    char buffer[16384];
    for (;;) {
      const ssize_t received = ::recv(socket_.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
      if (received < 0) return errno == EAGAIN;
      if (received == 0) return false;
    }
  }

  // Whether the other side closes the connection within the time.
  bool IsClosedWithin(int milliseconds) {
    pollfd polled{socket_.get(), POLLIN, 0};
    while (Discard()) {
      if (::poll(&polled, 1, milliseconds) <= 0) return false;
    }
    return true;
  }

  static std::string Frame(FrameType type, uint8_t flags, uint32_t stream,
                           std::string_view payload) {
    std::string frame;
    AppendNumber(static_cast<uint32_t>(payload.size()), 3, &frame);
    frame += static_cast<char>(type);
    frame += static_cast<char>(flags);
    AppendNumber(stream, 4, &frame);
    return frame.append(payload);
  }

  // The headers of a gRPC call of `method`, "/pql.v1.EvaluationService/Evaluate".
  static std::string CallHeaders(
      uint32_t stream, std::string_view method,
      const std::vector<std::pair<std::string, std::string>>& metadata = {}) {
    std::string block;
    AppendHeader(":method", "POST", &block);
    AppendHeader(":scheme", "http", &block);
    AppendHeader(":path", method, &block);
    AppendHeader(":authority", "localhost", &block);
    AppendHeader("te", "trailers", &block);
    AppendHeader("content-type", "application/grpc", &block);
    for (const auto& [name, value] : metadata) AppendHeader(name, value, &block);
    return Frame(kHeaders, kEndHeaders, stream, block);
  }

  // A whole message, after which the client sends no more.
  static std::string Message(uint32_t stream, std::string_view bytes) {
    std::string payload(1, '\0');
    AppendNumber(static_cast<uint32_t>(bytes.size()), 4, &payload);
    payload += bytes;
    return Frame(kData, kEndStream, stream, payload);
  }

  static std::string Reset(uint32_t stream) {
    std::string code;
    AppendNumber(8, 4, &code);  // CANCEL
    return Frame(kReset, 0, stream, code);
  }

  // That the other side may send so many bytes of data more, of a stream or, stream 0, of all.
  static std::string WindowUpdate(uint32_t stream, uint32_t bytes) {
    std::string increment;
    AppendNumber(bytes, 4, &increment);
    return Frame(kWindowUpdate, 0, stream, increment);
  }

  // A number of so many bytes, the highest first.
  static uint32_t NumberAt(std::string_view bytes, size_t at, size_t size) {
    uint32_t number = 0;
    for (const char byte : bytes.substr(std::min(at, bytes.size()), size)) {
      number = number << 8 | static_cast<uint8_t>(byte);
    }
    return number;
  }

 private:
  // So many bytes; fewer once the other side has closed the connection.
  std::string Read(size_t size) {
    std::string bytes(size, '\0');
    const ssize_t received = ::recv(socket_.get(), bytes.data(), size, MSG_WAITALL);
    bytes.resize(received < 0 ? 0 : static_cast<size_t>(received));
    return bytes;
  }
  static void AppendNumber(uint32_t number, int bytes, std::string* out) {
    for (int i = bytes - 1; i >= 0; --i) *out += static_cast<char>(number >> (8 * i));
  }
  // A text of HPACK: the length in seven bits and, beyond, further bytes of seven bits.
  static void AppendText(std::string_view text, std::string* out) {
    size_t length = text.size();
    if (length < 127) {
      *out += static_cast<char>(length);
    } else {
      *out += static_cast<char>(127);
      for (length -= 127; length >= 128; length >>= 7) {
        *out += static_cast<char>(128 + length % 128);
      }
      *out += static_cast<char>(length);
    }
    out->append(text);
  }
  // As a literal that no table keeps.
  static void AppendHeader(std::string_view name, std::string_view value, std::string* out) {
    *out += '\0';
    AppendText(name, out);
    AppendText(value, out);
  }

  FileDescriptor socket_;
};

}  // namespace pql

#endif  // TESTS_END_TO_END_RAW_HTTP2_H_
