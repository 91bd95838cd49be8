#include "engine/admission.h"

#include "base/strings.h"
#include "engine/error.h"

namespace pql {

absl::StatusOr<Admission::Ticket> Admission::Enter() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (draining_) return ShuttingDown("call another one");
  if (in_flight_ >= max_in_flight_) {
    return LimitExceeded(absl::StatusCode::kResourceExhausted, names_.limit, names_.flag,
                         in_flight_ + 1, max_in_flight_, names_.sentence);
  }
  ++in_flight_;
  return Ticket(this);
}

void Admission::Leave() {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (--in_flight_ == 0) idle_.notify_all();
}

void Admission::Drain() {
  const std::lock_guard<std::mutex> lock(mutex_);
  draining_ = true;
}

bool Admission::WaitUntilIdle(absl::Duration timeout) {
  std::unique_lock<std::mutex> lock(mutex_);
  return idle_.wait_for(lock, absl::ToChronoMilliseconds(timeout),
                        [this] { return in_flight_ == 0; });
}

size_t Admission::in_flight() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return in_flight_;
}

bool Admission::is_draining() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return draining_;
}

}  // namespace pql
