#include "tools/pql/block_queue.h"

namespace pql {

RowBlock* BlockQueue::WaitForFree() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || filled_ - released_ < blocks_.size(); });
  return stopped_ ? nullptr : BlockAt(filled_);
}

void BlockQueue::PutFilled() {
  {
    const std::lock_guard lock(mutex_);
    ++filled_;
  }
  changed_.notify_all();
}

void BlockQueue::Finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
}

std::optional<uint64_t> BlockQueue::Take() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || finished_ || taken_ < filled_; });
  if (stopped_ || taken_ == filled_) return std::nullopt;
  return taken_++;
}

std::optional<uint64_t> BlockQueue::CountRows(uint64_t number, uint64_t rows) {
  uint64_t before;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, number] { return stopped_ || counted_ == number; });
    if (stopped_) return std::nullopt;
    before = rows_;
    rows_ += rows;
    ++counted_;
  }
  changed_.notify_all();
  return before;
}

bool BlockQueue::WaitForTurn(uint64_t number) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this, number] { return stopped_ || released_ == number; });
  return !stopped_;
}

void BlockQueue::Release() {
  {
    const std::lock_guard lock(mutex_);
    ++released_;
  }
  changed_.notify_all();
}

void BlockQueue::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

}  // namespace pql
