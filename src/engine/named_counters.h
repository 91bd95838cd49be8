// Counts by name, for names that come from this program's own code and are few.
//
// Thread-safe.  Counting takes no lock but for the first time of a name.

#ifndef PQL_ENGINE_NAMED_COUNTERS_H_
#define PQL_ENGINE_NAMED_COUNTERS_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "engine/counters.h"

namespace pql {

class NamedCounters {
 public:
  // Names beyond the first so many are counted as "other".
  static constexpr size_t kMaxNames = 64;

  void Add(std::string_view name, uint64_t count = 1);
  std::map<std::string, uint64_t> Sums() const;

 private:
  struct Entry {
    std::string name;  // not changed once it is below used_
    Counter counter;
  };
  Entry* Find(std::string_view name, size_t used);

  std::atomic<size_t> used_{0};
  std::mutex mutex_;
  std::array<Entry, kMaxNames> entries_;
};

}  // namespace pql

#endif  // PQL_ENGINE_NAMED_COUNTERS_H_
