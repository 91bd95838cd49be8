// Calls a function on a thread of its own again and again, until another destroys it.  Thread-safe.

#ifndef PQL_SERVER_PERIODIC_TASK_H_
#define PQL_SERVER_PERIODIC_TASK_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/time/time.h"

namespace pql {

class PeriodicTask {
 public:
  // First after `interval`; the intervals are between calls.
  PeriodicTask(absl::Duration interval, std::function<void()> task);
  // Waits for a call that is running.
  ~PeriodicTask();
  PeriodicTask(const PeriodicTask&) = delete;
  PeriodicTask& operator=(const PeriodicTask&) = delete;

 private:
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace pql

#endif  // PQL_SERVER_PERIODIC_TASK_H_
