#include "engine/rule_set_manager.h"

#include <set>
#include <utility>

#include "base/strings.h"
#include "engine/reload_policy.h"

namespace pql {
namespace {

KnownVersion KnownOf(const RuleSetState* state) {
  KnownVersion known;
  if (state == nullptr) return known;
  if (state->rule_set != nullptr) known.in_force = state->rule_set->digest;
  if (state->failure != nullptr) {
    known.has_failure = true;
    known.failed_digest = state->failure->digest;
    known.failed_error = state->failure->error;
  }
  return known;
}

std::string_view TextOf(const RuleSet& rule_set, const Rule& rule) {
  return rule_set.sources.Text(rule.range);
}

// A rule keeps the revision in which its text last changed.
std::vector<int64_t> ChangeRevisions(const RuleSet& now, int64_t revision,
                                     const RuleSetState* before) {
  std::vector<int64_t> revisions;
  for (const Rule& rule : now.checked.rules) {
    int64_t changed = revision;
    if (before != nullptr && before->rule_set != nullptr) {
      const std::optional<uint32_t> old = before->rule_set->checked.FindRule(rule.name);
      if (old.has_value() &&
          TextOf(*before->rule_set, before->rule_set->checked.rules[*old]) == TextOf(now, rule)) {
        changed = before->change_revisions[*old];
      }
    }
    revisions.push_back(changed);
  }
  return revisions;
}

}  // namespace

RuleSetManager::RuleSetManager(CompileOptions options, const Clock* clock)
    : options_(std::move(options)), clock_(clock), snapshot_(std::make_shared<Snapshot>()) {}

RuleSetManager::~RuleSetManager() = default;

RuleSetManager::StatePtr RuleSetManager::Compile(const std::string& id,
                                                 std::vector<SourceText> sources,
                                                 const RuleSetState* before) const {
  CompileResult result = CompileRuleSet(id, std::move(sources), options_);
  auto state = std::make_shared<RuleSetState>();
  if (before != nullptr) *state = *before;
  state->id = id;
  if (!result.ok()) {
    auto failure = std::make_shared<LoadFailure>();
    failure->time = clock_->Now();
    failure->digest = result.rule_set->digest;
    failure->rule_set = std::move(result.rule_set);
    failure->diagnostics = std::move(result.diagnostics);
    failure->dropped = result.dropped;
    state->failure = std::move(failure);
    return state;
  }
  state->failure = nullptr;
  state->revision = (before == nullptr ? 0 : before->revision) + 1;
  state->load_time = clock_->Now();
  state->change_revisions = ChangeRevisions(*result.rule_set, state->revision, before);
  state->dependencies =
      std::make_shared<const MetricDependencies>(FindMetricDependencies(result.rule_set->checked));
  state->rule_set = std::move(result.rule_set);
  state->diagnostics = std::move(result.diagnostics);
  return state;
}

RuleSetManager::StatePtr RuleSetManager::Fail(const std::string& id, const std::string& error,
                                              const RuleSetState* before) const {
  auto failure = std::make_shared<LoadFailure>();
  failure->time = clock_->Now();
  failure->error = error;
  auto state = std::make_shared<RuleSetState>();
  if (before != nullptr) *state = *before;
  state->id = id;
  state->failure = std::move(failure);
  return state;
}

std::optional<RuleSetChange> RuleSetManager::Look(const std::string& id,
                                                  const RuleSetSources& offered, bool is_there,
                                                  const RuleSetState* before) const {
  OfferedVersion version;
  if (!is_there) {
    version.kind = OfferedVersion::Kind::kGone;
    version.error = std::string(FromAbsl(offered.status().message()));
  } else if (!offered.ok()) {
    version.kind = OfferedVersion::Kind::kUnreadable;
    version.error = std::string(FromAbsl(offered.status().message()));
  } else {
    version.digest = DigestOf(*offered);
  }
  switch (DecideReload(KnownOf(before), version)) {
    case ReloadDecision::kNothing:
      return std::nullopt;
    case ReloadDecision::kCompile: {
      StatePtr state = Compile(id, *offered, before);
      const auto kind =
          state->failure == nullptr ? RuleSetChange::Kind::kLoaded : RuleSetChange::Kind::kFailed;
      return RuleSetChange{kind, std::move(state)};
    }
    case ReloadDecision::kClearFailure: {
      auto state = std::make_shared<RuleSetState>(*before);
      state->failure = nullptr;
      return RuleSetChange{RuleSetChange::Kind::kRecovered, std::move(state)};
    }
    case ReloadDecision::kReportFailure:
      return RuleSetChange{RuleSetChange::Kind::kFailed, Fail(id, version.error, before)};
    case ReloadDecision::kForget:
      return RuleSetChange{RuleSetChange::Kind::kForgotten,
                           std::make_shared<RuleSetState>(*before)};
  }
  return std::nullopt;
}

std::vector<RuleSetChange> RuleSetManager::Update(const absl::StatusOr<RuleTree>& tree) {
  const std::lock_guard<std::mutex> lock(update_mutex_);
  const std::shared_ptr<const Snapshot> before = snapshot();
  std::set<std::string> ids;
  for (const auto& [id, state] : before->rule_sets) ids.insert(id);
  if (tree.ok()) {
    for (const auto& [id, sources] : *tree) ids.insert(id);
  }

  auto after = std::make_shared<Snapshot>(*before);
  std::vector<RuleSetChange> changes;
  for (const std::string& id : ids) {
    RuleSetSources offered = absl::NotFoundError(
        StrCat("the files of rule set `", id, "` are gone; restart the server to drop it"));
    bool is_there = false;
    if (!tree.ok()) {
      offered = tree.status();
      is_there = true;
    } else if (const auto found = tree->find(id); found != tree->end()) {
      offered = found->second;
      is_there = true;
    }
    std::optional<RuleSetChange> change = Look(id, offered, is_there, before->Find(id));
    if (!change.has_value()) continue;
    if (change->kind == RuleSetChange::Kind::kForgotten) {
      after->rule_sets.erase(id);
    } else {
      after->rule_sets[id] = change->state;
    }
    changes.push_back(*std::move(change));
  }
  if (!changes.empty()) Publish(std::move(after));
  return changes;
}

void RuleSetManager::Publish(std::shared_ptr<const Snapshot> snapshot) {
  std::vector<std::function<void()>> reached;
  std::shared_ptr<const Snapshot> retired;  // freed outside of the lock
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    retired = std::exchange(snapshot_, std::move(snapshot));
    for (auto waiter = waiters_.begin(); waiter != waiters_.end();) {
      const RuleSetState* state = snapshot_->Find(waiter->second.rule_set);
      if (state != nullptr && state->revision >= waiter->second.min_revision) {
        reached.push_back(std::move(waiter->second.reached));
        waiter = waiters_.erase(waiter);
      } else {
        ++waiter;
      }
    }
  }
  for (const std::function<void()>& call : reached) call();
}

std::shared_ptr<const Snapshot> RuleSetManager::snapshot() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return snapshot_;
}

std::optional<RuleSetManager::WaiterId> RuleSetManager::WhenRevision(
    std::string_view id, int64_t min_revision, std::function<void()> reached) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const RuleSetState* state = snapshot_->Find(id);
  if (state != nullptr && state->revision >= min_revision) return std::nullopt;
  const WaiterId waiter = next_waiter_++;
  waiters_[waiter] = Waiter{std::string(id), min_revision, std::move(reached)};
  return waiter;
}

bool RuleSetManager::CancelWaiter(WaiterId waiter) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return waiters_.erase(waiter) > 0;
}

}  // namespace pql
