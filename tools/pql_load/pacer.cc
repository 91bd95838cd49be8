#include "tools/pql_load/pacer.h"

#include <cmath>

namespace pql {

Instant Pacer::NextDue() const {
  const double seconds = static_cast<double>(taken_) / pace_.calls_a_second;
  return pace_.begin + std::chrono::nanoseconds(std::llround(seconds * 1e9));
}

std::optional<Instant> Pacer::Take(Instant now) {
  if (now < pace_.begin || Finished(now)) return std::nullopt;
  while (!resting_.empty() && resting_.front() <= now) resting_.pop_front();
  if (in_flight_ + resting_.size() >= pace_.concurrency) return std::nullopt;
  Instant due = now;
  if (open_loop()) {
    due = NextDue();
    if (due > now) return std::nullopt;
  }
  ++taken_;
  ++in_flight_;
  return due;
}

void Pacer::Done(Instant now, bool ok) {
  --in_flight_;
  if (!ok && !open_loop()) resting_.push_back(now + kRest);
}

std::optional<Instant> Pacer::NextTake() const {
  if (in_flight_ + resting_.size() < pace_.concurrency) {
    return open_loop() ? NextDue() : pace_.begin;
  }
  if (resting_.empty()) return std::nullopt;
  return resting_.front();
}

std::optional<Instant> Pacer::TakeUnsent() {
  const Instant due = NextDue();
  if (due >= pace_.end) return std::nullopt;
  ++taken_;
  return due;
}

}  // namespace pql
