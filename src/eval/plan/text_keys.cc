#include "eval/plan/text_keys.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>
#include <vector>

namespace pql {
namespace {

constexpr uint64_t kMultiplier = 0x9E3779B97F4A7C15;  // 2^64 over the golden ratio

uint64_t Mix(uint64_t hash, uint64_t word) {
  const auto product = static_cast<unsigned __int128>(hash ^ word) * kMultiplier;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

template <typename Word>
uint64_t Load(const char* bytes) {
  Word word;
  std::memcpy(&word, bytes, sizeof(word));
  return word;
}

// The table holds what the rules say and is only looked up with what accounts hold, so that nobody
// who sends accounts can make it slow: the longest run of used places does not depend on them.
uint32_t HashOf(uint32_t metric, std::string_view text) {
  uint64_t hash = Mix(kMultiplier * (metric + 1), text.size());
  const char* bytes = text.data();
  size_t left = text.size();
  for (; left > 16; left -= 8, bytes += 8) hash = Mix(hash, Load<uint64_t>(bytes));
  if (left >= 8) {
    hash = Mix(hash, Load<uint64_t>(bytes));
    hash = Mix(hash, Load<uint64_t>(bytes + left - 8));
  } else if (left >= 4) {
    hash = Mix(hash, Load<uint32_t>(bytes) << 32 | Load<uint32_t>(bytes + left - 4));
  } else if (left > 0) {
    hash = Mix(hash, Load<uint8_t>(bytes) << 16 | Load<uint8_t>(bytes + left / 2) << 8 |
                         Load<uint8_t>(bytes + left - 1));
  }
  return static_cast<uint32_t>(hash ^ (hash >> 32));
}

}  // namespace

size_t TextKeys::PlaceOf(uint32_t hash, uint32_t metric, std::string_view text) const {
  const size_t mask = places_.size() - 1;
  for (size_t place = hash & mask;; place = (place + 1) & mask) {
    const Entry& entry = places_[place];
    if (entry.data == nullptr) return place;
    if (entry.hash == hash && entry.metric == metric &&
        std::string_view(entry.data, entry.size) == text) {
      return place;
    }
  }
}

void TextKeys::Grow() {
  std::vector<Entry> old(std::max<size_t>(16, 2 * places_.size()));
  std::swap(old, places_);
  const size_t mask = places_.size() - 1;
  for (const Entry& entry : old) {
    if (entry.data == nullptr) continue;
    size_t place = entry.hash & mask;
    while (places_[place].data != nullptr) place = (place + 1) & mask;
    places_[place] = entry;
  }
}

MetricKey TextKeys::Add(uint32_t metric, std::string_view text) {
  if (2 * (used_ + 1) > places_.size()) Grow();
  const uint32_t hash = HashOf(metric, text);
  Entry& entry = places_[PlaceOf(hash, metric, text)];
  if (entry.data == nullptr) {
    ++used_;
    texts_.push_back(std::string(text));
    entry = {texts_.back().data(), static_cast<uint32_t>(text.size()), metric, hash,
             static_cast<uint32_t>(next_[metric]++)};
  }
  return entry.key;
}

bool TextKeys::CanFollow(const TextKeys& before) const {
  for (uint32_t metric = 0; metric < next_.size(); ++metric) {
    // Of a metric that had more texts, no set without an end fits into a mask.
    if (before.Highest(metric) == kLastReservedKey && next_[metric] - 1 > kLastReservedKey) {
      return false;
    }
  }
  return true;
}

MetricKey TextKeys::Find(uint32_t metric, std::string_view text) const {
  if (next_[metric] == kFirstNamedTextKey) return kUnnamedTextKey;
  const Entry& entry = places_[PlaceOf(HashOf(metric, text), metric, text)];
  return entry.data == nullptr ? kUnnamedTextKey : entry.key;
}

}  // namespace pql
