// Counts of durations in buckets whose width grows with the duration, as HdrHistogram has them: the
// same memory however many are recorded, and every quantile within 0.8%.
//
// Not thread-safe: one a thread, added up at the end.

#ifndef TOOLS_PQL_LOAD_LATENCY_HISTOGRAM_H_
#define TOOLS_PQL_LOAD_LATENCY_HISTOGRAM_H_

#include <chrono>
#include <cstdint>
#include <vector>

namespace pql {

class LatencyHistogram {
 public:
  using Duration = std::chrono::nanoseconds;

  LatencyHistogram();

  // Negative ones count as 0, those beyond an hour as one hour.
  void Record(Duration duration);
  void Add(const LatencyHistogram& other);

  uint64_t count() const { return count_; }
  // Exact.  0 when there are none.
  Duration max() const { return max_; }
  Duration mean() const;
  // The least duration that at least this share of all do not exceed, within 0.8% and never too
  // low.  REQUIRES: 0 < share <= 1.  0 when there are none.
  Duration Quantile(double share) const;

 private:
  std::vector<uint64_t> buckets_;
  uint64_t count_ = 0;
  double sum_ = 0;  // in nanoseconds
  Duration max_{0};
};

}  // namespace pql

#endif  // TOOLS_PQL_LOAD_LATENCY_HISTOGRAM_H_
