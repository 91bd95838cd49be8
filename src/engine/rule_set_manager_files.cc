// What the manager does with the files of the rules directory.

#include <algorithm>
#include <set>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "engine/reload_policy.h"
#include "engine/rule_set_manager.h"

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

bool HasFiles(const RuleSetState& state) {
  return std::any_of(state.content.begin(), state.content.end(),
                     [](const ContentSource& source) { return !source.api_managed; });
}

}  // namespace

struct RuleSetManager::OfferedFiles {
  enum class Kind { kSources, kUnreadable, kGone, kDropped };
  Kind kind = Kind::kSources;
  RuleContent sources;
  std::string error;   // of kUnreadable and kGone
  std::string digest;  // of all that

  // As the reload policy sees it, together with what the API manages.
  OfferedVersion With(const ChangeBase& base, RuleContent* content) const {
    if (kind == Kind::kUnreadable) {
      return {.kind = OfferedVersion::Kind::kUnreadable, .error = error};
    }
    if (kind == Kind::kGone) return {.kind = OfferedVersion::Kind::kGone, .error = error};
    *content = Replace(base.content, ContentPart::kFiles, Shared(sources, base.content));
    if (const std::string path = SharedPath(*content); !path.empty()) {
      return {.kind = OfferedVersion::Kind::kUnreadable,
              .error = StrCat("`", path,
                              "` is also the name of a source that the API manages; "
                              "rename the file, or remove that source")};
    }
    return {.digest = DigestOfShared(SourcesOf(*content))};
  }
};

void RuleSetManager::Update(const absl::StatusOr<RuleTree>& tree) {
  const std::lock_guard<std::mutex> lock(update_mutex_);
  tree_ = std::make_shared<const absl::StatusOr<RuleTree>>(tree);
  Session session = Begin();
  LookAtAll(&session);
  first_look_ = false;
  End(&session);
}

void RuleSetManager::RetryFiles() {
  const std::lock_guard<std::mutex> lock(update_mutex_);
  Session session = Begin();
  std::set<std::string> waiting;
  for (const auto& [id, look] : looks_) {
    if (look.outcome == FileLook::Outcome::kWaiting) waiting.insert(id);
  }
  for (const std::string& id : waiting) LookAgain(id, &session);
  End(&session);
}

void RuleSetManager::NoteWaiting() {
  bool waiting = false;
  for (const auto& [id, look] : looks_) waiting |= look.outcome == FileLook::Outcome::kWaiting;
  has_waiting_files_ = waiting;
}

bool RuleSetManager::FilesFailed(const std::string& id) const {
  const auto look = looks_.find(id);
  return look != looks_.end() && (look->second.outcome == FileLook::Outcome::kFailed ||
                                  look->second.outcome == FileLook::Outcome::kWaiting);
}

void RuleSetManager::LookAtAll(Session* session) {
  std::set<std::string> ids;
  for (const auto& [id, state] : session->after->rule_sets) {
    if (HasFiles(*state) || looks_.contains(id)) ids.insert(id);
  }
  if (tree_->ok()) {
    for (const auto& [id, sources] : **tree_) ids.insert(id);
  }
  for (const std::string& id : ids) Look(id, session);
}

// Something else has changed: what could not be taken then can perhaps be now.
void RuleSetManager::LookAgain(const std::string& id, Session* session) {
  const auto look = looks_.find(id);
  if (tree_ == nullptr || look == looks_.end() ||
      look->second.outcome == FileLook::Outcome::kTaken) {
    return;
  }
  look->second.outcome = FileLook::Outcome::kNew;
  Look(id, session);
}

RuleSetManager::OfferedFiles RuleSetManager::FindOffered(const std::string& id) const {
  using Kind = OfferedFiles::Kind;
  OfferedFiles offered;
  const auto fail = [&offered](Kind kind, std::string error) {
    offered.kind = kind;
    offered.digest = StrCat("error: ", error);
    offered.error = std::move(error);
    return offered;
  };
  if (!tree_->ok()) {
    return fail(Kind::kUnreadable, std::string(FromAbsl(tree_->status().message())));
  }
  const auto found = (*tree_)->find(id);
  if (found == (*tree_)->end()) {
    if (!first_look_ || (*tree_)->empty()) {
      return fail(Kind::kGone, StrCat("the files of rule set `", id,
                                      "` are gone; restart the server to drop it"));
    }
    offered.kind = Kind::kDropped;
    offered.digest = "dropped";
    return offered;
  }
  if (!found->second.ok()) {
    return fail(Kind::kUnreadable, std::string(FromAbsl(found->second.status().message())));
  }
  offered.sources = ContentOf(*found->second, ContentPart::kFiles);
  offered.digest = DigestOfShared(SourcesOf(offered.sources));
  return offered;
}

