// The names of metrics that accounts were sent with and their rule set does not declare: the ones
// seen most, so that somebody finds the typo.  Names come from callers, so their number and length
// are bounded; counts are estimates once there have been more names than places (Metwally et al.,
// "Space-Saving", ICDT 2005: never too low, and a name seen often is always there).
//
// Thread-safe.  Record takes no memory and waits for nobody: a name that comes while another is
// being recorded is counted with the total only.

#ifndef PQL_ENGINE_UNKNOWN_METRICS_H_
#define PQL_ENGINE_UNKNOWN_METRICS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "engine/counters.h"

namespace pql {

struct UnknownMetric {
  std::string name;    // UTF-8; cut off at UnknownMetrics::kMaxNameBytes
  uint64_t count = 0;  // about how often it was sent
  absl::Time last_seen;
};

class UnknownMetrics {
 public:
  static constexpr size_t kMaxNames = 20;
  static constexpr size_t kMaxNameBytes = 100;

  // `clock` outlives it.
  explicit UnknownMetrics(const Clock* clock) : clock_(clock) {}

  // `name`: valid UTF-8.
  void Record(std::string_view name, uint64_t values = 1);
  // Values that were sent for any unknown metric.
  uint64_t total() const { return total_.Sum(); }
  // In order of count, the largest first.
  std::vector<UnknownMetric> Names() const;
  // The names that have come since the last call, each told once while it keeps its place.
  std::vector<std::string> TakeNew();
  // Forgets names that are declared now.
  void Forget(const std::function<bool(std::string_view name)>& is_declared);

 private:
  struct Place {
    std::array<char, kMaxNameBytes> bytes{};
    size_t size = 0;
    uint64_t count = 0;  // 0: the place is free
    absl::Time last_seen;
    bool told = false;

    std::string_view name() const { return {bytes.data(), size}; }
  };

  const Clock* const clock_;
  Counter total_;
  mutable std::mutex mutex_;
  std::array<Place, kMaxNames> places_;
};

}  // namespace pql

#endif  // PQL_ENGINE_UNKNOWN_METRICS_H_
