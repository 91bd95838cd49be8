// A rule store that several engines share and that a test can take away.

#ifndef TESTS_ENGINE_FORWARDING_STORE_H_
#define TESTS_ENGINE_FORWARDING_STORE_H_

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "store/memory_rule_store.h"
#include "store/rule_store.h"

namespace pql {

class ForwardingStore final : public RuleStore {
 public:
  explicit ForwardingStore(std::shared_ptr<RuleStore> store) : store_(std::move(store)) {}

  // From now on every call fails.
  void set_away(bool away) { away_ = away; }
  // Called in front of every commit.
  void set_before_commit(std::function<void()> call) { before_commit_ = std::move(call); }

  absl::StatusOr<CommitResult> Commit(const NewRevision& revision) override {
    if (before_commit_) before_commit_();
    if (away_) return Away();
    return store_->Commit(revision);
  }
  absl::StatusOr<bool> RememberRequest(const StoredRequest& request) override {
    if (away_) return Away();
    return store_->RememberRequest(request);
  }
  absl::StatusOr<std::optional<StoredRequest>> FindRequest(std::string_view author,
                                                           std::string_view id) override {
    if (away_) return Away();
    return store_->FindRequest(author, id);
  }
  absl::StatusOr<LatestNumbers> ReadLatestNumbers() override {
    if (away_) return Away();
    return store_->ReadLatestNumbers();
  }
  absl::StatusOr<StoredRevision> ReadRevision(std::string_view rule_set, int64_t number) override {
    if (away_) return Away();
    return store_->ReadRevision(rule_set, number);
  }
  absl::StatusOr<StoredRevision> ReadLatest(std::string_view rule_set) override {
    if (away_) return Away();
    return store_->ReadLatest(rule_set);
  }
  absl::StatusOr<RevisionPage> ListRevisions(const RevisionQuery& query) override {
    if (away_) return Away();
    return store_->ListRevisions(query);
  }
  absl::StatusOr<std::map<std::string, RuleOrigin>> ReadRuleOrigins(std::string_view rule_set,
                                                                    int64_t number) override {
    if (away_) return Away();
    return store_->ReadRuleOrigins(rule_set, number);
  }
  void Watch(StoreObserver /*observer*/) override {}
  void StopWatching() override {}
  StoreHealth health() const override { return {.ok = !away_}; }
  std::string description() const override { return "test"; }

 private:
  static absl::Status Away() { return absl::UnavailableError("test: the store is away"); }

  const std::shared_ptr<RuleStore> store_;
  std::atomic<bool> away_{false};
  std::function<void()> before_commit_;
};

}  // namespace pql

#endif  // TESTS_ENGINE_FORWARDING_STORE_H_
