#include "engine/upkeep.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

namespace pql {
namespace {

// How often what is retired is looked at, as long as anybody has it.
constexpr std::chrono::milliseconds kSweepInterval{50};

}  // namespace

Upkeep::Upkeep(std::function<void()> consolidate)
    : consolidate_(std::move(consolidate)), thread_([this] { Work(); }) {}

Upkeep::~Upkeep() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Upkeep::Wake() {
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    is_wanted_ = true;
  }
  changed_.notify_one();
}

void Upkeep::Retire(std::shared_ptr<const void> retired) {
  const std::lock_guard<std::mutex> lock(mutex_);
  retired_.push_back(std::move(retired));
}

std::vector<std::shared_ptr<const void>> Upkeep::TakeUnused() {
  const auto first = std::partition(retired_.begin(), retired_.end(),
                                    [](const auto& each) { return each.use_count() > 1; });
  std::vector<std::shared_ptr<const void>> unused(std::make_move_iterator(first),
                                                  std::make_move_iterator(retired_.end()));
  retired_.erase(first, retired_.end());
  return unused;
}

void Upkeep::Work() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_) {
    const auto has_work = [this] { return stop_ || is_wanted_; };
    if (retired_.empty()) {
      changed_.wait(lock, has_work);
    } else {
      changed_.wait_for(lock, kSweepInterval, has_work);
    }
    if (stop_) return;
    const bool consolidate = std::exchange(is_wanted_, false);
    std::vector<std::shared_ptr<const void>> unused = TakeUnused();
    lock.unlock();
    unused.clear();
    if (consolidate) consolidate_();
    lock.lock();
  }
}

}  // namespace pql
