// Where the history of rule sets is kept: every revision whole, with who made it, when and why.
// Bytes only: what the sources mean, and whether they compile, is the engine's business.
//
// Implementations: memory_rule_store.h, sqlite_rule_store.h, postgres_rule_store.h; one contract
// test for all (tests/store/rule_store_contract_test.cc).  open_rule_store.h makes one from
// --store.
//
// One history a rule set, for all replicas.  A revision has *all* sources of its rule set, those of
// the API and those of the files of --rules: the files are one writer among others, a server that
// sees them changed commits a revision with cause kFiles.  So a revision number means the same
// everywhere.
//
// Thread-safe.  Calls block, for as long as StoreOptions says (open_rule_store.h): they are made
// from worker threads, never from a thread that answers requests.
//
// Errors, besides those of each method:
//   UNAVAILABLE  the store can't be reached or can't write (disk full, read-only, locked); a later
//                try may do better.  See health().
//   DATA_LOSS    what is stored can't be read back (corrupt file).
//   INTERNAL     the store answered what it never should; a bug.
// Messages are for people, name the store, and never hold a password.

#ifndef PQL_STORE_RULE_STORE_H_
#define PQL_STORE_RULE_STORE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace pql {

// Texts, below, are UTF-8 without NUL characters unless they are said to be bytes: a commit with
// another one is INVALID_ARGUMENT.

// A source text of a revision.
struct StoredSource {
  std::string path;              // "teams.pql"; unique among those with the same api_managed
  std::string text;              // bytes
  std::string language = "pql";  // the front end that reads it
  bool api_managed = false;      // false: from the files of --rules

  friend bool operator==(const StoredSource&, const StoredSource&) = default;
};

// What made a revision.  The numbers are stored: never renumbered.
enum class RevisionCause { kFiles = 1, kRuleChange = 2, kApply = 3, kRollback = 4 };

// What a revision did to a rule, against its parent.  The numbers are stored: never renumbered.
enum class RuleChangeKind { kAdded = 1, kRemoved = 2, kModified = 3, kDependencyModified = 4 };

struct StoredRuleChange {
  std::string rule;  // unique within a revision
  RuleChangeKind kind = RuleChangeKind::kAdded;
  std::string old_source = {};  // bytes; formatted source of the rule before; empty: was not there
  std::string new_source = {};  // bytes; formatted source of the rule now; empty: is not there
  std::vector<std::string> changed_fields = {};  // of kModified: "when", "title"

  friend bool operator==(const StoredRuleChange&, const StoredRuleChange&) = default;
};

// The record of how a revision came about: what an audit shows.
struct RevisionRecord {
  std::string rule_set;    // its id: "slack"; not empty
  std::string digest;      // of the sources: RuleSet::digest
  absl::Time create_time;  // kept to the microsecond, the rest is cut off
  RevisionCause cause = RevisionCause::kFiles;
  std::string author = {};     // authenticated identity; empty: the files changed
  std::string peer = {};       // network address; empty: the files changed
  std::string comment = {};    // empty: none
  int64_t rolled_back_to = 0;  // of kRollback: the revision whose content came back; 0: none
  std::vector<StoredRuleChange> changes = {};  // read back in order of rule (bytewise)

  friend bool operator==(const RevisionRecord&, const RevisionRecord&) = default;
};

// A call with a `request_id`, remembered for StoreOptions::request_retention so that a retry gets
// the answer of the first one.  Identities are (author, id).
struct StoredRequest {
  std::string author;       // may be empty
  std::string id;           // not empty
  std::string fingerprint;  // bytes; a hash of the body: another one with the same id is a mistake
  std::string response;     // bytes; what was answered

  friend bool operator==(const StoredRequest&, const StoredRequest&) = default;
};

struct NewRevision {
  RevisionRecord record;
  // All sources of the rule set; may be empty.  Or, where it `keeps_others`, those that the parent
  // has not or with another text: then it has the parent's others too, but for those `removed`,
  // of which only path and api_managed count.
  std::vector<StoredSource> sources;
  bool keeps_others = false;
  std::vector<StoredSource> removed = {};
  // The revision that the content was compiled against and `record.changes` are relative to; 0: the
  // rule set must have none yet.  The new revision is number `parent` + 1, so that `request` can
  // hold the answer that names it.
  int64_t parent = 0;
  std::optional<StoredRequest> request = std::nullopt;  // none: not remembered
};

struct CommitResult {
  // True: a request of this author, id and fingerprint was remembered, nothing was written, and
  // `response` is what it was answered.  False: the revision was written.
  bool replayed = false;
  int64_t number = 0;         // of the revision written; 0 when replayed
  std::string response = {};  // of the remembered request; empty unless replayed
};

struct StoredRevision {
  RevisionRecord record;
  int64_t number = 0;                      // 1 or more; grows by one in a rule set
  int64_t parent = 0;                      // number - 1
  std::vector<StoredSource> sources = {};  // in order of (path, api_managed), bytewise; left out by
                                           // ListRevisions
};

