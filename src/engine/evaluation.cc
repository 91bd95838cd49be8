#include "engine/evaluation.h"

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "engine/error.h"
#include "engine/rule_query.h"
#include "eval/plan/match_run.h"

namespace pql {
namespace {

Timestamp FromAbslTime(absl::Time time) { return Timestamp{absl::ToUnixMicros(time)}; }

std::string Suggestion(std::string_view nearest) {
  return nearest.empty() ? "" : StrCat("; did you mean `", nearest, "`?");
}

absl::Status UnknownRule(const CheckedRuleSet& checked, const std::string& name) {
  std::vector<std::string_view> names;
  for (const Rule& rule : checked.rules) {
    if (rule.mode != RuleMode::kDraft) names.push_back(rule.name);
  }
  const std::string_view nearest = NearestWord(name, names);
  ErrorReason reason{"UNKNOWN_RULE", {{"rule", name}}};
  if (!nearest.empty()) reason.metadata.emplace_back("suggestion", nearest);
  const std::optional<uint32_t> found = checked.FindRule(name);
  const std::string sentence =
      found.has_value()
          ? StrCat("rule `", name, "` is a draft, which is checked but never evaluated")
          : StrCat("no rule named `", EscapeAndCut(name), "`", Suggestion(nearest));
  return WithReason(absl::InvalidArgumentError(sentence), reason);
}

}  // namespace

absl::StatusOr<const RuleSetState*> FindRuleSet(const Snapshot& snapshot, std::string_view id) {
  const RuleSetState* state = snapshot.Find(id);
  if (state != nullptr) return state;
  std::vector<std::string_view> ids;
  for (const auto& [known, unused] : snapshot.rule_sets) ids.push_back(known);
  return ResourceNotFound(RuleSetName(id), StrCat("no rule set named `", EscapeAndCut(id), "`",
                                                  Suggestion(NearestWord(id, ids))));
}

absl::StatusOr<const RuleSetState*> FindUsable(const Snapshot& snapshot, std::string_view id) {
  PQL_ASSIGN_OR_RETURN(const RuleSetState* state, FindRuleSet(snapshot, id));
  if (state->rule_set == nullptr) {
    return WithReason(
        absl::FailedPreconditionError(StrCat("rule set `", id,
                                             "` has never loaded without errors; GetRuleSet shows "
                                             "them")),
        {"NEVER_LOADED", {{"resource_name", RuleSetName(id)}}});
  }
  return state;
}

absl::Status EvaluationSession::SelectRules(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const std::optional<uint32_t> rule = checked().FindRule(name);
    if (!rule.has_value() || checked().rules[*rule].mode == RuleMode::kDraft) {
      return UnknownRule(checked(), name);
    }
    selected_.push_back(*rule);
  }
  std::sort(selected_.begin(), selected_.end());
  return absl::OkStatus();
}

bool EvaluationSession::IsSelected(uint32_t rule) const {
  return selected_.empty() || std::binary_search(selected_.begin(), selected_.end(), rule);
}

std::vector<uint32_t> EvaluationSession::RulesOf(RuleMode mode) const {
  std::vector<uint32_t> rules;
  for (uint32_t i = 0; i < checked().rules.size(); ++i) {
    if (checked().rules[i].mode == mode && IsSelected(i)) rules.push_back(i);
  }
  return rules;
}

void EvaluationSession::Report(uint32_t rule, RuleResult result, AccountResult* out) const {
  const RuleMode mode = checked().rules[rule].mode;
  if (mode == RuleMode::kActive) {
    out->rules.push_back({rule, std::move(result)});
  } else if (mode == RuleMode::kShadow) {
    out->shadow_rules.push_back({rule, std::move(result)});
  }
}

absl::StatusOr<EvaluationSession> EvaluationSession::Begin(std::shared_ptr<const Snapshot> snapshot,
                                                           const EvaluationRequest& request,
                                                           const Clock& clock) {
  EvaluationSession session;
  PQL_ASSIGN_OR_RETURN(session.state_, FindUsable(*snapshot, request.rule_set));
  session.snapshot_ = std::move(snapshot);
  session.now_ = request.now.has_value() ? *request.now : FromAbslTime(clock.Now());
  session.all_ = request.all;
  PQL_RETURN_IF_ERROR(session.SelectRules(request.rules));
  if (request.details.any()) {
    session.details_ = std::make_unique<RuleDetailFinder>(session.rule_set().sources,
                                                          session.checked(), request.details);
  }
  return session;
}

