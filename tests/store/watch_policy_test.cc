#include "store/watch_policy.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace pql {
namespace {

using std::chrono::milliseconds;
using Action = WatchStep::Action;

constexpr WatchTimings kTimings{.quiet = milliseconds(100),
                                .max_delay = milliseconds(1000),
                                .poll = milliseconds(500),
                                .poll_alone = milliseconds(200)};

WatchTime At(int millis) { return WatchTime(milliseconds(millis)); }

struct Case {
  std::string name;
  int now = 0;
  int last_poll = 0;
  std::optional<int> first_change;
  std::optional<int> latest_change;
  bool has_notifications = true;
  bool reload_requested = false;
  Action action = Action::kWait;
  int wait = 0;
};

TEST(WatchPolicyTest, EveryCase) {
  const Case cases[] = {
      {.name = "nothing happened", .now = 100, .action = Action::kWait, .wait = 400},
      {.name = "time to compare", .now = 500, .action = Action::kCompare},
      {.name = "compared lately",
       .now = 700,
       .last_poll = 500,
       .action = Action::kWait,
       .wait = 300},
      {.name = "without notifications it compares more often",
       .now = 200,
       .has_notifications = false,
       .action = Action::kCompare},
      {.name = "a change waits for quiet",
       .now = 130,
       .first_change = 100,
       .latest_change = 100,
       .action = Action::kWait,
       .wait = 70},
      {.name = "quiet is over",
       .now = 200,
       .first_change = 100,
       .latest_change = 100,
       .action = Action::kRead},
      {.name = "each further change starts the quiet again",
       .now = 290,
       .first_change = 100,
       .latest_change = 250,
       .action = Action::kWait,
       .wait = 60},
      {.name = "but not for ever",
       .now = 1100,
       .last_poll = 1000,
       .first_change = 100,
       .latest_change = 1090,
       .action = Action::kRead},
      {.name = "it wakes when the patience ends",
       .now = 1050,
       .last_poll = 1000,
       .first_change = 100,
       .latest_change = 1040,
       .action = Action::kWait,
       .wait = 50},
      {.name = "a pending change does not keep it from comparing",
       .now = 500,
       .first_change = 450,
       .latest_change = 450,
       .action = Action::kCompare},
      {.name = "an operator does not wait",
       .now = 101,
       .first_change = 100,
       .latest_change = 101,
       .reload_requested = true,
       .action = Action::kRead},
  };
  for (const Case& test : cases) {
    WatchState state;
    state.has_notifications = test.has_notifications;
    state.last_poll = At(test.last_poll);
    state.reload_requested = test.reload_requested;
    if (test.first_change.has_value()) state.first_change = At(*test.first_change);
    if (test.latest_change.has_value()) state.latest_change = At(*test.latest_change);
    const WatchStep step = NextWatchStep(state, kTimings, At(test.now));
    EXPECT_EQ(step.action, test.action) << test.name;
    EXPECT_EQ(step.wait.count(), test.wait) << test.name;
  }
}

TEST(WatchPolicyTest, NeverWaitsForNothing) {
  WatchState state;
  state.last_poll = At(0);
  const WatchStep step = NextWatchStep(state, kTimings, At(500) - std::chrono::microseconds(10));
  EXPECT_EQ(step.action, Action::kWait);
  EXPECT_EQ(step.wait.count(), 1);
}

}  // namespace
}  // namespace pql
