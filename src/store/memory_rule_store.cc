#include "store/memory_rule_store.h"

#include <algorithm>
#include <iterator>
#include <tuple>
#include <utility>

#include "base/status_macros.h"
#include "store/revision_rules.h"

namespace pql {
namespace {

bool Matches(const RevisionQuery& query, const RevisionRecord& record) {
  if (!query.author.empty() && record.author != query.author) return false;
  return query.rule.empty() || std::any_of(record.changes.begin(), record.changes.end(),
                                           [&query](const StoredRuleChange& change) {
                                             return change.rule == query.rule;
                                           });
}

bool IsBefore(const StoredSource& a, const StoredSource& b) {
  return std::tie(a.path, a.api_managed) < std::tie(b.path, b.api_managed);
}

// Appends [first, last) of a list without a look at what it holds.
void Append(const SharedList<StoredSource>& from, SharedList<StoredSource>::Iterator first,
            SharedList<StoredSource>::Iterator last, SharedList<StoredSource>* to) {
  const auto handle = from.handles().begin() + (first - from.begin());
  to->handles().insert(to->handles().end(), handle, handle + (last - first));
}

// The sources of the revision before without those that are `removed` or `put`, and these: mostly
// few.  REQUIRES: `put` in order.
SharedList<StoredSource> Merge(const SharedList<StoredSource>& before,
                               std::vector<StoredSource> removed, std::vector<StoredSource> put) {
  for (const StoredSource& source : put) {
    removed.push_back({.path = source.path, .api_managed = source.api_managed});
  }
  std::sort(removed.begin(), removed.end(), IsBefore);
  SharedList<StoredSource> kept;
  kept.reserve(before.size());
  auto next = before.begin();
  for (const StoredSource& source : removed) {
    const auto [first, last] = std::equal_range(next, before.end(), source, IsBefore);
    Append(before, next, first, &kept);
    next = last;
  }
  Append(before, next, before.end(), &kept);

  SharedList<StoredSource> merged;
  merged.reserve(kept.size() + put.size());
  next = kept.begin();
  for (StoredSource& source : put) {
    const auto place = std::lower_bound(next, kept.end(), source, IsBefore);
    Append(kept, next, place, &merged);
    merged.push_back(std::move(source));
    next = place;
  }
  Append(kept, next, kept.end(), &merged);
  return merged;
}

StoredRevision Whole(StoredRevision revision, const SharedList<StoredSource>& sources) {
  revision.sources.assign(sources.begin(), sources.end());
  return revision;
}

}  // namespace

MemoryRuleStore::MemoryRuleStore(const Clock* clock, absl::Duration request_retention)
    : clock_(clock), request_retention_(request_retention), opened_(clock->Now()) {}

const StoredRequest* MemoryRuleStore::Find(std::string_view author, std::string_view id) {
  const auto found = requests_.find({std::string(author), std::string(id)});
  if (found == requests_.end()) return nullptr;
  if (clock_->Now() - found->second.time <= request_retention_) return &found->second.request;
  requests_.erase(found);
  return nullptr;
}

void MemoryRuleStore::Remember(const StoredRequest& request) {
  const absl::Time now = clock_->Now();
  std::erase_if(requests_, [this, now](const auto& entry) {
    return now - entry.second.time > request_retention_;
  });
  requests_[{request.author, request.id}] = Remembered{request, now};
}

absl::StatusOr<CommitResult> MemoryRuleStore::Commit(const NewRevision& revision) {
  PQL_RETURN_IF_ERROR(CheckNewRevision(revision));
  auto stored = std::make_shared<Revision>(Revision{.revision = AsStored(revision)});
  const std::lock_guard<std::mutex> lock(mutex_);
  if (revision.request.has_value()) {
    const StoredRequest* remembered = Find(revision.request->author, revision.request->id);
    if (remembered != nullptr) return Replay(*remembered, *revision.request);
  }
  const auto found = rule_sets_.find(revision.record.rule_set);
  const auto current = static_cast<int64_t>(found == rule_sets_.end() ? 0 : found->second.size());
  if (current != revision.parent) {
    return RevisionConflict(revision.record.rule_set, revision.parent, current);
  }
  Revisions& revisions = rule_sets_[revision.record.rule_set];
  static const auto& nothing = *new SharedList<StoredSource>;
  const bool keeps_others = revision.keeps_others && !revisions.empty();
  stored->sources = Merge(keeps_others ? revisions.back()->sources : nothing, revision.removed,
                          std::exchange(stored->revision.sources, {}));
  revisions.push_back(std::move(stored));
  if (revision.request.has_value()) Remember(*revision.request);
  return CommitResult{.number = revision.parent + 1};
}

absl::StatusOr<bool> MemoryRuleStore::RememberRequest(const StoredRequest& request) {
  PQL_RETURN_IF_ERROR(CheckRequest(request));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (const StoredRequest* remembered = Find(request.author, request.id); remembered != nullptr) {
    PQL_RETURN_IF_ERROR(Replay(*remembered, request).status());
    return false;
  }
  Remember(request);
  return true;
}

absl::StatusOr<std::optional<StoredRequest>> MemoryRuleStore::FindRequest(std::string_view author,
                                                                          std::string_view id) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const StoredRequest* found = Find(author, id);
  return found == nullptr ? std::nullopt : std::optional<StoredRequest>(*found);
}

