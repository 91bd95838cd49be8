#include "engine/unknown_metrics.h"

#include <algorithm>

#include "base/unicode.h"

namespace pql {

void UnknownMetrics::Record(std::string_view name, uint64_t values) {
  total_.Add(values);
  const std::unique_lock<std::mutex> lock(mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return;
  name = CutOffUtf8(name, kMaxNameBytes);
  Place* place = &places_[0];
  for (Place& other : places_) {
    if (other.count > 0 && other.name() == name) {
      place = &other;
      break;
    }
    if (other.count < place->count) place = &other;
  }
  if (place->count == 0 || place->name() != name) {  // takes the place of the rarest
    std::copy(name.begin(), name.end(), place->bytes.begin());
    place->size = name.size();
    place->told = false;
  }
  place->count += values;
  place->last_seen = clock_->Now();
}

std::vector<UnknownMetric> UnknownMetrics::Names() const {
  std::vector<UnknownMetric> names;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (const Place& place : places_) {
      if (place.count == 0) continue;
      names.push_back({std::string(place.name()), place.count, place.last_seen});
    }
  }
  std::sort(names.begin(), names.end(), [](const UnknownMetric& a, const UnknownMetric& b) {
    return a.count != b.count ? a.count > b.count : a.name < b.name;
  });
  return names;
}

std::vector<std::string> UnknownMetrics::TakeNew() {
  std::vector<std::string> names;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Place& place : places_) {
    if (place.count == 0 || place.told) continue;
    place.told = true;
    names.emplace_back(place.name());
  }
  return names;
}

void UnknownMetrics::Forget(const std::function<bool(std::string_view name)>& is_declared) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (Place& place : places_) {
    if (place.count > 0 && is_declared(place.name())) place = Place();
  }
}

}  // namespace pql
