#include "base/loopback.h"

#include <gtest/gtest.h>

namespace pql {
namespace {

TEST(LoopbackTest, IsOfThisMachineOnly) {
  for (const char* address : {"localhost:1", "127.0.0.1:1", "127.1.2.3:1", "[::1]:1"}) {
    EXPECT_TRUE(IsLoopback(address)) << address;
  }
  for (const char* address : {"0.0.0.0:1", "[::]:1", "example.com:1", "128.0.0.1:1",
                              "127.0.0.1.example.com:1", "127.evil:1", "127.example.com:443",
                              "localhost.example.com:1", "dns:///localhost:1", "", ":1"}) {
    EXPECT_FALSE(IsLoopback(address)) << address;
  }
}

}  // namespace
}  // namespace pql