absl::Status EvaluationSession::FindDetails(const EvaluationInput& input,
                                            const Evaluation& evaluation,
                                            const std::function<absl::Status()>& still_wanted,
                                            AccountResult* result) const {
  const auto& rules = checked().rules;
  result->details.resize(rules.size());
  for (uint32_t i = 0; i < rules.size(); ++i) {
    if (rules[i].mode == RuleMode::kDraft) continue;
    PQL_RETURN_IF_ERROR(still_wanted());
    RuleDetails& details = result->details[i];
    if (Reports(i, evaluation.rules[i].outcome)) {
      details = details_->Find(i, input);
    } else {
      details.next_change = details_->FindChange(i, input);
    }
    if (!details.next_change.has_value()) continue;
    const Timestamp time = details.next_change->time;
    result->next_change = std::min(result->next_change.value_or(time), time);
  }
  return absl::OkStatus();
}

std::vector<bool> EvaluationSession::HeldBy(const std::vector<std::string>& names) const {
  std::vector<bool> held;
  for (const std::string& name : names) {
    const std::optional<uint32_t> rule = checked().FindRule(name);
    if (!rule.has_value()) continue;
    held.resize(checked().rules.size());
    held[*rule] = true;
  }
  return held;
}

EvaluationInput EvaluationSession::InputOf(const AccountView& account,
                                           const std::vector<std::string>& held) const {
  return {&account, now_, HeldBy(held)};
}

AccountResult EvaluationSession::Match(const BoundAccount& account,
                                       const std::vector<std::string>& held) const {
  MatchRunPool& pool = *rule_set().match_runs;
  std::unique_ptr<MatchRun> run = pool.Take();
  const AccountMatches& matches = run->Match(account, now_, HeldBy(held));
  telemetry().AddAccounts(1);
  for (const uint32_t rule : matches.unknown) telemetry().AddUnknown(rule);
  AccountResult result;
  result.stage = matches.stage;
  for (const uint32_t rule : matches.qualified) {
    telemetry().AddQualified(rule);
    if (!IsSelected(rule)) continue;
    RuleResult qualified;
    qualified.outcome = Outcome::kQualified;
    qualified.score = run->ScoreOf(rule);
    Report(rule, std::move(qualified), &result);
  }
  const Evaluation& answers = run->Answers();
  result.defines = answers.defines;
  result.scorecards = answers.scorecards;
  pool.GiveBack(std::move(run));
  return result;
}

Evaluation EvaluationSession::RunOn(const EvaluationInput& input) const {
  Evaluation evaluation = Evaluate(*rule_set().plan, input);
  telemetry().AddAccounts(1);
  for (uint32_t i = 0; i < evaluation.rules.size(); ++i) {
    const Outcome outcome = evaluation.rules[i].outcome;
    if (outcome == Outcome::kQualified) telemetry().AddQualified(i);
    if (outcome == Outcome::kUnknown) telemetry().AddUnknown(i);
  }
  return evaluation;
}

absl::StatusOr<AccountResult> EvaluationSession::RunInDetail(
    const AccountView& account, const std::vector<std::string>& held,
    const std::function<absl::Status()>& still_wanted) const {
  if (wants_matches_only()) {
    BoundAccounts bound(rule_set().plan->layout());
    bound[0].Bind(account);
    return Match(bound[0], held);
  }
  const EvaluationInput input = InputOf(account, held);
  Evaluation evaluation = RunOn(input);
  AccountResult result;
  if (details_ != nullptr) {
    PQL_RETURN_IF_ERROR(FindDetails(input, evaluation, still_wanted, &result));
  }
  for (uint32_t rule = 0; rule < evaluation.rules.size(); ++rule) {
    if (!Reports(rule, evaluation.rules[rule].outcome)) continue;
    Report(rule, std::move(evaluation.rules[rule]), &result);
  }
  result.defines = std::move(evaluation.defines);
  result.scorecards = std::move(evaluation.scorecards);
  result.stage = evaluation.stage;
  return result;
}

}  // namespace pql
