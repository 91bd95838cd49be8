#include "server/periodic_task.h"

#include <utility>

namespace pql {

PeriodicTask::PeriodicTask(absl::Duration interval, std::function<void()> task)
    : thread_([this, interval, task = std::move(task)] {
        std::unique_lock<std::mutex> lock(mutex_);
        const auto stopped = [this] { return stop_; };
        while (!stopped_.wait_for(lock, absl::ToChronoMilliseconds(interval), stopped)) {
          lock.unlock();
          task();
          lock.lock();
        }
      }) {}

PeriodicTask::~PeriodicTask() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  thread_.join();
}

}  // namespace pql
