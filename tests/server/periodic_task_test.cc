#include "server/periodic_task.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "absl/time/clock.h"
#include "tests/testing/subprocess.h"

namespace pql {
namespace {

TEST(PeriodicTaskTest, CallsAgainAndAgainUntilItGoes) {
  std::atomic<int> calls{0};
  auto task = std::make_unique<PeriodicTask>(absl::Milliseconds(1), [&calls] { ++calls; });
  EXPECT_TRUE(Eventually([&calls] { return calls >= 3; }));
  task.reset();
  const int at_end = calls;
  absl::SleepFor(absl::Milliseconds(20));
  EXPECT_EQ(calls, at_end);
}

TEST(PeriodicTaskTest, GoesAtOnceBetweenCalls) {
  std::atomic<int> calls{0};
  {
    const PeriodicTask task(absl::Hours(1), [&calls] { ++calls; });
  }
  EXPECT_EQ(calls, 0);
}

}  // namespace
}  // namespace pql
