// Follows a directory of rule sets: reads it when it has changed and come to rest, and hands what
// it read to a callback.  It knows bytes only; whether they differ from what is in force, and
// whether they compile, is the receiver's business.
//
// Owns one thread.  Thread-safe.

#ifndef PQL_STORE_DIRECTORY_WATCHER_H_
#define PQL_STORE_DIRECTORY_WATCHER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/status/statusor.h"
#include "store/file_events.h"
#include "store/rule_tree.h"
#include "store/watch_policy.h"

namespace pql {

class DirectoryWatcher {
 public:
  // Called on the watcher's thread, never twice at once.  An error: the directory itself can't be
  // listed.
  using Callback = std::function<void(const absl::StatusOr<RuleTree>& tree)>;

  struct Options {
    WatchTimings timings;
    RuleTreeLimits limits;
  };

  DirectoryWatcher(std::string root, Options options, std::unique_ptr<FileEvents> events,
                   Callback on_change);
  // Waits for a callback that is running.
  ~DirectoryWatcher();
  DirectoryWatcher(const DirectoryWatcher&) = delete;
  DirectoryWatcher& operator=(const DirectoryWatcher&) = delete;

  // Reads the directory on the caller's thread and starts to follow it: changes made after the read
  // are noticed.  The callback is not called for this first read, but `first` is, on this thread,
  // before the callback is for any later one.  REQUIRES: called once.
  absl::StatusOr<RuleTree> Start(const std::function<void(const RuleTree& tree)>& first = {});

  // Reads the directory soon, changed or not, and calls back.
  void RequestReload();

 private:
  void Run();
  void ReadAndReport();
  void NoteChange(WatchTime now);

  const std::string root_;
  const Options options_;
  const std::unique_ptr<FileEvents> events_;
  const Callback on_change_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> reload_requested_{false};
  WatchState state_;         // of the watcher's thread once it runs
  std::string fingerprint_;  // likewise: of the tree that was last seen
  std::thread thread_;
};

}  // namespace pql

#endif  // PQL_STORE_DIRECTORY_WATCHER_H_
