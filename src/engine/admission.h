// Counts the calls being answered: turns away those beyond the limit and, once draining, all new
// ones.  Thread-safe.

#ifndef PQL_ENGINE_ADMISSION_H_
#define PQL_ENGINE_ADMISSION_H_

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pql {

class Admission {
 public:
  // One call, from when it is let in to when its answer is on its way.
  class Ticket {
   public:
    Ticket() = default;
    explicit Ticket(Admission* admission) : admission_(admission) {}
    Ticket(Ticket&& other) noexcept : admission_(std::exchange(other.admission_, nullptr)) {}
    Ticket& operator=(Ticket&& other) noexcept {
      std::swap(admission_, other.admission_);
      return *this;
    }
    ~Ticket() {
      if (admission_ != nullptr) admission_->Leave();
    }

   private:
    Admission* admission_ = nullptr;
  };

  // What is counted, and the flag that says how many, for the error.
  struct Names {
    std::string_view limit = "calls in flight";
    std::string_view flag = "--max-in-flight";
    std::string_view sentence = "the server is answering as many calls as it may; try again later";
  };

  explicit Admission(size_t max_in_flight) : Admission(max_in_flight, Names()) {}
  Admission(size_t max_in_flight, const Names& names)
      : max_in_flight_(max_in_flight), names_(names) {}

  // RESOURCE_EXHAUSTED beyond the limit, UNAVAILABLE while draining.
  absl::StatusOr<Ticket> Enter();
  // From now on nobody enters.
  void Drain();
  // Whether everybody has left within `timeout`.
  bool WaitUntilIdle(absl::Duration timeout);
  size_t in_flight() const;
  bool is_draining() const;

 private:
  void Leave();

  const size_t max_in_flight_;
  const Names names_;
  mutable std::mutex mutex_;
  std::condition_variable idle_;
  size_t in_flight_ = 0;
  bool draining_ = false;
};

}  // namespace pql

#endif  // PQL_ENGINE_ADMISSION_H_
