#include "engine/worker_pool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace pql {
namespace {

// Something that jobs wait at until it is opened.
class Gate {
 public:
  void Wait() {
    std::unique_lock<std::mutex> lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
  }
  void Open() {
    const std::lock_guard<std::mutex> lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  void AwaitWaiting(int count) {
    std::unique_lock<std::mutex> lock(mutex_);
    changed_.wait(lock, [this, count] { return waiting_ >= count; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = false;
  int waiting_ = 0;
};

TEST(WorkerPoolTest, QueueIsBounded) {
  Gate gate;
  std::atomic<int> done{0};
  {
    WorkerPool pool(1, 2);
    ASSERT_TRUE(pool.TryRun([&] { gate.Wait(); }));
    gate.AwaitWaiting(1);
    EXPECT_TRUE(pool.TryRun([&] { ++done; }));
    EXPECT_TRUE(pool.TryRun([&] { ++done; }));
    EXPECT_FALSE(pool.TryRun([&] { ++done; }));
    gate.Open();
  }
  EXPECT_EQ(done, 2) << "what was queued runs before the pool ends";
}

TEST(WorkerPoolTest, ThreadsWorkAtTheSameTime) {
  Gate gate;
  WorkerPool pool(3, 10);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(pool.TryRun([&gate] { gate.Wait(); }));
  gate.AwaitWaiting(3);
  gate.Open();
}

}  // namespace
}  // namespace pql
