#include "engine/rule_set_watch.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "store/revision_rules.h"

namespace pql {
namespace {

// Revisions that are read from the store at once.
constexpr int64_t kMaxRevisions = 32;
// About how many events Next gives, and of how many bytes: they stay in memory while a watcher does
// not read.
constexpr size_t kMaxEvents = 64;
constexpr size_t kMaxBytes = size_t{2} << 20;

// Revisions (after, last], oldest first, or the first few of them.
absl::StatusOr<std::vector<StoredRevision>> ReadRevisions(const std::string& id, int64_t after,
                                                          int64_t last, RuleStore* store) {
  for (int64_t count = std::min(last - after, kMaxRevisions);; count = (count + 1) / 2) {
    PQL_ASSIGN_OR_RETURN(RevisionPage page,
                         store->ListRevisions({.rule_set = id,
                                               .before = after + count + 1,
                                               .after = after,
                                               .limit = static_cast<size_t>(count)}));
    if (page.has_more && count > 1) continue;  // too large for one page, which lacks the oldest
    std::reverse(page.revisions.begin(), page.revisions.end());
    return std::move(page.revisions);
  }
}

}  // namespace

RuleSetWatch::RuleSetWatch(std::set<std::string> rule_sets, std::map<std::string, int64_t> seen)
    : rule_sets_(std::move(rule_sets)), seen_(std::move(seen)) {}

std::set<std::string> RuleSetWatch::Ids(const Snapshot& snapshot) const {
  if (!rule_sets_.empty()) return rule_sets_;
  std::set<std::string> ids;
  for (const auto& [id, state] : snapshot.rule_sets) ids.insert(id);
  for (const auto& [id, known] : known_) ids.insert(id);
  for (const auto& [id, revision] : seen_) ids.insert(id);
  return ids;
}

absl::StatusOr<std::vector<WatchEvent>> RuleSetWatch::Next(const Snapshot& snapshot,
                                                           RuleStore* store) {
  std::vector<WatchEvent> events;
  bytes_ = 0;
  for (const std::string& id : Ids(snapshot)) {
    if (IsEnough(events)) return events;
    const auto found = snapshot.rule_sets.find(id);
    const absl::Status status =
        Tell(id, found == snapshot.rule_sets.end() ? nullptr : found->second, store, &events);
    if (status.ok()) continue;
    if (events.empty()) return status;
    return events;  // what came before the error is known by now
  }
  if (!caught_up_ && !IsEnough(events)) {
    bool all_told = true;
    for (const auto& [id, state] : snapshot.rule_sets) {
      const auto known = known_.find(id);
      all_told &= known == known_.end() || known->second.revision >= state->revision;
    }
    if (all_told) {
      caught_up_ = true;
      events.push_back({.kind = WatchEvent::Kind::kCaughtUp});
    }
  }
  return events;
}

absl::StatusOr<bool> RuleSetWatch::Resumes(const std::string& id, const StatePtr& state,
                                           RuleStore* store) const {
  const auto seen = seen_.find(id);
  if (seen == seen_.end()) return false;
  if (state != nullptr && state->revision >= seen->second) return true;
  // A history that is shorter than what was seen is another one, from the start.
  PQL_ASSIGN_OR_RETURN(const LatestNumbers latest, store->ReadLatestNumbers());
  const auto number = latest.find(id);
  return number != latest.end() && number->second >= seen->second;
}

absl::Status RuleSetWatch::Tell(const std::string& id, const StatePtr& state, RuleStore* store,
                                std::vector<WatchEvent>* events) {
  if (!known_.contains(id)) {
    PQL_ASSIGN_OR_RETURN(const bool resumes, Resumes(id, state, store));
    if (resumes) {
      known_[id] = {.exists = true, .revision = seen_.at(id)};
    } else if (caught_up_ && state != nullptr) {
      known_[id] = {.exists = true};  // it is new: its revisions are news
    } else if (state != nullptr) {
      known_[id] = {.exists = true, .revision = state->revision, .failure = state->failure};
      events->push_back({.kind = WatchEvent::Kind::kCurrent, .rule_set = id, .state = state});
      return absl::OkStatus();
    } else if (seen_.contains(id)) {
      known_[id] = {.exists = true};  // and gone, as is said below
    } else {
      return absl::OkStatus();
    }
  }
  Known& known = known_[id];
  if (state == nullptr) {
    if (known.exists) events->push_back({.kind = WatchEvent::Kind::kDeleted, .rule_set = id});
    known.exists = false;
    known.failure = nullptr;
    return absl::OkStatus();
  }
  known.exists = true;
  PQL_RETURN_IF_ERROR(TellRevisions(state, store, &known, events));
  if (known.revision >= state->revision && known.failure != state->failure) {
    known.failure = state->failure;
    events->push_back({.kind = WatchEvent::Kind::kLoadStatus, .rule_set = id, .state = state});
  }
  return absl::OkStatus();
}

bool RuleSetWatch::IsEnough(const std::vector<WatchEvent>& events) const {
  return events.size() >= kMaxEvents || bytes_ >= kMaxBytes;
}

absl::Status RuleSetWatch::TellRevisions(const StatePtr& state, RuleStore* store, Known* known,
                                         std::vector<WatchEvent>* events) {
  const auto tell = [&](std::shared_ptr<const StoredRevision> revision) {
    known->revision = revision->number;
    bytes_ += revision->record.comment.size() + ChangeBytes(revision->record);
    const bool is_newest = revision->number == state->revision;
    if (is_newest) known->failure = state->failure;
    events->push_back({.kind = WatchEvent::Kind::kChanged,
                       .rule_set = state->id,
                       .state = is_newest ? state : nullptr,
                       .revision = std::move(revision)});
  };
  while (known->revision < state->revision && !IsEnough(*events)) {
    if (known->revision + 1 == state->revision && state->record != nullptr) {
      tell(state->record);
      break;
    }
    PQL_ASSIGN_OR_RETURN(std::vector<StoredRevision> revisions,
                         ReadRevisions(state->id, known->revision, state->revision, store));
    if (revisions.empty()) return absl::DataLossError("the history has a gap");
    for (StoredRevision& revision : revisions) {
      tell(std::make_shared<const StoredRevision>(std::move(revision)));
    }
  }
  return absl::OkStatus();
}

}  // namespace pql
