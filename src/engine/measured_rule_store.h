// A rule store that counts how long another one takes and how often it fails.
//
// Thread-safe, as every rule store.

#ifndef PQL_ENGINE_MEASURED_RULE_STORE_H_
#define PQL_ENGINE_MEASURED_RULE_STORE_H_

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "engine/telemetry.h"
#include "store/rule_store.h"

namespace pql {

class MeasuredRuleStore final : public RuleStore {
 public:
  // `telemetry` outlives it.
  MeasuredRuleStore(std::unique_ptr<RuleStore> store, Telemetry* telemetry)
      : store_(std::move(store)), telemetry_(telemetry) {}

  absl::StatusOr<CommitResult> Commit(const NewRevision& revision) override {
    return Measure(StoreOperation::kWrite, [&] { return store_->Commit(revision); });
  }
  absl::StatusOr<bool> RememberRequest(const StoredRequest& request) override {
    return Measure(StoreOperation::kWrite, [&] { return store_->RememberRequest(request); });
  }
  absl::StatusOr<std::optional<StoredRequest>> FindRequest(std::string_view author,
                                                           std::string_view id) override {
    return Measure(StoreOperation::kRead, [&] { return store_->FindRequest(author, id); });
  }
  absl::StatusOr<LatestNumbers> ReadLatestNumbers() override {
    return Measure(StoreOperation::kRead, [&] { return store_->ReadLatestNumbers(); });
  }
  absl::StatusOr<StoredRevision> ReadRevision(std::string_view rule_set, int64_t number) override {
    return Measure(StoreOperation::kRead, [&] { return store_->ReadRevision(rule_set, number); });
  }
  absl::StatusOr<StoredRevision> ReadLatest(std::string_view rule_set) override {
    return Measure(StoreOperation::kRead, [&] { return store_->ReadLatest(rule_set); });
  }
  absl::StatusOr<RevisionPage> ListRevisions(const RevisionQuery& query) override {
    return Measure(StoreOperation::kRead, [&] { return store_->ListRevisions(query); });
  }
  absl::StatusOr<std::map<std::string, RuleOrigin>> ReadRuleOrigins(std::string_view rule_set,
                                                                    int64_t number) override {
    return Measure(StoreOperation::kRead,
                   [&] { return store_->ReadRuleOrigins(rule_set, number); });
  }
  void Watch(StoreObserver observer) override { store_->Watch(std::move(observer)); }
  void StopWatching() override { store_->StopWatching(); }
  StoreHealth health() const override { return store_->health(); }
  std::string description() const override { return store_->description(); }

 private:
  template <typename Call>
  std::invoke_result_t<Call> Measure(StoreOperation operation, const Call& call) {
    const auto begin = std::chrono::steady_clock::now();
    auto result = call();
    telemetry_->RecordStore(operation, result.status(), std::chrono::steady_clock::now() - begin);
    return result;
  }

  const std::unique_ptr<RuleStore> store_;
  Telemetry* const telemetry_;
};

}  // namespace pql

#endif  // PQL_ENGINE_MEASURED_RULE_STORE_H_
