// Keeps the rule sets that are in force: takes what the sources offer, compiles what is new, and
// publishes it in one step.  What does not compile changes nothing but the failure that is shown.
//
// Thread-safe.  Readers copy one pointer and never wait for a compilation.

#ifndef PQL_ENGINE_RULE_SET_MANAGER_H_
#define PQL_ENGINE_RULE_SET_MANAGER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "engine/snapshot.h"
#include "store/rule_tree.h"

namespace pql {

// What an update did to one rule set, for the log.
struct RuleSetChange {
  enum class Kind { kLoaded, kFailed, kRecovered, kForgotten };
  Kind kind = Kind::kLoaded;
  std::shared_ptr<const RuleSetState> state;  // afterwards; of kForgotten: before
};

class RuleSetManager {
 public:
  // `clock` outlives the manager.
  RuleSetManager(CompileOptions options, const Clock* clock);
  ~RuleSetManager();
  RuleSetManager(const RuleSetManager&) = delete;
  RuleSetManager& operator=(const RuleSetManager&) = delete;

  // The whole of what the files now say.  Rule sets that did change are compiled and come into
  // force together; the others stay as they are.  An error, of the whole or of a rule set, is shown
  // with the rule sets concerned.  One call at a time; a second one waits.
  std::vector<RuleSetChange> Update(const absl::StatusOr<RuleTree>& tree);

  // What is in force.  Never null.
  std::shared_ptr<const Snapshot> snapshot() const;

  // Calls `reached` once, on the thread of an Update, when the rule set has this revision or a
  // later one.  Nothing when it has it already: then `reached` is not called.
  using WaiterId = uint64_t;
  std::optional<WaiterId> WhenRevision(std::string_view id, int64_t min_revision,
                                       std::function<void()> reached);
  // False when `reached` was or is being called.
  bool CancelWaiter(WaiterId waiter);

 private:
  struct Waiter {
    std::string rule_set;
    int64_t min_revision = 0;
    std::function<void()> reached;
  };
  using StatePtr = std::shared_ptr<const RuleSetState>;

  StatePtr Compile(const std::string& id, std::vector<SourceText> sources,
                   const RuleSetState* before) const;
  StatePtr Fail(const std::string& id, const std::string& error, const RuleSetState* before) const;
  std::optional<RuleSetChange> Look(const std::string& id, const RuleSetSources& offered,
                                    bool is_there, const RuleSetState* before) const;
  void Publish(std::shared_ptr<const Snapshot> snapshot);

  const CompileOptions options_;
  const Clock* const clock_;
  std::mutex update_mutex_;   // held for a whole Update
  mutable std::mutex mutex_;  // held for the few instructions of reading or replacing:
  std::shared_ptr<const Snapshot> snapshot_;
  std::map<WaiterId, Waiter> waiters_;
  WaiterId next_waiter_ = 1;
};

}  // namespace pql

#endif  // PQL_ENGINE_RULE_SET_MANAGER_H_
