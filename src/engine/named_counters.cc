#include "engine/named_counters.h"

namespace pql {

NamedCounters::Entry* NamedCounters::Find(std::string_view name, size_t used) {
  for (size_t i = 0; i < used; ++i) {
    if (entries_[i].name == name) return &entries_[i];
  }
  return nullptr;
}

void NamedCounters::Add(std::string_view name, uint64_t count) {
  Entry* entry = Find(name, used_.load(std::memory_order_acquire));
  if (entry == nullptr) {
    const std::lock_guard<std::mutex> lock(mutex_);
    const size_t used = used_.load(std::memory_order_relaxed);
    entry = Find(name, used);
    if (entry == nullptr && used + 1 >= kMaxNames) {
      name = "other";
      entry = Find(name, used);
    }
    if (entry == nullptr) {
      entry = &entries_[used];
      entry->name = std::string(name);
      used_.store(used + 1, std::memory_order_release);
    }
  }
  entry->counter.Add(count);
}

std::map<std::string, uint64_t> NamedCounters::Sums() const {
  std::map<std::string, uint64_t> sums;
  const size_t used = used_.load(std::memory_order_acquire);
  for (size_t i = 0; i < used; ++i) sums[entries_[i].name] = entries_[i].counter.Sum();
  return sums;
}

}  // namespace pql
