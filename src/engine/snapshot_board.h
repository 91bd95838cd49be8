// Where the snapshot in force hangs: readers take it, writers replace it, and whoever waits for a
// revision is told.  Thread-safe.

#ifndef PQL_ENGINE_SNAPSHOT_BOARD_H_
#define PQL_ENGINE_SNAPSHOT_BOARD_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "engine/snapshot.h"

namespace pql {

class SnapshotBoard {
 public:
  SnapshotBoard();

  // Never null.
  std::shared_ptr<const Snapshot> snapshot() const;
  void Publish(std::shared_ptr<const Snapshot> snapshot);

  // Calls `reached` once, on the thread of a Publish, when the rule set has this revision or a
  // later one.  Nothing when it has it already: then `reached` is not called.
  using WaiterId = uint64_t;
  std::optional<WaiterId> WhenRevision(std::string_view id, int64_t min_revision,
                                       std::function<void()> reached);
  // False when `reached` was or is being called.
  bool CancelWaiter(WaiterId waiter);

  // Calls `published` after every Publish, on its thread: it must be quick.  It may still be
  // running when RemoveObserver returns, and is not called again.
  WaiterId AddObserver(std::function<void()> published);
  void CallObservers();
  void RemoveObserver(WaiterId observer);

 private:
  struct Waiter {
    std::string rule_set;
    int64_t min_revision = 0;
    std::function<void()> reached;
  };

  mutable std::mutex mutex_;  // held for the few instructions of reading or replacing
  std::shared_ptr<const Snapshot> snapshot_;
  std::map<WaiterId, Waiter> waiters_;
  std::map<WaiterId, std::function<void()>> observers_;
  WaiterId next_waiter_ = 1;
};

}  // namespace pql

#endif  // PQL_ENGINE_SNAPSHOT_BOARD_H_
