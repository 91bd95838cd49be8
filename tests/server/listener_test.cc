// The listener, with a test in the place of gRPC: it keeps the connections that it gets.

#include "server/listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <mutex>
#include <sstream>
#include <string>
#include <vector>

#include "tests/testing/subprocess.h"

namespace pql {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

// Connected from an address of this machine (127.0.0.0/8 is all its own); not open: refused at
// once.
FileDescriptor Connect(int port, const char* from = "127.0.0.1") {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, from, &address.sin_addr);
  EXPECT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return FileDescriptor();
  }
  return socket;
}

// The other side closed the connection.
bool IsClosed(const FileDescriptor& socket) {
  char byte = 0;
  const ssize_t received = ::recv(socket.get(), &byte, 1, MSG_DONTWAIT);
  return received == 0 || (received < 0 && errno != EAGAIN);
}

class ListenerTest : public ::testing::Test {
 protected:
  void Start(const ListenerOptions& options) {
    absl::StatusOr<ListeningSockets> sockets = OpenListeningSockets("localhost:0");
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    port_ = sockets->port;
    listener_ = std::make_unique<Listener>(
        *std::move(sockets), options,
        [this](FileDescriptor connection) {
          const std::lock_guard<std::mutex> lock(mutex_);
          connections_.push_back(std::move(connection));
        },
        &counters_, &log_);
  }
  size_t accepted() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return connections_.size();
  }
  // As gRPC does once the other side has gone.
  void CloseFirst() {
    const std::lock_guard<std::mutex> lock(mutex_);
    connections_.erase(connections_.begin());
  }
  bool ConnectsWithin(const char* from = "127.0.0.1") {
    return Eventually([&] {
      const size_t before = accepted();
      clients_.push_back(Connect(port_, from));
      Eventually([&] { return accepted() > before || IsClosed(clients_.back()); });
      return accepted() > before;
    });
  }

  std::ostringstream out_;
  Log log_{LogFormat::kText, &Clock::System(), &out_};
  ConnectionCounters counters_;
  std::mutex mutex_;
  std::vector<FileDescriptor> connections_;
  std::vector<FileDescriptor> clients_;
  int port_ = 0;
  std::unique_ptr<Listener> listener_;  // last: its thread uses the others
};

TEST_F(ListenerTest, HandsOverConnectionsThatDoNotBlock) {
  Start({});
  ASSERT_TRUE(ConnectsWithin());
  EXPECT_NE(::fcntl(connections_[0].get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_EQ(counters_.accepted, 1);
}

TEST_F(ListenerTest, ClosesTheSocketsAtItsEnd) {
  Start({});
  listener_.reset();
  EXPECT_FALSE(Connect(port_).is_open());
}

TEST_F(ListenerTest, ConnectionsBeyondTheLimitAreClosedAndARoomThatIsFreeIsFound) {
  Start({.max_connections = 2});
  ASSERT_TRUE(ConnectsWithin());
  ASSERT_TRUE(ConnectsWithin());
  const FileDescriptor third = Connect(port_);
  EXPECT_TRUE(Eventually([&] { return IsClosed(third); }));
  EXPECT_EQ(accepted(), 2);
  EXPECT_THAT(counters_.refused.Sums(), Contains(Pair("max-connections", 1)));
  CloseFirst();
  EXPECT_TRUE(ConnectsWithin());
  listener_.reset();
  EXPECT_THAT(out_.str(), HasSubstr("connections turned away"));
  EXPECT_THAT(out_.str(), HasSubstr("--max-connections"));
}

TEST_F(ListenerTest, OneAddressLeavesRoomForOthers) {
  Start({.max_connections = 10, .max_connections_per_address = 1});
  ASSERT_TRUE(ConnectsWithin());
  const FileDescriptor second = Connect(port_);
  EXPECT_TRUE(Eventually([&] { return IsClosed(second); }));
  EXPECT_THAT(counters_.refused.Sums(), Contains(Pair("max-connections-per-address", 1)));
  EXPECT_TRUE(ConnectsWithin("127.0.0.2"));
  listener_.reset();
  EXPECT_THAT(out_.str(), HasSubstr("--max-connections-per-address"));
}

TEST_F(ListenerTest, SilentConnectionsMakeRoom) {
  Start({.max_connections = 1, .quiet = absl::Milliseconds(100)});
  ASSERT_TRUE(ConnectsWithin());
  EXPECT_TRUE(ConnectsWithin());
  EXPECT_TRUE(Eventually([&] { return IsClosed(clients_.front()); }));
  EXPECT_GE(counters_.ended.Sums()["max-connections"], 1);
}

TEST_F(ListenerTest, BusyConnectionsEndWhenMemoryIsShort) {
  Start({.max_memory = 1});
  clients_.push_back(Connect(port_));  // perhaps before the first look at the memory
  EXPECT_TRUE(Eventually([&] {
    ::send(clients_.back().get(), "x", 1, MSG_NOSIGNAL);
    return IsClosed(clients_.back());
  }));
  const size_t before = accepted();
  const FileDescriptor refused = Connect(port_);
  EXPECT_TRUE(Eventually([&] { return IsClosed(refused); }));
  EXPECT_EQ(accepted(), before);
  listener_.reset();
  EXPECT_THAT(out_.str(), HasSubstr("--max-memory"));
}

TEST(ListeningSocketsTest, LocalhostIsEveryLoopbackAddressOnOnePort) {
  const auto sockets = OpenListeningSockets("localhost:0");
  ASSERT_TRUE(sockets.ok()) << sockets.status();
  EXPECT_GT(sockets->port, 0);
  for (const FileDescriptor& socket : sockets->sockets) {
    sockaddr_storage address{};
    socklen_t length = sizeof(address);
    ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &length);
    EXPECT_EQ(ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port), sockets->port);
  }
}

TEST(ListeningSocketsTest, EveryAddressIsReachedByIpv4) {
  for (const char* any : {"0.0.0.0:0", "[::]:0"}) {
    const auto sockets = OpenListeningSockets(any);
    ASSERT_TRUE(sockets.ok()) << sockets.status();
    EXPECT_TRUE(Connect(sockets->port).is_open()) << any;
  }
}

TEST(ListeningSocketsTest, WhatCannotBeListenedOnIsSaid) {
  const auto first = OpenListeningSockets("127.0.0.1:0");
  ASSERT_TRUE(first.ok()) << first.status();
  const auto second = OpenListeningSockets("127.0.0.1:" + std::to_string(first->port));
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr("in use by another process"));
  EXPECT_THAT(std::string(OpenListeningSockets("192.0.2.1:0").status().message()),
              HasSubstr("not an address of this machine"));
  EXPECT_THAT(std::string(OpenListeningSockets("no-such-host.invalid:0").status().message()),
              HasSubstr("cannot listen on no-such-host.invalid:0"));
}

}  // namespace
}  // namespace pql
