// Notifications that something below a directory may have changed.
//
// A notification is a hint: it may come for nothing, and it may be lost (the watcher compares the
// tree as well).  Wait and Refresh are for one thread; Wake may be called from any.

#ifndef PQL_STORE_FILE_EVENTS_H_
#define PQL_STORE_FILE_EVENTS_H_

#include <chrono>
#include <memory>
#include <string>

namespace pql {

class FileEvents {
 public:
  virtual ~FileEvents() = default;

  // Whether changes are noticed at all, or Wait only sleeps.
  virtual bool has_notifications() const = 0;
  // Watches the directories that there are now.
  virtual void Refresh() = 0;
  // True when something may have changed; false after `timeout` or a Wake.
  virtual bool Wait(std::chrono::milliseconds timeout) = 0;
  // Ends the current or the next Wait.
  virtual void Wake() = 0;
};

// inotify(7) on the directory and all directories below it; sleeps where the kernel refuses it.
std::unique_ptr<FileEvents> MakeFileEvents(const std::string& root);

// Only ever sleeps: what MakeFileEvents falls back to.
std::unique_ptr<FileEvents> MakeSleepingFileEvents();

}  // namespace pql

#endif  // PQL_STORE_FILE_EVENTS_H_