struct RevisionQuery {
  std::string rule_set;
  int64_t before = 0;       // only numbers below this one; 0: all
  int64_t after = 0;        // only numbers above this one; 0: all
  std::string author = {};  // only by this author; empty: any
  std::string rule = {};    // only those whose changes name this rule; empty: any
  // At most so many, and no further one once `max_bytes` of texts have been collected.
  size_t limit = 100;  // 1 or more
  size_t max_bytes = size_t{2} << 20;
};

struct RevisionPage {
  std::vector<StoredRevision> revisions;  // newest first, without sources
  bool has_more = false;                  // go on with `before` = the last one's number
};

// The revision that made a rule what it is: the latest one with an addition or a modification of
// its own text (not of what it depends on).
struct RuleOrigin {
  int64_t revision = 0;
  RevisionCause cause = RevisionCause::kFiles;
  std::string author;  // empty: the files changed
  absl::Time time;     // the revision's create_time

  friend bool operator==(const RuleOrigin&, const RuleOrigin&) = default;
};

// The number of the latest revision by id of the rule set.
using LatestNumbers = std::map<std::string, int64_t, std::less<>>;

// Whether the store works, by the last that was heard of it.
struct StoreHealth {
  bool ok = true;
  std::string error = {};                   // empty when ok; for people, no password in it
  absl::Time since = absl::InfinitePast();  // how long it has been so; of the first state: opening
};

// Told from a thread of the store, one call at a time.  Only a store that is shared with other
// processes (PostgreSQL) has anything to tell; the others never call, and are asked for health().
struct StoreObserver {
  // The latest numbers: right after another process committed, and once in every
  // StoreOptions::poll_interval besides, new or not, while the store can be reached.  So what the
  // observer could not take in, it may leave for the next time.
  std::function<void(const LatestNumbers& latest)> on_change;
  // The store can't be reached any more, or can again.
  std::function<void(const StoreHealth& health)> on_health;
};

class RuleStore {
 public:
  virtual ~RuleStore() = default;

  // Writes a revision, durably before it returns, all of it or none.  In this order:
  //   the request is remembered          its answer (replayed), or INVALID_ARGUMENT for another
  //                                      fingerprint
  //   `parent` is not the latest number  ABORTED, see CurrentRevisionOf
  //   a text is not valid, names double  INVALID_ARGUMENT (a bug of the caller)
  // UNAVAILABLE leaves it open whether the revision was written only where the connection to the
  // database broke while it was being committed; a retry with the same request finds out.
  virtual absl::StatusOr<CommitResult> Commit(const NewRevision& revision) = 0;

  // Remembers the answer to a request that needed no revision.  True: it is remembered now.  False:
  // one with this fingerprint was already.  INVALID_ARGUMENT: one with another fingerprint was.
  virtual absl::StatusOr<bool> RememberRequest(const StoredRequest& request) = 0;
  // Nothing when there is none, or it is forgotten.
  virtual absl::StatusOr<std::optional<StoredRequest>> FindRequest(std::string_view author,
                                                                   std::string_view id) = 0;

  virtual absl::StatusOr<LatestNumbers> ReadLatestNumbers() = 0;
  // NOT_FOUND: there is no such revision.
  virtual absl::StatusOr<StoredRevision> ReadRevision(std::string_view rule_set,
                                                      int64_t number) = 0;
  // NOT_FOUND: the rule set has no revision.
  virtual absl::StatusOr<StoredRevision> ReadLatest(std::string_view rule_set) = 0;
  // A rule set without revisions has an empty page.
  virtual absl::StatusOr<RevisionPage> ListRevisions(const RevisionQuery& query) = 0;
  // By name of the rule, of all rules that revision `number` has according to the changes of the
  // revisions up to it.
  virtual absl::StatusOr<std::map<std::string, RuleOrigin>> ReadRuleOrigins(
      std::string_view rule_set, int64_t number) = 0;

  // Starts to tell the observer, first of the state that it finds: no change falls between a read
  // before this call and the first one told.  REQUIRES: called at most once.
  virtual void Watch(StoreObserver observer) = 0;
  // Ends that; waits for a call of the observer that is running.  REQUIRES: not called from it.
  // The destructor does the same.
  virtual void StopWatching() = 0;

  virtual StoreHealth health() const = 0;

  // For people, as in "sqlite:/var/lib/pqld/rules.db"; without a password.
  virtual std::string description() const = 0;
};

// ABORTED, naming the current revision to people and to CurrentRevisionOf.
absl::Status RevisionConflict(std::string_view rule_set, int64_t parent, int64_t current);
// The number in a RevisionConflict (0: the rule set has no revision); nothing in other statuses.
std::optional<int64_t> CurrentRevisionOf(const absl::Status& status);

}  // namespace pql

#endif  // PQL_STORE_RULE_STORE_H_
