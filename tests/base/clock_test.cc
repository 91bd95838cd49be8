#include "base/clock.h"

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

TEST(ClockTest, SystemClockTellsTheTimeOfTheSystem) {
  const absl::Time before = absl::Now();
  const absl::Time seen = Clock::System().Now();
  const absl::Time after = absl::Now();
  EXPECT_LE(before, seen);
  EXPECT_LE(seen, after);
}

}  // namespace
}  // namespace pql
