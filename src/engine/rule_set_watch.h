// What a watcher of rule sets has been told, and what is to be told next.  Holds a few numbers a
// rule set and never a queue: a watcher that is slow reads the history later, and holds up nobody.
//
// Not thread-safe: of one watcher.

#ifndef PQL_ENGINE_RULE_SET_WATCH_H_
#define PQL_ENGINE_RULE_SET_WATCH_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/snapshot.h"
#include "store/rule_store.h"

namespace pql {

struct WatchEvent {
  enum class Kind { kCurrent, kChanged, kLoadStatus, kDeleted, kCaughtUp };
  Kind kind = Kind::kCurrent;
  std::string rule_set;                            // its id; empty: kCaughtUp
  std::shared_ptr<const RuleSetState> state;       // after the event; null: not in force any more
  std::shared_ptr<const StoredRevision> revision;  // of kChanged, without sources
};

class RuleSetWatch {
 public:
  // `rule_sets`: ids; empty: all.  `seen`: revisions that the watcher knows, by id.
  RuleSetWatch(std::set<std::string> rule_sets, std::map<std::string, int64_t> seen);

  // The next events, in order, a few at a time; none when the watcher knows all of `snapshot`.
  // Reads the store where the snapshot is not enough.  After an error, which is the store's, the
  // same events are still to come.
  absl::StatusOr<std::vector<WatchEvent>> Next(const Snapshot& snapshot, RuleStore* store);

 private:
  // What the watcher knows of a rule set.
  struct Known {
    bool exists = false;
    int64_t revision = 0;
    std::shared_ptr<const LoadFailure> failure;
  };
  using StatePtr = std::shared_ptr<const RuleSetState>;

  std::set<std::string> Ids(const Snapshot& snapshot) const;
  absl::StatusOr<bool> Resumes(const std::string& id, const StatePtr& state,
                               RuleStore* store) const;
  absl::Status Tell(const std::string& id, const StatePtr& state, RuleStore* store,
                    std::vector<WatchEvent>* events);
  absl::Status TellRevisions(const StatePtr& state, RuleStore* store, Known* known,
                             std::vector<WatchEvent>* events);
  bool IsEnough(const std::vector<WatchEvent>& events) const;

  const std::set<std::string> rule_sets_;
  const std::map<std::string, int64_t> seen_;
  std::map<std::string, Known> known_;
  bool caught_up_ = false;
  size_t bytes_ = 0;  // of the revisions that the call of Next gives
};

}  // namespace pql

#endif  // PQL_ENGINE_RULE_SET_WATCH_H_
