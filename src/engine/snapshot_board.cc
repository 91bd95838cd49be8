#include "engine/snapshot_board.h"

#include <utility>
#include <vector>

namespace pql {

SnapshotBoard::SnapshotBoard() : snapshot_(std::make_shared<Snapshot>()) {}

std::shared_ptr<const Snapshot> SnapshotBoard::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_;
}

void SnapshotBoard::Publish(std::shared_ptr<const Snapshot> snapshot) {
  std::vector<std::function<void()>> calls;
  std::shared_ptr<const Snapshot> retired;  // freed outside of the lock
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    retired = std::exchange(snapshot_, std::move(snapshot));
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
      const RuleSetState* state = snapshot_->Find(waiter->second.rule_set);
      if (state != nullptr && state->revision >= waiter->second.min_revision) {
        calls.push_back(std::move(waiter->second.reached));
        waiter = waiters_.erase(waiter);
      } else {
        ++waiter;
      }
    }
    for (const auto& [id, published] : observers_) calls.push_back(published);
  }
  for (const std::function<void()>& call : calls) call();
}

std::optional<SnapshotBoard::WaiterId> SnapshotBoard::WhenRevision(std::string_view id,
                                                                   int64_t min_revision,
                                                                   std::function<void()> reached) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const RuleSetState* state = snapshot_->Find(id);
  if (state != nullptr && state->revision >= min_revision) return std::nullopt;
  const WaiterId waiter = next_waiter_++;
  waiters_[waiter] = Waiter{std::string(id), min_revision, std::move(reached)};
  return waiter;
}

bool SnapshotBoard::CancelWaiter(WaiterId waiter) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return waiters_.erase(waiter) > 0;
}

void SnapshotBoard::CallObservers() {
  std::vector<std::function<void()>> calls;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const auto& [id, published] : observers_) calls.push_back(published);
  }
  for (const std::function<void()>& call : calls) call();
}

SnapshotBoard::WaiterId SnapshotBoard::AddObserver(std::function<void()> published) {
  const std::lock_guard<std::mutex> lock(mutex_);
  observers_[next_waiter_] = std::move(published);
  return next_waiter_++;
}

void SnapshotBoard::RemoveObserver(WaiterId observer) {
  std::function<void()> removed;  // freed outside of the lock
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const auto found = observers_.find(observer); found != observers_.end()) {
    removed = std::move(found->second);
    observers_.erase(found);
  }
}

}  // namespace pql