absl::StatusOr<LatestNumbers> MemoryRuleStore::ReadLatestNumbers() {
  const std::lock_guard<std::mutex> lock(mutex_);
  LatestNumbers latest;
  for (const auto& [id, revisions] : rule_sets_) {
    latest.emplace(id, static_cast<int64_t>(revisions.size()));
  }
  return latest;
}

std::shared_ptr<const MemoryRuleStore::Revision> MemoryRuleStore::FindRevision(
    std::string_view rule_set, int64_t number) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = rule_sets_.find(rule_set);
  if (found == rule_sets_.end()) return nullptr;
  const Revisions& revisions = found->second;
  if (number == 0) return revisions.back();
  if (number < 1 || number > static_cast<int64_t>(revisions.size())) return nullptr;
  return revisions[static_cast<size_t>(number - 1)];
}

absl::StatusOr<StoredRevision> MemoryRuleStore::ReadRevision(std::string_view rule_set,
                                                             int64_t number) {
  const auto found = number == 0 ? nullptr : FindRevision(rule_set, number);
  if (found == nullptr) return NoSuchRevision(rule_set, number);
  return Whole(found->revision, found->sources);
}

absl::StatusOr<StoredRevision> MemoryRuleStore::ReadLatest(std::string_view rule_set) {
  const auto found = FindRevision(rule_set, 0);
  if (found == nullptr) return NoSuchRevision(rule_set, 0);
  return Whole(found->revision, found->sources);
}

absl::StatusOr<RevisionPage> MemoryRuleStore::ListRevisions(const RevisionQuery& query) {
  const std::lock_guard<std::mutex> lock(mutex_);
  PageBuilder page(query);
  const auto found = rule_sets_.find(query.rule_set);
  if (found == rule_sets_.end()) return page.Finish(/*has_more=*/false);
  for (auto it = found->second.rbegin(); it != found->second.rend(); ++it) {
    const StoredRevision& revision = (*it)->revision;
    if (query.before > 0 && revision.number >= query.before) continue;
    if (revision.number <= query.after) break;
    if (!Matches(query, revision.record)) continue;
    if (page.full()) return page.Finish(/*has_more=*/true);
    page.Add({.record = revision.record, .number = revision.number, .parent = revision.parent});
  }
  return page.Finish(/*has_more=*/false);
}

absl::StatusOr<std::map<std::string, RuleOrigin>> MemoryRuleStore::ReadRuleOrigins(
    std::string_view rule_set, int64_t number) {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::map<std::string, RuleOrigin> origins;
  const auto found = rule_sets_.find(rule_set);
  if (found == rule_sets_.end()) return origins;
  for (const auto& stored : found->second) {
    const StoredRevision& revision = stored->revision;
    if (revision.number > number) break;
    const RevisionRecord& record = revision.record;
    for (const StoredRuleChange& change : record.changes) {
      if (change.kind == RuleChangeKind::kRemoved) {
        origins.erase(change.rule);
      } else if (change.kind != RuleChangeKind::kDependencyModified) {
        origins[change.rule] = {revision.number, record.cause, record.author, record.create_time};
      }
    }
  }
  return origins;
}

void MemoryRuleStore::Watch(StoreObserver) {}
void MemoryRuleStore::StopWatching() {}
StoreHealth MemoryRuleStore::health() const { return {.since = opened_}; }
std::string MemoryRuleStore::description() const { return "memory"; }

}  // namespace pql
