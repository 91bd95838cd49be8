// A rule store that ends with the process: for trials and tests.  Thread-safe, as every rule store.

#ifndef PQL_STORE_MEMORY_RULE_STORE_H_
#define PQL_STORE_MEMORY_RULE_STORE_H_

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/clock.h"
#include "base/shared_list.h"
#include "store/rule_store.h"

namespace pql {

class MemoryRuleStore final : public RuleStore {
 public:
  // `clock` outlives the store.  Requests are remembered for `request_retention`.
  explicit MemoryRuleStore(const Clock* clock, absl::Duration request_retention = absl::Hours(25));

  absl::StatusOr<CommitResult> Commit(const NewRevision& revision) override;
  absl::StatusOr<bool> RememberRequest(const StoredRequest& request) override;
  absl::StatusOr<std::optional<StoredRequest>> FindRequest(std::string_view author,
                                                           std::string_view id) override;
  absl::StatusOr<LatestNumbers> ReadLatestNumbers() override;
  absl::StatusOr<StoredRevision> ReadRevision(std::string_view rule_set, int64_t number) override;
  absl::StatusOr<StoredRevision> ReadLatest(std::string_view rule_set) override;
  absl::StatusOr<RevisionPage> ListRevisions(const RevisionQuery& query) override;
  absl::StatusOr<std::map<std::string, RuleOrigin>> ReadRuleOrigins(std::string_view rule_set,
                                                                    int64_t number) override;
  void Watch(StoreObserver observer) override;
  void StopWatching() override;
  StoreHealth health() const override;
  std::string description() const override;

 private:
  struct Remembered {
    StoredRequest request;
    absl::Time time;
  };
  // A revision without its sources, which it shares with others.
  struct Revision {
    StoredRevision revision;
    SharedList<StoredSource> sources;
  };
  using Revisions = std::vector<std::shared_ptr<const Revision>>;  // [i] is number i + 1

  // With mutex_ held: the request if it is remembered, null otherwise.
  const StoredRequest* Find(std::string_view author, std::string_view id);
  void Remember(const StoredRequest& request);
  // Null when there is none.
  std::shared_ptr<const Revision> FindRevision(std::string_view rule_set, int64_t number);

  const Clock* const clock_;
  const absl::Duration request_retention_;
  const absl::Time opened_;
  std::mutex mutex_;
  std::map<std::string, Revisions, std::less<>> rule_sets_;
  std::map<std::pair<std::string, std::string>, Remembered> requests_;  // by author and id
};

}  // namespace pql

#endif  // PQL_STORE_MEMORY_RULE_STORE_H_
