#include "engine/rule_set_manager.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "engine/error.h"
#include "engine/evaluation.h"
#include "engine/rule_diff.h"
#include "engine/rule_query.h"

namespace pql {
namespace {

constexpr size_t kHistoryPage = 100;

std::shared_ptr<const StoredRevision> RecordOf(const RevisionRecord& record, int64_t number,
                                               int64_t parent) {
  return std::make_shared<const StoredRevision>(
      StoredRevision{.record = record, .number = number, .parent = parent});
}

}  // namespace

RuleSetManager::RuleSetManager(CompileOptions options, const Clock* clock, RuleStore* store,
                               Telemetry* telemetry, const Limits& limits)
    : limits_(limits),
      builder_(std::move(options), clock),
      clock_(clock),
      store_(store),
      telemetry_(telemetry),
      upkeep_([this] { ConsolidateAll(); }) {}

RuleSetManager::~RuleSetManager() = default;

RuleSetManager::Session RuleSetManager::Begin() const {
  return {.after = std::make_shared<Snapshot>(*snapshot()),
          .begin = std::chrono::steady_clock::now()};
}

void RuleSetManager::Put(RuleSetChange::Kind kind, StatePtr state, Session* session) const {
  if (kind == RuleSetChange::Kind::kForgotten) {
    session->after->rule_sets.erase(state->id);
  } else {
    session->after->rule_sets[state->id] = state;
  }
  session->changes.push_back({kind, std::move(state)});
}

void RuleSetManager::PutLoaded(std::shared_ptr<RuleSetState> state, Session* session) const {
  const RuleSetState* before = session->after->Find(state->id);
  state->telemetry = telemetry_->BeginRevision(
      before == nullptr ? nullptr : before->telemetry.get(), state->rule_set->checked);
  Put(RuleSetChange::Kind::kLoaded, std::move(state), session);
}

void RuleSetManager::End(Session* session) {
  NoteWaiting();
  if (session->changes.empty()) return;
  upkeep_.Retire(snapshot());
  board_.Publish(std::move(session->after));
  upkeep_.Wake();
  Count(*session);
  if (!listener_) return;
  for (const RuleSetChange& change : session->changes) listener_(change);
}

void RuleSetManager::Count(const Session& session) const {
  bool compiled = false;
  for (const RuleSetChange& change : session.changes) {
    const bool loaded = change.kind == RuleSetChange::Kind::kLoaded;
    const bool failed = change.kind == RuleSetChange::Kind::kFailed;
    if (loaded) telemetry_->loads().Add();
    if (failed) telemetry_->load_failures().Add();
    compiled |= loaded || failed;
  }
  if (compiled) {
    telemetry_->RecordLoad(std::chrono::steady_clock::now() - session.begin);
  }
}

absl::Status RuleSetManager::Sync() {
  PQL_ASSIGN_OR_RETURN(const LatestNumbers latest, store_->ReadLatestNumbers());
  return Sync(latest);
}

absl::Status RuleSetManager::Sync(const LatestNumbers& latest) {
  const std::lock_guard<std::mutex> lock(update_mutex_);
  Session session = Begin();
  absl::Status status;
  size_t behind = 0;
  for (const auto& [id, number] : latest) {
    if (number <= followed_[id]) continue;
    status.Update(Follow(id, &session));
    LookAgain(id, &session);
    behind += number > followed_[id] ? 1 : 0;
  }
  behind_ = behind;
  End(&session);
  return status;
}

absl::Status RuleSetManager::Follow(const std::string& id, Session* session) {
  PQL_ASSIGN_OR_RETURN(const StoredRevision latest, store_->ReadLatest(id));
  return Take(latest, session);
}

absl::Status RuleSetManager::Take(const StoredRevision& revision, Session* session) {
  const std::string& id = revision.record.rule_set;
  if (revision.number <= followed_[id]) return absl::OkStatus();
  const auto found = session->after->rule_sets.find(id);
  const StatePtr before = found == session->after->rule_sets.end() ? nullptr : found->second;
  if (revision.sources.empty()) {
    followed_[id] = revision.number;
    if (before != nullptr) Put(RuleSetChange::Kind::kForgotten, before, session);
    return absl::OkStatus();
  }
  RuleContent content = ContentOf(revision.sources);
  if (before != nullptr) content = Shared(std::move(content), before->content);
  CompileResult compiled = builder_.Compile(id, content, before.get());
  if (!compiled.ok()) {
    followed_[id] = revision.number;
    Put(RuleSetChange::Kind::kFailed,
        builder_.Failed(std::move(compiled), std::move(content), before.get()), session);
    return absl::OkStatus();
  }
  PQL_ASSIGN_OR_RETURN(RuleOriginsByName origins, store_->ReadRuleOrigins(id, revision.number));
  PQL_ASSIGN_OR_RETURN(const RuleOrigin api_origin, FindApiOrigin(revision, before.get()));
  const RevisionRecord& record = revision.record;
  const RuleOrigin own{revision.number, record.cause, record.author, record.create_time};
  RuleOrigins rule_origins = OriginsOf(compiled.rule_set->checked, std::move(origins), {}, own);
  const auto state = builder_.InForce(std::move(compiled), std::move(content), own,
                                      std::move(rule_origins), before.get());
  state->api_origin = api_origin;
  state->record = RecordOf(record, revision.number, revision.parent);
  if (!FilesFailed(id)) state->failure = nullptr;  // it was of a revision before this one
  followed_[id] = revision.number;
  PutLoaded(state, session);
  return absl::OkStatus();
}

absl::StatusOr<RuleOrigin> RuleSetManager::FindApiOrigin(const StoredRevision& revision,
                                                         const RuleSetState* before) const {
  const auto origin = [](const StoredRevision& of) {
    return RuleOrigin{of.number, of.record.cause, of.record.author, of.record.create_time};
  };
  if (revision.record.cause != RevisionCause::kFiles) return origin(revision);
  const bool has_api_part =
      std::any_of(revision.sources.begin(), revision.sources.end(),
                  [](const StoredSource& source) { return source.api_managed; });
  if (!has_api_part) return RuleOrigin();
  if (before != nullptr && before->revision == revision.parent) return before->api_origin;
  RevisionQuery query{
      .rule_set = revision.record.rule_set, .before = revision.number, .limit = kHistoryPage};
  while (true) {
    PQL_ASSIGN_OR_RETURN(const RevisionPage page, store_->ListRevisions(query));
    for (const StoredRevision& earlier : page.revisions) {
      if (earlier.record.cause != RevisionCause::kFiles) return origin(earlier);
      query.before = earlier.number;
    }
    if (!page.has_more || page.revisions.empty()) return RuleOrigin();
  }
}

absl::StatusOr<ChangeBase> RuleSetManager::ReadBase(const std::string& id, Session* session) {
  const auto in_force = [&](int64_t number) -> const RuleSetState* {
    const RuleSetState* state = session->after->Find(id);
    return state != nullptr && state->revision == number ? state : nullptr;
  };
  const auto base_of = [](const RuleSetState& state) {
    return ChangeBase{.revision = state.revision,
                      .content = state.content,
                      .rule_set = state.rule_set,
                      .api_managed = state.api_managed};
  };
  // What is in force here is mostly the latest, and need not be read again.
  PQL_ASSIGN_OR_RETURN(const LatestNumbers numbers, store_->ReadLatestNumbers());
  const auto number = numbers.find(id);
  if (number == numbers.end()) return ChangeBase();
  if (const RuleSetState* state = in_force(number->second)) return base_of(*state);
  PQL_ASSIGN_OR_RETURN(const StoredRevision latest, store_->ReadLatest(id));
  PQL_RETURN_IF_ERROR(Take(latest, session));
  if (const RuleSetState* state = in_force(latest.number)) return base_of(*state);
  return ChangeBase{.revision = latest.number, .content = ContentOf(latest.sources)};
}

absl::StatusOr<RuleOrigins> RuleSetManager::OriginsAfterChange(const ChangeBase& base,
                                                               const CheckedRuleSet& rules,
                                                               const RevisionRecord& record,
                                                               const RuleOrigin& revision,
                                                               const Session& session) const {
  const std::string& id = record.rule_set;
  if (base.rule_set != nullptr) {
    return OriginsAfter(*session.after->Find(id), rules, record.changes, revision);
  }
  RuleOriginsByName known;
  if (base.revision > 0) {
    PQL_ASSIGN_OR_RETURN(known, store_->ReadRuleOrigins(id, base.revision));
  }
  return OriginsOf(rules, std::move(known), record.changes, revision);
}

absl::StatusOr<RuleSetManager::Draft> RuleSetManager::MakeDraft(
    const std::string& id, const ChangeBase& base, RuleContent content, CompileResult compiled,
    RevisionRecord record, const Session& session) const {
  record.rule_set = id;
  record.digest = compiled.rule_set->digest;
  record.create_time = absl::FromUnixMicros(absl::ToUnixMicros(clock_->Now()));
  record.changes = DiffRules(base.rule_set.get(), *compiled.rule_set);
  const RuleOrigin revision{base.revision + 1, record.cause, record.author, record.create_time};
  PQL_ASSIGN_OR_RETURN(RuleOrigins origins, OriginsAfterChange(base, compiled.rule_set->checked,
                                                               record, revision, session));
  ContentChange change = ChangeOf(base.content, content);
  Draft draft;
  draft.state = builder_.InForce(std::move(compiled), std::move(content), revision,
                                 std::move(origins), session.after->Find(id));
  draft.state->record = RecordOf(record, revision.revision, base.revision);
  draft.revision = {.record = std::move(record),
                    .sources = std::move(change.put),
                    .keeps_others = true,
                    .removed = std::move(change.removed),
                    .parent = base.revision};
  return draft;
}

void RuleSetManager::Accept(Draft draft, Session* session) {
  const std::string id = draft.state->id;
  if (!FilesFailed(id)) draft.state->failure = nullptr;
  followed_[id] = draft.state->revision;
  const bool gone = draft.state->content.empty() && draft.state->failure == nullptr;
  if (gone && session->after->Find(id) == nullptr) return;
  if (gone) {
    Put(RuleSetChange::Kind::kForgotten, std::move(draft.state), session);
  } else {
    PutLoaded(std::move(draft.state), session);
  }
}

absl::Status RuleSetManager::CheckRoomForRuleSet(const Session& session) const {
  size_t in_force = 0;
  for (const auto& [id, state] : session.after->rule_sets) in_force += state->rule_set != nullptr;
  if (in_force < limits_.max_rule_sets) return absl::OkStatus();
  return LimitExceeded(absl::StatusCode::kResourceExhausted, "rule sets", "--max-rule-sets",
                       in_force + 1, limits_.max_rule_sets,
                       "the server has as many rule sets as it may");
}

ChangeAnswer RuleSetManager::Change(const ChangeRequest& request) {
  const absl::Status status = CheckOptions(request.options);
  if (!status.ok()) return {.status = status};
  const std::lock_guard<std::mutex> lock(update_mutex_);
  Session session = Begin();
  ChangeAnswer answer;
  bool moved = true;
  for (int attempt = 0; moved && attempt < kMaxAttempts; ++attempt) {
    answer = TryChange(request, &session, &moved);
  }
  if (!session.changes.empty()) LookAgain(request.rule_set, &session);
  End(&session);
  return answer;
}

absl::StatusOr<std::optional<std::string>> RuleSetManager::FindReplay(
    const ChangeRequest& request) {
  const ChangeOptions& options = request.options;
  if (options.request_id.empty() || options.validate_only) return std::nullopt;
  absl::StatusOr<std::optional<StoredRequest>> known =
      store_->FindRequest(request.caller.identity, options.request_id);
  if (!known.ok()) return StoreFailed(known.status());
  if (!known->has_value()) return std::nullopt;
  if ((*known)->fingerprint == options.fingerprint) return std::move((*known)->response);
  return WithReason(
      absl::InvalidArgumentError(StrCat("`request_id` \"", options.request_id,
                                        "\" was sent with another request before; a new change "
                                        "needs a new one")),
      {"REQUEST_ID_REUSED", {{"request_id", options.request_id}}});
}

ChangeAnswer RuleSetManager::TryChange(const ChangeRequest& request, Session* session,
                                       bool* moved) {
  *moved = false;
  const std::string& id = request.rule_set;
  const ChangeOptions& options = request.options;
  absl::StatusOr<std::optional<std::string>> replay = FindReplay(request);
  if (!replay.ok()) return {.status = replay.status()};
  if (replay->has_value()) return {.response = std::move(**replay)};
  const absl::StatusOr<ChangeBase> base = ReadBase(id, session);
  if (!base.ok()) return {.status = StoreFailed(base.status())};

  const bool exists = !base->content.empty();
  if (options.expected_revision.has_value()) {
    const int64_t expected = *options.expected_revision;
    if (expected == 0 ? exists : expected != base->revision) {
      return {.status = RevisionMoved(id, expected, base->revision)};
    }
  }
  if (!exists && !request.creates_rule_set) {
    absl::Status status = FindUsable(*session->after, id).status();
    if (status.ok()) status = ResourceNotFound(RuleSetName(id), "the store lost the rule set");
    return {.status = std::move(status)};
  }
  absl::StatusOr<RuleContent> edited = request.edit(*base);
  if (!edited.ok()) return {.status = edited.status()};
  RuleContent content = Replace(base->content, ContentPart::kApi, *std::move(edited));
  if (const std::string path = SharedPath(content); !path.empty()) {
    return {.status = InvalidField("files", StrCat("\"", path,
                                                   "\" is the name of a file of the "
                                                   "rules directory; take another"))};
  }
  const RuleSetState* state = session->after->Find(id);
  if (base->rule_set != nullptr && HaveSameTexts(content, base->content)) {
    return KeepAsItIs(request, *base, *state);
  }
  if (!exists && content.empty()) return KeepAsItIs(request, *base, RuleSetState{.id = id});
  absl::Status fits;
  if (content.size() > base->content.size()) fits = CheckSourceCount(content.size(), limits_);
  if (fits.ok() && !exists) fits = CheckRoomForRuleSet(*session);
  if (!fits.ok()) return {.status = std::move(fits)};

  CompileResult compiled = builder_.Compile(id, content, state);
  if (!compiled.ok()) {
    const std::shared_ptr<const RuleSet> rule_set = compiled.rule_set;
    Rejection rejection = RejectionOf(std::move(compiled));
    if (request.localize) request.localize(*rule_set, &rejection);
    return Reject(std::move(rejection));
  }
  absl::StatusOr<Draft> draft = MakeDraft(id, *base, std::move(content), std::move(compiled),
                                          {.cause = request.cause,
                                           .author = request.caller.identity,
                                           .peer = request.caller.peer,
                                           .comment = options.comment,
                                           .rolled_back_to = request.rolled_back_to},
                                          *session);
  if (!draft.ok()) return {.status = StoreFailed(draft.status())};
  const int64_t revision = options.validate_only ? base->revision : draft->state->revision;
  std::string response = request.encode({*draft->state, revision, draft->revision.record.changes});
  if (options.validate_only) return {.response = std::move(response)};
  if (!options.request_id.empty()) {
    draft->revision.request =
        StoredRequest{request.caller.identity, options.request_id, options.fingerprint, response};
  }
  absl::StatusOr<CommitResult> committed = store_->Commit(draft->revision);
  if (!committed.ok()) {
    if (committed.status().code() == absl::StatusCode::kAborted) {
      const int64_t current = CurrentRevisionOf(committed.status()).value_or(0);
      *moved = !options.expected_revision.has_value();
      return {.status = RevisionMoved(id, base->revision, current)};
    }
    // Another server may have had a request with this id meanwhile.
    const absl::Status reused = FindReplay(request).status();
    return {.status = reused.code() == absl::StatusCode::kInvalidArgument
                          ? reused
                          : StoreFailed(committed.status())};
  }
  if (committed->replayed) return {.response = std::move(committed->response)};
  Accept(*std::move(draft), session);
  return {.response = std::move(response)};
}

// Compiles without a lock.  What came into force meanwhile is evaluated by the result, too.
void RuleSetManager::ConsolidateAll() {
  const std::shared_ptr<const Snapshot> before = snapshot();
  for (const auto& [id, state] : before->rule_sets) {
    if (state->rule_set == nullptr || !IsWorthConsolidating(*state->rule_set)) continue;
    const std::shared_ptr<const RuleSet> whole = builder_.Consolidated(*state->rule_set);
    const std::lock_guard<std::mutex> lock(update_mutex_);
    const std::shared_ptr<const RuleSetState> current = snapshot()->Share(id);
    if (current == nullptr || current->rule_set == nullptr) continue;
    auto replacement = std::make_shared<RuleSetState>(*current);
    replacement->rule_set =
        current->rule_set == state->rule_set ? whole : EvaluatedAfter(*whole, *current->rule_set);
    if (replacement->rule_set == nullptr) continue;
    auto after = std::make_shared<Snapshot>(*snapshot());
    after->rule_sets[id] = std::move(replacement);
    upkeep_.Retire(snapshot());
    board_.Publish(std::move(after));
  }
}

ChangeAnswer RuleSetManager::KeepAsItIs(const ChangeRequest& request, const ChangeBase& base,
                                        const RuleSetState& state) {
  const ChangeOptions& options = request.options;
  std::string response = request.encode({state, base.revision, {}});
  if (!options.request_id.empty() && !options.validate_only) {
    const absl::StatusOr<bool> remembered = store_->RememberRequest(
        {request.caller.identity, options.request_id, options.fingerprint, response});
    if (!remembered.ok()) return {.status = StoreFailed(remembered.status())};
  }
  return {.response = std::move(response)};
}

}  // namespace pql
