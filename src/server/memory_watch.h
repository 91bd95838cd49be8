// Keeps the memory of the process in bounds: gives back to the system what is free, and says when
// there is too much in use all the same.
//
// gRPC 1.51 takes 10 to 20 kB for each call that a client opens and resets, until all of those that
// it has read are done with; what is free again afterwards stays with the process, unless asked
// for.
//
// Not thread-safe.

#ifndef PQL_SERVER_MEMORY_WATCH_H_
#define PQL_SERVER_MEMORY_WATCH_H_

#include <chrono>
#include <cstddef>

namespace pql {

// Of the process; 0 where the system does not say.
size_t ResidentBytes();
// What the process may have: of the machine, or of its control group where that is less.
size_t AvailableMemoryBytes();

class MemoryWatch {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit MemoryWatch(size_t max_bytes) : max_bytes_(max_bytes) {}

  // Looks, and gives memory back when it is worth it.  Whether more than the maximum is in use
  // nevertheless.  Takes microseconds, but for the giving back, which happens once a second at most
  // and has half a percent of the time, unless there is too much.
  bool IsOver(Time now);
  // As of the last look.
  size_t resident_bytes() const { return resident_bytes_; }

 private:
  const size_t max_bytes_;
  size_t resident_bytes_ = 0;
  Time tidied_;
  std::chrono::nanoseconds took_{0};
};

}  // namespace pql

#endif  // PQL_SERVER_MEMORY_WATCH_H_
