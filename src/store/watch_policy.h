// When a watched directory is looked at and when it is read: a pure function of what was seen so
// far, so that it is tested without files, threads or clocks.  Thread-safe: no state.

#ifndef PQL_STORE_WATCH_POLICY_H_
#define PQL_STORE_WATCH_POLICY_H_

#include <chrono>
#include <optional>

namespace pql {

// Monotonic: a jump of the wall clock neither delays nor repeats a reload.
using WatchTime = std::chrono::steady_clock::time_point;
using WatchSpan = std::chrono::milliseconds;

struct WatchTimings {
  // The directory is read once nothing has changed for so long: an editor that saves by rename, a
  // `git checkout` of hundreds of files make one reload.
  WatchSpan quiet{150};
  // It is read at the latest so long after the first change, however busy it is.
  WatchSpan max_delay{3000};
  // How often it is compared with what was seen last, besides the notifications of the kernel,
  // which network file systems do not send and which overflow.
  WatchSpan poll{1000};
  // The same where there are no notifications at all.
  WatchSpan poll_alone{300};
};

// What the watcher has seen.
struct WatchState {
  bool has_notifications = true;
  WatchTime last_poll;                     // when the tree was last compared
  std::optional<WatchTime> first_change;   // since the tree was last read
  std::optional<WatchTime> latest_change;  // since the tree was last read
  bool reload_requested = false;           // by an operator: read at once
};

struct WatchStep {
  enum class Action { kWait, kCompare, kRead };
  Action action = Action::kWait;
  WatchSpan wait{0};  // of kWait: sleep so long unless notified; at least 1 ms
};

WatchStep NextWatchStep(const WatchState& state, const WatchTimings& timings, WatchTime now);

}  // namespace pql

#endif  // PQL_STORE_WATCH_POLICY_H_
