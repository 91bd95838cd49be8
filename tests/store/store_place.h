// Where the stores of a test keep things: opens stores of one kind on one place, one after the
// other or, where the kind can do that, several at once.

#ifndef TESTS_STORE_STORE_PLACE_H_
#define TESTS_STORE_STORE_PLACE_H_

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "base/clock.h"
#include "store/open_rule_store.h"
#include "store/rule_store.h"
#include "tests/testing/temp_directory.h"

namespace pql {

enum class StoreKind { kMemory, kSqlite, kPostgres };

std::string NameOf(StoreKind kind);

// A clock that stands until it is moved.  Thread-safe.
class FakeClock final : public Clock {
 public:
  absl::Time Now() const override {
    const std::lock_guard<std::mutex> lock(mutex_);
    return now_;
  }
  void Advance(absl::Duration time) {
    const std::lock_guard<std::mutex> lock(mutex_);
    now_ += time;
  }

 private:
  mutable std::mutex mutex_;
  absl::Time now_ = absl::FromUnixSeconds(1'780'000'000);
};

// Empty at first; emptied at the end.
class StorePlace {
 public:
  explicit StorePlace(StoreKind kind);
  ~StorePlace();
  StorePlace(const StorePlace&) = delete;
  StorePlace& operator=(const StorePlace&) = delete;

  // For OpenRuleStore.
  const std::string& spec() const { return spec_; }
  StoreOptions& options() { return options_; }
  // Its schema, of kPostgres.
  const std::string& schema() const { return options_.schema; }
  // The path of its file, of kSqlite.
  std::string file() const { return directory_.Path("rules.db"); }

  absl::StatusOr<std::unique_ptr<RuleStore>> TryOpen(const Clock* clock) const;
  std::unique_ptr<RuleStore> Open(const Clock* clock = &Clock::System()) const;

  bool is_durable() const { return kind_ != StoreKind::kMemory; }
  bool is_shared() const { return kind_ == StoreKind::kPostgres; }

 private:
  const StoreKind kind_;
  const TempDirectory directory_;
  std::string spec_;
  StoreOptions options_;
};

}  // namespace pql

#endif  // TESTS_STORE_STORE_PLACE_H_
