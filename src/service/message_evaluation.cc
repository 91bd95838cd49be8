#include "service/message_evaluation.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "engine/error.h"
#include "engine/rule_query.h"
#include "service/account_conversion.h"
#include "service/call_checks.h"
#include "service/evaluation_conversion.h"
#include "service/status_mapping.h"
#include "service/table_batch.h"
#include "service/value_conversion.h"

namespace pql {
namespace {

DetailOptions ToDetailOptions(const v1::EvaluationOptions& options, const Limits& limits) {
  constexpr size_t kMost = std::numeric_limits<int>::max();
  DetailOptions details;
  details.gap = options.include_gap();
  details.explanation = options.include_explanation();
  details.next_change = options.include_next_change();
  details.gap_search.max_evaluations =
      static_cast<int>(std::min(limits.max_gap_evaluations, kMost));
  return details;
}

absl::StatusOr<EvaluationRequest> ToRequest(const std::string& rule_set,
                                            const v1::EvaluationOptions& options,
                                            const Limits& limits) {
  EvaluationRequest request;
  request.details = ToDetailOptions(options, limits);
  PQL_ASSIGN_OR_RETURN(request.rule_set, ParseRuleSetName("rule_set", rule_set));
  switch (options.scope()) {
    case v1::RESULT_SCOPE_UNSPECIFIED:
    case v1::RESULT_SCOPE_MATCHES:
      break;
    case v1::RESULT_SCOPE_ALL:
      request.all = true;
      break;
    default:
      return InvalidField("options.scope", StrCat("there is no value ", options.scope()));
  }
  request.rules.assign(options.rules().begin(), options.rules().end());
  if (options.has_evaluation_time()) {
    PQL_ASSIGN_OR_RETURN(request.now,
                         ToTimestamp("options.evaluation_time", options.evaluation_time()));
  }
  if (options.min_revision() < 0) {
    return InvalidField("options.min_revision", "must not be negative");
  }
  return request;
}

absl::Status EvaluateAccount(Engine* engine, const StillWanted& still_wanted,
                             const EvaluationSession& session, const v1::Account& account,
                             bool strict, std::optional<size_t> index, v1::AccountEvaluation* out) {
  PQL_ASSIGN_OR_RETURN(const SentAccount sent,
                       FromProto(session.checked(), account, engine->limits(), strict, index));
  PQL_RETURN_IF_ERROR(
      AnswerAccount(engine, still_wanted, session, account.id(), sent.account, sent.held, out));
  for (const std::string_view name : sent.unknown_metrics) {
    session.telemetry().AddUnknownMetric(name);
  }
  return absl::OkStatus();
}

absl::Status CheckBatch(const Limits& limits, const v1::BatchEvaluateRequest& request) {
  PQL_RETURN_IF_ERROR(CheckTableBatch(limits, request));
  const size_t accounts = request.has_table() ? request.table().row_count()
                                              : static_cast<size_t>(request.accounts_size());
  if (AsksForDetails(request.options()) && accounts > limits.max_explained_accounts) {
    return LimitExceeded(absl::StatusCode::kInvalidArgument, "explained accounts per batch",
                         "--max-explained-accounts", accounts, limits.max_explained_accounts,
                         StrCat("a batch of ", accounts,
                                " accounts is over the limit for gaps, explanations and next "
                                "changes"));
  }
  // Of a table that is answered as one, CheckTableBatch has limited the rows.
  if (request.has_table() && request.answer_in_columns()) return absl::OkStatus();
  if (accounts <= limits.max_batch_accounts) return absl::OkStatus();
  return LimitExceeded(absl::StatusCode::kInvalidArgument, "accounts per batch",
                       "--max-batch-accounts", accounts, limits.max_batch_accounts,
                       StrCat("a batch of ", accounts, " accounts is over the limit"));
}

}  // namespace

bool AsksForDetails(const v1::EvaluationOptions& options) {
  return options.include_gap() || options.include_explanation() || options.include_next_change();
}

absl::StatusOr<EvaluationSession> BeginSession(Engine* engine, const std::string& rule_set,
                                               const v1::EvaluationOptions& options) {
  PQL_ASSIGN_OR_RETURN(const EvaluationRequest request,
                       ToRequest(rule_set, options, engine->limits()));
  std::shared_ptr<const Snapshot> snapshot = engine->rule_sets().snapshot();
  const RuleSetState* state = snapshot->Find(request.rule_set);
  const int64_t revision = state == nullptr ? 0 : state->revision;
  if (revision < options.min_revision()) {
    return WithReason(
        absl::UnavailableError(StrCat("rule set `", request.rule_set, "` has not reached revision ",
                                      options.min_revision(), " here; it is at ", revision)),
        {"REVISION_NOT_REACHED",
         {{"min_revision", StrCat(options.min_revision())},
          {"current_revision", StrCat(revision)}}});
  }
  return EvaluationSession::Begin(std::move(snapshot), request, engine->clock());
}

absl::Status AnswerAccount(Engine* engine, const StillWanted& still_wanted,
                           const EvaluationSession& session, const std::string& id,
                           const AccountView& account, const std::vector<std::string>& held,
                           v1::AccountEvaluation* out) {
  PQL_ASSIGN_OR_RETURN(const AccountResult result,
                       session.RunInDetail(account, held, still_wanted));
  for (const RuleDetails& details : result.details) {
    if (details.gap.has_value() && details.gap->status == Gap::Status::kNotFound) {
      engine->telemetry().CountLimitHit("max-gap-evaluations");
    }
  }
  ToProto(session, id, result, out);
  return absl::OkStatus();
}

absl::Status EvaluateOne(Engine* engine, const StillWanted& still_wanted,
                         const v1::EvaluateRequest& request, v1::EvaluateResponse* response) {
  PQL_ASSIGN_OR_RETURN(const EvaluationSession session,
                       BeginSession(engine, request.rule_set(), request.options()));
  PQL_RETURN_IF_ERROR(EvaluateAccount(engine, still_wanted, session, request.account(),
                                      request.options().strict(), std::nullopt,
                                      response->mutable_evaluation()));
  response->set_revision(session.revision());
  *response->mutable_evaluation_time() = ToProto(session.now());
  return absl::OkStatus();
}

absl::Status EvaluateBatch(Engine* engine, const StillWanted& still_wanted,
                           const v1::BatchEvaluateRequest& request,
                           v1::BatchEvaluateResponse* response) {
  PQL_RETURN_IF_ERROR(CheckBatch(engine->limits(), request));
  PQL_ASSIGN_OR_RETURN(const EvaluationSession session,
                       BeginSession(engine, request.rule_set(), request.options()));
  response->set_revision(session.revision());
  *response->mutable_evaluation_time() = ToProto(session.now());
  if (IsInColumns(request)) {
    return EvaluateTable(engine, still_wanted, session, request, response);
  }
  size_t bytes = 0;
  for (int i = 0; i < request.accounts_size(); ++i) {
    PQL_RETURN_IF_ERROR(still_wanted());
    const v1::Account& account = request.accounts(i);
    const absl::Status status =
        EvaluateAccount(engine, still_wanted, session, account, request.options().strict(), i,
                        response->add_evaluations());
    if (status.ok()) {
      bytes += response->evaluations(i).ByteSizeLong();
      PQL_RETURN_IF_ERROR(CheckAnswerSize(engine->limits(), bytes));
      continue;
    }
    if (!request.skip_invalid() || status.code() != absl::StatusCode::kInvalidArgument) {
      return status;
    }
    response->mutable_evaluations(i)->set_account_id(account.id());
    v1::RejectedAccount* rejected = response->add_rejected_accounts();
    rejected->set_index(i);
    rejected->set_account_id(account.id());
    *rejected->mutable_error() = ToEvaluationError(status);
  }
  return absl::OkStatus();
}

}  // namespace pql
