#include "service/table_batch.h"

#include <algorithm>
#include <cstddef>
#include <string>

#include "base/status_macros.h"
#include "base/strings.h"
#include "engine/error.h"
#include "engine/table_evaluation.h"
#include "service/account_conversion.h"
#include "service/call_checks.h"
#include "service/evaluation_conversion.h"
#include "service/status_mapping.h"
#include "service/table_conversion.h"

namespace pql {
namespace {

// How many rows are evaluated between two questions whether the answer is still wanted.
constexpr size_t kRowsBetweenQuestions = 64;

size_t RowsOf(const v1::BatchEvaluateRequest& request) {
  return request.has_table() ? request.table().row_count()
                             : static_cast<size_t>(request.accounts_size());
}

absl::Status CheckWidth(const Limits& limits, const EvaluationSession& session, size_t rows) {
  const size_t width = std::max<size_t>(1, TableWidth(session));
  if (rows <= limits.max_table_values / width) return absl::OkStatus();
  return LimitExceeded(absl::StatusCode::kInvalidArgument, "values per answer in columns",
                       "--max-table-values", rows * width, limits.max_table_values,
                       StrCat("an answer of ", rows, " rows with ", width,
                              " rules, scorecards and outputs is over the limit; `options.rules` "
                              "asks for fewer"));
}

// Rows answered as accounts are.
absl::Status AnswerByAccount(Engine* engine, const StillWanted& still_wanted,
                             const EvaluationSession& session, const SentTable& sent,
                             const v1::AccountTable& table, v1::BatchEvaluateResponse* response) {
  const CheckedRuleSet& checked = session.checked();
  size_t bytes = 0;
  for (size_t row = 0; row < sent.columns.row_count; ++row) {
    PQL_RETURN_IF_ERROR(still_wanted());
    v1::AccountEvaluation* out = response->add_evaluations();
    if (const auto bad = sent.bad_rows.find(row); bad != sent.bad_rows.end()) {
      out->set_account_id(IdOf(table, row));
      v1::RejectedAccount* rejected = response->add_rejected_accounts();
      rejected->set_index(static_cast<uint32_t>(row));
      rejected->set_account_id(IdOf(table, row));
      *rejected->mutable_error() = ToEvaluationError(bad->second);
      continue;
    }
    const Account account = RowAccount(checked, sent.columns, row);
    PQL_RETURN_IF_ERROR(AnswerAccount(engine, still_wanted, session, IdOf(table, row), account,
                                      RulesHolding(checked, sent.columns, row), out));
    bytes += out->ByteSizeLong();
    PQL_RETURN_IF_ERROR(CheckAnswerSize(engine->limits(), bytes));
  }
  return absl::OkStatus();
}

// Asked between rows: whether the answer is still wanted, and not too large by now.
absl::Status CheckMayGoOn(const Limits& limits, const StillWanted& still_wanted,
                          const TableEvaluation& table) {
  PQL_RETURN_IF_ERROR(still_wanted());
  return CheckAnswerSize(limits, table.output_bytes());
}

absl::Status AnswerAccountsInColumns(Engine* engine, const StillWanted& still_wanted,
                                     const EvaluationSession& session,
                                     const v1::BatchEvaluateRequest& request,
                                     v1::EvaluationTable* out) {
  const auto rows = static_cast<size_t>(request.accounts_size());
  TableEvaluation table(session, rows);
  bool any_id = false;
  for (size_t row = 0; row < rows; ++row) {
    if (row % kRowsBetweenQuestions == 0) {
      PQL_RETURN_IF_ERROR(CheckMayGoOn(engine->limits(), still_wanted, table));
    }
    const v1::Account& account = request.accounts(static_cast<int>(row));
    PQL_ASSIGN_OR_RETURN(
        const SentAccount sent,
        FromProto(session.checked(), account, engine->limits(), request.options().strict(), row));
    table.SetRow(row, sent.account, sent.held);
    for (const std::string_view name : sent.unknown_metrics) {
      session.telemetry().AddUnknownMetric(name);
    }
    any_id |= !account.id().empty();
  }
  ToProto(session, table.answer(), out);
  if (any_id) {
    for (const v1::Account& account : request.accounts()) out->add_account_ids(account.id());
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckTableBatch(const Limits& limits, const v1::BatchEvaluateRequest& request) {
  if (request.has_table() && !request.accounts().empty()) {
    return InvalidField("table", "must not be set together with `accounts`");
  }
  if (request.answer_in_columns()) {
    if (AsksForDetails(request.options())) {
      return InvalidField("answer_in_columns",
                          "must not be set together with `options.include_gap`, "
                          "`include_explanation` or `include_next_change`");
    }
    if (request.skip_invalid()) {
      return InvalidField("answer_in_columns", "must not be set together with `skip_invalid`");
    }
  }
  const bool in_columns = request.has_table() && request.answer_in_columns();
  if (!in_columns || RowsOf(request) <= limits.max_table_rows) return absl::OkStatus();
  return LimitExceeded(absl::StatusCode::kInvalidArgument, "rows per table", "--max-table-rows",
                       RowsOf(request), limits.max_table_rows,
                       StrCat("a table of ", RowsOf(request), " rows is over the limit"));
}

absl::Status EvaluateTable(Engine* engine, const StillWanted& still_wanted,
                           const EvaluationSession& session,
                           const v1::BatchEvaluateRequest& request,
                           v1::BatchEvaluateResponse* response) {
  if (request.answer_in_columns()) {
    PQL_RETURN_IF_ERROR(CheckWidth(engine->limits(), session, RowsOf(request)));
  }
  if (!request.has_table()) {
    return AnswerAccountsInColumns(engine, still_wanted, session, request,
                                   response->mutable_table());
  }
  const v1::AccountTable& table = request.table();
  PQL_ASSIGN_OR_RETURN(const SentTable sent,
                       FromProto(session.checked(), table, engine->limits(),
                                 request.options().strict(), request.skip_invalid()));
  if (!request.skip_invalid() && !sent.bad_rows.empty()) return sent.bad_rows.begin()->second;
  for (const auto& [name, values] : sent.unknown_metrics) {
    session.telemetry().AddUnknownMetric(name, values);
  }
  if (!request.answer_in_columns()) {
    return AnswerByAccount(engine, still_wanted, session, sent, table, response);
  }
  TableEvaluation evaluation(session, sent.columns.row_count);
  PQL_RETURN_IF_ERROR(evaluation.SetRows(
      sent.columns, [&] { return CheckMayGoOn(engine->limits(), still_wanted, evaluation); }));
  ToProto(session, evaluation.answer(), response->mutable_table());
  *response->mutable_table()->mutable_account_ids() = table.account_ids();
  return absl::OkStatus();
}

}  // namespace pql
