// Blocks on their way from one reader through several workers to one output, in the order in which
// they were read.  Thread-safe.

#ifndef TOOLS_PQL_BLOCK_QUEUE_H_
#define TOOLS_PQL_BLOCK_QUEUE_H_

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "accounts/row_blocks.h"

namespace pql {

class BlockQueue {
 public:
  // `capacity`: how many blocks are on their way at most.
  explicit BlockQueue(size_t capacity) : blocks_(capacity) {}

  // --- the reader ---

  // The block to fill next, once it is free; null when the work has been stopped.
  RowBlock* WaitForFree();
  void PutFilled();
  // There is no further block.
  void Finish();

  // --- a worker, for its block, in this order ---

  // Takes the next block, by its number from 0; nothing when there is no more to do.
  std::optional<uint64_t> Take();
  RowBlock* BlockAt(uint64_t number) { return &blocks_[number % blocks_.size()]; }
  // Says how many rows it has; how many all blocks before it have.  Nothing when stopped.
  std::optional<uint64_t> CountRows(uint64_t number, uint64_t rows);
  // Waits until every block before it has been released: from then on its worker is the only one
  // that writes.  False when stopped.
  bool WaitForTurn(uint64_t number);
  // Hands the block back, in its turn.
  void Release();

  // Ends the work of all.
  void Stop();

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<RowBlock> blocks_;
  // Numbers of the blocks that come next: to be filled, taken, counted, released.
  uint64_t filled_ = 0;
  uint64_t taken_ = 0;
  uint64_t counted_ = 0;
  uint64_t released_ = 0;
  uint64_t rows_ = 0;  // of the blocks that were counted
  bool finished_ = false;
  bool stopped_ = false;
};

}  // namespace pql

#endif  // TOOLS_PQL_BLOCK_QUEUE_H_
