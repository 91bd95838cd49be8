// Accounts in columns, an AccountTable on the wire of any bytes: refused, or answered as the same
// accounts are one by one, as evaluations and in columns; what is wrong with a row is of that row.

#include <numeric>
#include <set>
#include <string>
#include <utility>

#include "service/message_evaluation.h"
#include "service/value_conversion.h"
#include "tests/engine/engine_testing.h"
#include "tests/fuzz/evaluation_rules.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/messages.h"

namespace pql {
namespace {

using fuzz::InOneForm;
using fuzz::Require;
using JsonValue = google::protobuf::Value;

constexpr uint32_t kMaxRows = 40;

bool HasBit(const std::string& bitmap, int row) {
  const auto byte = static_cast<unsigned char>(bitmap[static_cast<size_t>(row) / 8]);
  return (byte >> (row % 8) & 1) != 0;
}

template <typename Column>
const std::string& TextOf(const Column& column, int slot) {
  return column.codes().empty() ? column.values(slot)
                                : column.values(static_cast<int>(column.codes(slot)));
}

// The slots of the elements of a row's list.
template <typename Column>
std::pair<int, int> ListOf(const Column& column, int row) {
  const auto begin = column.lengths().begin();
  const auto first = static_cast<int>(std::accumulate(begin, begin + row, uint32_t{0}));
  return {first, first + static_cast<int>(column.lengths(row))};
}

// What an account would have.  REQUIRES: the column was taken, and the row.
JsonValue ValueOf(const v1::MetricColumn& column, int row) {
  JsonValue value;
  switch (column.values_case()) {
    case v1::MetricColumn::kNumbers:
      value.set_number_value(column.numbers().values(row));
      break;
    case v1::MetricColumn::kBools:
      value.set_bool_value(HasBit(column.bools().values(), row));
      break;
    case v1::MetricColumn::kStrings:
      value.set_string_value(TextOf(column.strings(), row));
      break;
    case v1::MetricColumn::kTimestamps:
      return ToProto(Value::Time(Timestamp{column.timestamps().micros(row)}));
    case v1::MetricColumn::kDurations:
      return ToProto(Value::Span(Duration{column.durations().micros(row)}));
    case v1::MetricColumn::kNumberLists: {
      value.mutable_list_value();
      const auto [first, end] = ListOf(column.number_lists(), row);
      for (int i = first; i < end; ++i) {
        value.mutable_list_value()->add_values()->set_number_value(column.number_lists().values(i));
      }
      break;
    }
    case v1::MetricColumn::kStringLists: {
      value.mutable_list_value();
      const auto [first, end] = ListOf(column.string_lists(), row);
      for (int i = first; i < end; ++i) {
        value.mutable_list_value()->add_values()->set_string_value(
            TextOf(column.string_lists(), i));
      }
      break;
    }
    case v1::MetricColumn::VALUES_NOT_SET:
      break;
  }
  return value;
}

v1::Account AccountOf(const CheckedRuleSet& rules, const v1::AccountTable& table, int row) {
  v1::Account account;
  if (!table.account_ids().empty()) account.set_id(table.account_ids(row));
  for (const v1::MetricColumn& column : table.columns()) {
    if (!rules.FindMetric(ToNfc(column.metric())).has_value()) continue;  // nobody looked at it
    if (!column.presence().empty() && !HasBit(column.presence(), row)) continue;
    (*account.mutable_metrics())[column.metric()] = ValueOf(column, row);
  }
  for (const v1::HeldColumn& held : table.held_rules()) {
    if (held.rows().empty() || HasBit(held.rows(), row)) account.add_held_rules(held.rule());
  }
  return account;
}

class Target {
 public:
  Target() : engine_({}, &clock_) {
    engine_.rule_sets().Update(TreeOf({{"fuzz", fuzz::EvaluationRules()}}));
    Require(rule_set() != nullptr, "the rules compile");
  }

  void Ask(const v1::AccountTable& table, const std::string& bytes) {
    v1::BatchEvaluateRequest request;
    request.set_rule_set("ruleSets/fuzz");
    request.mutable_options()->set_scope(v1::RESULT_SCOPE_ALL);
    v1::BatchEvaluateRequest by_account = request;
    *request.mutable_table() = table;
    request.set_skip_invalid(true);
    v1::BatchEvaluateResponse response;
    if (const absl::Status status = Evaluate(request, &response); !status.ok()) {
      fuzz::RequireGoodMessage(status);
      return;
    }
    Require(response.evaluations_size() == static_cast<int>(table.row_count()),
            "every row has an evaluation", bytes);
    std::set<int> rejected;
    for (const v1::RejectedAccount& account : response.rejected_accounts()) {
      rejected.insert(static_cast<int>(account.index()));
    }
    for (int row = 0; row < response.evaluations_size(); ++row) {
      if (rejected.contains(row)) continue;
      *by_account.add_accounts() = AccountOf(rule_set()->checked, table, row);
    }
    CompareByAccount(response, rejected, by_account, bytes);
    request.set_skip_invalid(false);
    request.set_answer_in_columns(true);
    by_account.set_answer_in_columns(true);
    CompareColumns(request, rejected.empty(), by_account, bytes);
  }

 private:
  const RuleSet* rule_set() const {
    return engine_.rule_sets().snapshot()->Find("fuzz")->rule_set.get();
  }
  absl::Status Evaluate(const v1::BatchEvaluateRequest& request,
                        v1::BatchEvaluateResponse* response) {
    response->Clear();
    return EvaluateBatch(
        &engine_, [] { return absl::OkStatus(); }, request, response);
  }

  void CompareByAccount(const v1::BatchEvaluateResponse& response, const std::set<int>& rejected,
                        const v1::BatchEvaluateRequest& by_account, const std::string& bytes) {
    v1::BatchEvaluateResponse expected;
    const absl::Status status = Evaluate(by_account, &expected);
    Require(status.ok(), "rows that are taken are accounts that are", bytes);
    int next = 0;
    for (int row = 0; row < response.evaluations_size(); ++row) {
      if (rejected.contains(row)) continue;
      Require(InOneForm(response.evaluations(row)) == InOneForm(expected.evaluations(next++)),
              "a row is answered as the account is", bytes);
    }
  }

  void CompareColumns(const v1::BatchEvaluateRequest& by_table, bool is_good,
                      const v1::BatchEvaluateRequest& by_account, const std::string& bytes) {
    v1::BatchEvaluateResponse response;
    const absl::Status status = Evaluate(by_table, &response);
    Require(status.ok() == is_good, "a bad row is an error where rows are not rejected", bytes);
    if (!is_good) {
      fuzz::RequireGoodMessage(status);
      return;
    }
    v1::BatchEvaluateResponse expected;
    Require(Evaluate(by_account, &expected).ok(), "accounts are answered in columns", bytes);
    Require(InOneForm(response.table()) == InOneForm(expected.table()),
            "columns are answered as accounts are", bytes);
  }

  FakeClock clock_;
  Engine engine_;
};

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static pql::Target* const kTarget = new pql::Target();
  const std::string bytes = pql::fuzz::TextOf(data, size);
  pql::v1::AccountTable table;
  if (!table.ParseFromString(bytes) || table.row_count() > pql::kMaxRows) return 0;
  kTarget->Ask(table, bytes);
  return 0;
}