void RuleSetManager::Look(const std::string& id, Session* session) {
  const OfferedFiles offered = FindOffered(id);
  const FileLook& known = looks_[id];
  if (known.digest == offered.digest && known.outcome != FileLook::Outcome::kNew &&
      known.outcome != FileLook::Outcome::kWaiting) {
    return;
  }
  const absl::StatusOr<FileLook::Outcome> outcome = TryFiles(id, offered, session);
  if (outcome.ok()) {
    looks_[id] = {offered.digest, *outcome};
    return;
  }
  ReportFailure(id,
                StrCat("the files changed, and wait for the rule store: ",
                       FromAbsl(outcome.status().message())),
                session);
  looks_[id] = {offered.digest, FileLook::Outcome::kWaiting};
}

RuleSetManager::FileLook::Outcome RuleSetManager::ReportFailure(const std::string& id,
                                                                std::string_view error,
                                                                Session* session) const {
  const RuleSetState* before = session->after->Find(id);
  const bool known =
      before != nullptr && before->failure != nullptr && before->failure->error == error;
  if (!known) {
    Put(RuleSetChange::Kind::kFailed, builder_.Failed(id, error, before), session);
  }
  return FileLook::Outcome::kFailed;
}

absl::StatusOr<RuleSetManager::FileLook::Outcome> RuleSetManager::TryFiles(
    const std::string& id, const OfferedFiles& offered, Session* session) {
  using Outcome = FileLook::Outcome;
  absl::Status status;
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    PQL_ASSIGN_OR_RETURN(const ChangeBase base, ReadBase(id, session));
    RuleContent content;
    const OfferedVersion version = offered.With(base, &content);
    const auto found = session->after->rule_sets.find(id);
    const StatePtr state = found == session->after->rule_sets.end() ? nullptr : found->second;
    switch (DecideReload(KnownOf(state.get()), version)) {
      case ReloadDecision::kNothing:
        return state != nullptr && state->failure != nullptr ? Outcome::kFailed : Outcome::kTaken;
      case ReloadDecision::kClearFailure: {
        auto well = std::make_shared<RuleSetState>(*state);
        well->failure = nullptr;
        Put(RuleSetChange::Kind::kRecovered, std::move(well), session);
        return Outcome::kTaken;
      }
      case ReloadDecision::kReportFailure:
        return ReportFailure(id, version.error, session);
      case ReloadDecision::kForget:
        if (state != nullptr) Put(RuleSetChange::Kind::kForgotten, state, session);
        return Outcome::kTaken;
      case ReloadDecision::kCompile:
        break;
    }
    if (state == nullptr || state->rule_set == nullptr) {
      const absl::Status room = CheckRoomForRuleSet(*session);
      if (!room.ok()) {
        ReportFailure(id, FromAbsl(room.message()), session);
        return Outcome::kWaiting;  // until another one goes
      }
    }
    absl::StatusOr<Outcome> outcome = CommitFiles(id, base, std::move(content), session);
    if (outcome.status().code() != absl::StatusCode::kAborted) return outcome;
    status = outcome.status();
  }
  return status;
}

absl::StatusOr<RuleSetManager::FileLook::Outcome> RuleSetManager::CommitFiles(
    const std::string& id, const ChangeBase& base, RuleContent content, Session* session) {
  const RuleSetState* before = session->after->Find(id);
  CompileResult compiled = builder_.Compile(id, content, before);
  if (!compiled.ok()) {
    Put(RuleSetChange::Kind::kFailed,
        builder_.Failed(std::move(compiled), std::move(content), before), session);
    return FileLook::Outcome::kFailed;
  }
  PQL_ASSIGN_OR_RETURN(Draft draft, MakeDraft(id, base, std::move(content), std::move(compiled),
                                              {.cause = RevisionCause::kFiles}, *session));
  draft.state->failure = nullptr;
  const absl::StatusOr<CommitResult> committed = store_->Commit(draft.revision);
  if (committed.status().code() == absl::StatusCode::kInvalidArgument) {
    return ReportFailure(id, FromAbsl(committed.status().message()), session);
  }
  if (!committed.ok()) return committed.status();
  Accept(std::move(draft), session);
  return FileLook::Outcome::kTaken;
}

}  // namespace pql
