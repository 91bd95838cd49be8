#include "tools/pql_load/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>

namespace pql {
namespace {

// Nanoseconds below 2^kBits have a bucket each; above, every doubling has 2^(kBits - 1) buckets of
// one width, which is at most 1/128 of what is in them.
constexpr int kBits = 8;
constexpr uint64_t kExact = uint64_t{1} << kBits;
constexpr uint64_t kHalf = kExact / 2;
constexpr uint64_t kMost = 3'600'000'000'000;

size_t BucketOf(uint64_t nanos) {
  const int shift = std::max(0, static_cast<int>(std::bit_width(nanos)) - kBits);
  return static_cast<size_t>(shift) * kHalf + (nanos >> shift);
}

// The largest duration of the bucket.
uint64_t UpperBoundOf(size_t bucket) {
  if (bucket < kExact) return bucket;
  const size_t shift = bucket / kHalf - 1;
  const uint64_t base = bucket - shift * kHalf;
  return ((base + 1) << shift) - 1;
}

}  // namespace

LatencyHistogram::LatencyHistogram() : buckets_(BucketOf(kMost) + 1) {}

void LatencyHistogram::Record(Duration duration) {
  const uint64_t nanos =
      std::min(kMost, static_cast<uint64_t>(std::max<Duration::rep>(0, duration.count())));
  ++buckets_[BucketOf(nanos)];
  ++count_;
  sum_ += static_cast<double>(nanos);
  max_ = std::max(max_, Duration(nanos));
}

void LatencyHistogram::Add(const LatencyHistogram& other) {
  for (size_t i = 0; i < buckets_.size(); ++i) buckets_[i] += other.buckets_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

LatencyHistogram::Duration LatencyHistogram::mean() const {
  return count_ == 0 ? Duration(0) : Duration(std::llround(sum_ / static_cast<double>(count_)));
}

LatencyHistogram::Duration LatencyHistogram::Quantile(double share) const {
  const auto wanted = static_cast<uint64_t>(std::ceil(share * static_cast<double>(count_)));
  uint64_t seen = 0;
  for (size_t i = 0; i < buckets_.size(); ++i) {
    seen += buckets_[i];
    if (seen > 0 && seen >= wanted) return std::min(Duration(UpperBoundOf(i)), max_);
  }
  return max_;
}

}  // namespace pql
