// Counts and times that many threads record and one thread reads now and then: every thread adds to
// a copy of its own as far as there are enough of them, and reading adds the copies up.  Recording
// takes a few nanoseconds, no lock and no memory.
//
// Thread-safe.  A sum that is read while others record has what they finished before, and perhaps
// some of what they are at.

#ifndef PQL_ENGINE_COUNTERS_H_
#define PQL_ENGINE_COUNTERS_H_

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace pql {

inline constexpr size_t kCounterCopies = 8;
inline constexpr size_t kCacheLine = 64;

// Which copy this thread adds to: 0 to kCounterCopies - 1, always the same.
inline size_t CounterCopy() {
  static std::atomic<size_t> threads{0};
  thread_local const size_t copy = threads.fetch_add(1, std::memory_order_relaxed) % kCounterCopies;
  return copy;
}

// A fixed number of counts that are recorded together.
template <size_t kSize>
class CounterArray {
 public:
  void Add(size_t index, uint64_t n = 1) {
    copies_[CounterCopy()].values[index].fetch_add(n, std::memory_order_relaxed);
  }
  uint64_t Sum(size_t index) const {
    uint64_t sum = 0;
    for (const Copy& copy : copies_) sum += copy.values[index].load(std::memory_order_relaxed);
    return sum;
  }

 private:
  struct alignas(kCacheLine) Copy {
    std::array<std::atomic<uint64_t>, kSize> values{};
  };
  std::array<Copy, kCounterCopies> copies_;
};

class Counter {
 public:
  void Add(uint64_t n = 1) { counts_.Add(0, n); }
  uint64_t Sum() const { return counts_.Sum(0); }

 private:
  CounterArray<1> counts_;
};

// How long things took, sorted into fixed buckets.
class DurationHistogram {
 public:
  // Each bucket has the durations up to its bound and above the one before; one more bucket has the
  // rest.
  static constexpr std::array<std::chrono::microseconds, 18> kBounds = {
      {std::chrono::microseconds{10}, std::chrono::microseconds{25}, std::chrono::microseconds{50},
       std::chrono::microseconds{100}, std::chrono::microseconds{250},
       std::chrono::microseconds{500}, std::chrono::milliseconds{1},
       std::chrono::microseconds{2'500}, std::chrono::milliseconds{5},
       std::chrono::milliseconds{10}, std::chrono::milliseconds{25}, std::chrono::milliseconds{50},
       std::chrono::milliseconds{100}, std::chrono::milliseconds{250},
       std::chrono::milliseconds{500}, std::chrono::seconds{1}, std::chrono::seconds{5},
       std::chrono::seconds{30}}};
  static constexpr size_t kBuckets = kBounds.size() + 1;

  struct Totals {
    std::array<uint64_t, kBuckets> counts{};  // by bucket
    uint64_t count = 0;                       // of all buckets
    std::chrono::nanoseconds sum{0};
  };

  // A negative duration counts as none.
  void Record(std::chrono::nanoseconds duration) {
    duration = std::max(duration, std::chrono::nanoseconds{0});
    size_t bucket = 0;
    for (const std::chrono::nanoseconds bound : kBounds) bucket += duration > bound ? 1 : 0;
    counts_.Add(bucket);
    counts_.Add(kBuckets, static_cast<uint64_t>(duration.count()));
  }
  Totals Read() const {
    Totals totals;
    for (size_t i = 0; i < kBuckets; ++i) {
      totals.counts[i] = counts_.Sum(i);
      totals.count += totals.counts[i];
    }
    totals.sum = std::chrono::nanoseconds{static_cast<int64_t>(counts_.Sum(kBuckets))};
    return totals;
  }

 private:
  CounterArray<kBuckets + 1> counts_;  // the last: the sum in nanoseconds
};

}  // namespace pql

#endif  // PQL_ENGINE_COUNTERS_H_
