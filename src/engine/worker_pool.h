// A few threads for work that takes too long for the threads that serve the network, behind a
// queue that does not grow without bound.  Thread-safe.

#ifndef PQL_ENGINE_WORKER_POOL_H_
#define PQL_ENGINE_WORKER_POOL_H_

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace pql {

class WorkerPool {
 public:
  // REQUIRES: threads > 0.
  WorkerPool(size_t threads, size_t max_queued);
  // Runs what is queued, then joins.
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  // False, and nothing happens, when the queue is full.  `job` must not throw.
  bool TryRun(std::function<void()> job);
  size_t max_queued() const { return max_queued_; }
  // Jobs that no thread has taken yet.
  size_t queued() const;

 private:
  void Work();

  const size_t max_queued_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> queue_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace pql

#endif  // PQL_ENGINE_WORKER_POOL_H_
