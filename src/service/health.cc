#include "service/health.h"

namespace pql {

void Health::Set(std::string_view service, bool serving) {
  const std::lock_guard<std::mutex> lock(mutex_);
  serving_.insert_or_assign(std::string(service), serving);
  for (const auto& [watcher, watched] : watchers_) {
    if (watched == service) watcher->Tell(serving);
  }
}

std::optional<bool> Health::Find(std::string_view service) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return FindLocked(service);
}

void Health::Watch(const std::string& service, Watcher* watcher) {
  const std::lock_guard<std::mutex> lock(mutex_);
  watchers_[watcher] = service;
  watcher->Tell(FindLocked(service));
}

void Health::Remove(Watcher* watcher) {
  const std::lock_guard<std::mutex> lock(mutex_);
  watchers_.erase(watcher);
}

std::optional<bool> Health::FindLocked(std::string_view service) const {
  const auto found = serving_.find(service);
  return found == serving_.end() ? std::nullopt : std::optional<bool>(found->second);
}

}  // namespace pql
