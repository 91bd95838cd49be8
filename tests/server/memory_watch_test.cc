#include "server/memory_watch.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace pql {
namespace {

constexpr auto kLater = std::chrono::hours(1);

TEST(MemoryWatchTest, TheProcessHasMemoryAndNotMoreThanThereIs) {
  EXPECT_GT(ResidentBytes(), size_t{1} << 20);
  EXPECT_GT(AvailableMemoryBytes(), ResidentBytes());
}

TEST(MemoryWatchTest, SaysWhenThereIsTooMuch) {
  const auto now = std::chrono::steady_clock::now();
  EXPECT_TRUE(MemoryWatch(1).IsOver(now));
  EXPECT_FALSE(MemoryWatch(SIZE_MAX).IsOver(now));
}

TEST(MemoryWatchTest, GivesBackWhatIsFree) {
#ifdef PQL_SANITIZED
  GTEST_SKIP() << "the sanitizer has an allocator of its own";
#endif
  constexpr size_t kBlocks = 200'000;
  constexpr size_t kBytes = 1'000;
  std::vector<std::unique_ptr<std::string>> blocks;
  for (size_t i = 0; i < kBlocks; ++i) {
    blocks.push_back(std::make_unique<std::string>(kBytes, 'x'));
  }
  auto now = std::chrono::steady_clock::now();
  MemoryWatch watch(SIZE_MAX);
  watch.IsOver(now);
  const size_t full = watch.resident_bytes();
  EXPECT_GT(full, kBlocks * kBytes);
  // All but the last, which keeps the heap from shrinking by itself.
  blocks.erase(blocks.begin(), blocks.end() - 1);
  now += kLater;
  watch.IsOver(now);
  EXPECT_LT(watch.resident_bytes(), full - kBlocks * kBytes / 2);
}

}  // namespace
}  // namespace pql
