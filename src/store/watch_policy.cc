#include "store/watch_policy.h"

#include <algorithm>

namespace pql {

WatchStep NextWatchStep(const WatchState& state, const WatchTimings& timings, WatchTime now) {
  if (state.reload_requested) return {.action = WatchStep::Action::kRead};
  const WatchTime next_poll =
      state.last_poll + (state.has_notifications ? timings.poll : timings.poll_alone);
  WatchTime due = next_poll;
  if (state.first_change.has_value()) {
    const WatchTime latest = state.latest_change.value_or(*state.first_change);
    const WatchTime read_at =
        std::min(latest + timings.quiet, *state.first_change + timings.max_delay);
    if (now >= read_at) return {.action = WatchStep::Action::kRead};
    due = std::min(due, read_at);
  }
  if (now >= next_poll) return {.action = WatchStep::Action::kCompare};
  const auto wait = std::chrono::ceil<WatchSpan>(due - now);
  return {.action = WatchStep::Action::kWait, .wait = std::max(wait, WatchSpan{1})};
}

}  // namespace pql
