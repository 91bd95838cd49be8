// What a rule store has heard of its own health.  Thread-safe.

#ifndef PQL_STORE_HEALTH_RECORD_H_
#define PQL_STORE_HEALTH_RECORD_H_

#include <array>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "base/clock.h"
#include "store/rule_store.h"

namespace pql {

class HealthRecord {
 public:
  // A full disk fails writes while reads go on: a success clears only what it disproves.
  enum class Access { kRead, kWrite };

  // `clock` outlives the record.
  explicit HealthRecord(const Clock* clock);

  // The outcome of an access.  Errors that are the caller's (NOT_FOUND, ABORTED, ...) show that the
  // store works.
  void Note(Access access, const absl::Status& status);

  StoreHealth Get() const;

 private:
  const Clock* const clock_;
  mutable std::mutex mutex_;
  std::array<std::string, 2> errors_;  // by Access; empty: none
  StoreHealth health_;
};

}  // namespace pql

#endif  // PQL_STORE_HEALTH_RECORD_H_
