// Keeps the rule sets that are in force: takes what the files, the callers and the other servers on
// the same store change, compiles it, commits it to the store and publishes it in one step.  What
// does not compile changes nothing but the failure that is shown.
//
// The history in the store is the truth: revision numbers are its numbers, and every server follows
// it.  The files of the rules directory are one writer among others.
//
// Thread-safe.  Readers copy one pointer and never wait for a compilation or the store; everything
// else may wait for both, one call at a time.

#ifndef PQL_ENGINE_RULE_SET_MANAGER_H_
#define PQL_ENGINE_RULE_SET_MANAGER_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/clock.h"
#include "engine/limits.h"
#include "engine/rule_set_change.h"
#include "engine/snapshot_board.h"
#include "engine/state_builder.h"
#include "engine/telemetry.h"
#include "engine/upkeep.h"
#include "store/rule_store.h"
#include "store/rule_tree.h"

namespace pql {

// What happened to one rule set, for the log.
struct RuleSetChange {
  enum class Kind { kLoaded, kFailed, kRecovered, kForgotten };
  Kind kind = Kind::kLoaded;
  std::shared_ptr<const RuleSetState> state;  // afterwards; of kForgotten: before
};

class RuleSetManager {
 public:
  // Called with everything that an Update, Sync or Change did, before it returns; never twice at
  // once.
  using Listener = std::function<void(const RuleSetChange& change)>;

  // `clock`, `store` and `telemetry` outlive the manager.  Of `limits`: those on the number of rule
  // sets and of their sources.
  RuleSetManager(CompileOptions options, const Clock* clock, RuleStore* store, Telemetry* telemetry,
                 const Limits& limits = {});
  ~RuleSetManager();
  RuleSetManager(const RuleSetManager&) = delete;
  RuleSetManager& operator=(const RuleSetManager&) = delete;

  // REQUIRES: before all else.
  void set_listener(Listener listener) { listener_ = std::move(listener); }

  // Takes into force what the store has and this server does not.  An error: it can't be read.
  absl::Status Sync();
  // The same where the latest numbers are known already.
  absl::Status Sync(const LatestNumbers& latest);
  // How many rule sets the store had, at the last Sync, with a revision that could not be read.
  size_t behind() const { return behind_; }

  // The whole of what the files now say.  Rule sets that did change are compiled together with what
  // the API manages of them, committed, and come into force together; the others stay as they are.
  // An error, of the whole or of a rule set, is shown with the rule sets concerned.  What can't be
  // committed because the store is away is shown too, and waits for RetryFiles.
  //
  // A rule set whose files are gone stays in force as it is, but on the first call: a restart drops
  // rules that have no file any more, unless there are no files at all.
  void Update(const absl::StatusOr<RuleTree>& tree);
  bool has_waiting_files() const { return has_waiting_files_; }
  void RetryFiles();

  // Makes a change, or finds out what it would come to.
  ChangeAnswer Change(const ChangeRequest& request);

  // What is in force.  Never null.
  std::shared_ptr<const Snapshot> snapshot() const { return board_.snapshot(); }
  SnapshotBoard& board() { return board_; }

 private:
  // How often a change is made anew because another server was faster.
  static constexpr int kMaxAttempts = 8;
  // What the files of a rule set last said, and what became of it.
  struct FileLook {
    enum class Outcome { kNew, kTaken, kFailed, kWaiting };
    std::string digest;  // of the sources; of what can't be read: why not
    Outcome outcome = Outcome::kNew;
  };
  struct OfferedFiles;
  // A revision that is compiled and not committed yet.
  struct Draft {
    std::shared_ptr<RuleSetState> state;
    NewRevision revision;
  };
  // All of one call: what it found, and what is to be published at its end.
  struct Session {
    std::shared_ptr<Snapshot> after;
    std::vector<RuleSetChange> changes;
    std::chrono::steady_clock::time_point begin;
  };
  using StatePtr = std::shared_ptr<const RuleSetState>;

  Session Begin() const;
  void Put(RuleSetChange::Kind kind, StatePtr state, Session* session) const;
  void PutLoaded(std::shared_ptr<RuleSetState> state, Session* session) const;
  void End(Session* session);
  void Count(const Session& session) const;

  // What the store has.
  absl::Status Follow(const std::string& id, Session* session);
  absl::Status Take(const StoredRevision& revision, Session* session);
  absl::StatusOr<RuleOrigin> FindApiOrigin(const StoredRevision& revision,
                                           const RuleSetState* before) const;
  absl::StatusOr<ChangeBase> ReadBase(const std::string& id, Session* session);
  absl::StatusOr<RuleOrigins> OriginsAfterChange(const ChangeBase& base,
                                                 const CheckedRuleSet& rules,
                                                 const RevisionRecord& record,
                                                 const RuleOrigin& revision,
                                                 const Session& session) const;

  // What the files say.
  void LookAtAll(Session* session);
  void LookAgain(const std::string& id, Session* session);
  OfferedFiles FindOffered(const std::string& id) const;
  void Look(const std::string& id, Session* session);
  absl::StatusOr<FileLook::Outcome> TryFiles(const std::string& id, const OfferedFiles& offered,
                                             Session* session);
  absl::StatusOr<FileLook::Outcome> CommitFiles(const std::string& id, const ChangeBase& base,
                                                RuleContent content, Session* session);
  FileLook::Outcome ReportFailure(const std::string& id, std::string_view error,
                                  Session* session) const;
  void NoteWaiting();
  // Whether the files of a rule set hold what is not in force.
  bool FilesFailed(const std::string& id) const;

  // What callers ask for.
  ChangeAnswer TryChange(const ChangeRequest& request, Session* session, bool* moved);
  ChangeAnswer KeepAsItIs(const ChangeRequest& request, const ChangeBase& base,
                          const RuleSetState& state);
  absl::StatusOr<std::optional<std::string>> FindReplay(const ChangeRequest& request);
  absl::StatusOr<Draft> MakeDraft(const std::string& id, const ChangeBase& base,
                                  RuleContent content, CompileResult compiled,
                                  RevisionRecord record, const Session& session) const;
  // Puts a committed draft into force.
  void Accept(Draft draft, Session* session);
  // Makes what changes have left in pieces a whole again, with the same revisions in force.
  void ConsolidateAll();

  // RESOURCE_EXHAUSTED: one more rule set in force would be too many.
  absl::Status CheckRoomForRuleSet(const Session& session) const;

  const Limits limits_;
  const StateBuilder builder_;
  const Clock* const clock_;
  RuleStore* const store_;
  Telemetry* const telemetry_;
  Listener listener_;
  SnapshotBoard board_;

  std::mutex update_mutex_;  // held for a whole Sync, Update or Change, which alone use these:
  std::shared_ptr<const absl::StatusOr<RuleTree>> tree_;  // null: no Update yet
  bool first_look_ = true;
  std::map<std::string, FileLook, std::less<>> looks_;
  std::map<std::string, int64_t, std::less<>> followed_;  // the newest revision that was looked at
  std::atomic<bool> has_waiting_files_{false};
  std::atomic<size_t> behind_{0};

  Upkeep upkeep_;  // its thread uses the others, and ends before they do
};

}  // namespace pql

#endif  // PQL_ENGINE_RULE_SET_MANAGER_H_
