#include "tools/pql/remote/rule_set_client.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "engine/rule_query.h"
#include "service/value_conversion.h"

namespace pql {
namespace {

constexpr int kRulesPage = 1000;

// A type as Schema writes it; unknown for one that a newer server may have.
Type ToType(const v1::Metric& metric) {
  const std::string& name = metric.type();
  if (name == "number") return Type::Number(metric.unit());
  if (name == "bool") return Type::Bool();
  if (name == "string") return Type::String();
  if (name == "one of") {
    return Type::OneOf({metric.allowed_values().begin(), metric.allowed_values().end()});
  }
  if (name == "timestamp") return Type::Timestamp();
  if (name == "duration") return Type::Duration();
  if (name == "list(number)") return Type::NumberList();
  if (name == "list(string)") return Type::StringList();
  return Type();
}

CheckedRuleSet ToMetrics(const v1::Schema& schema) {
  CheckedRuleSet metrics;
  for (const v1::Metric& metric : schema.metrics()) {
    Metric added;
    added.name = metric.name();
    added.type = ToType(metric);
    metrics.metrics.push_back(std::move(added));
  }
  return metrics;
}

bool Selected(const std::vector<std::string>& rules, const std::string& name) {
  return rules.empty() || std::find(rules.begin(), rules.end(), name) != rules.end();
}

}  // namespace

RuleSetClient::RuleSetClient(const Connection* connection, std::string id)
    : connection_(connection),
      id_(std::move(id)),
      name_(RuleSetName(id_)),
      evaluations_(v1::EvaluationService::NewStub(connection->channel())),
      rules_(v1::RuleService::NewStub(connection->channel())) {}

absl::Status RuleSetClient::Connect() {
  grpc::ClientContext context;
  connection_->Prepare(&context);
  v1::GetSchemaRequest request;
  request.set_name(StrCat(name_, "/schema"));
  v1::GetSchemaResponse response;
  PQL_RETURN_IF_ERROR(connection_->FromServer(rules_->GetSchema(&context, request, &response)));
  schema_ = std::move(*response.mutable_schema());
  metrics_ = ToMetrics(schema_);
  return absl::OkStatus();
}

absl::Status RuleSetClient::DescribeColumns(const std::vector<std::string>& rules,
                                            RenderOptions* options) {
  v1::ListRulesRequest request;
  request.set_parent(name_);
  request.set_mode("active");
  request.set_page_size(kRulesPage);
  do {
    grpc::ClientContext context;
    connection_->Prepare(&context);
    v1::ListRulesResponse response;
    PQL_RETURN_IF_ERROR(connection_->FromServer(rules_->ListRules(&context, request, &response)));
    for (const v1::Rule& rule : response.rules()) {
      PQL_ASSIGN_OR_RETURN(const RuleReference name, ParseRuleName("name", rule.name()));
      if (!Selected(rules, name.rule)) continue;
      options->rules.push_back(name.rule);
      if (!rule.score().empty()) options->scored_rules.push_back(name.rule);
    }
    request.set_page_token(response.next_page_token());
  } while (!request.page_token().empty());
  for (const v1::Scorecard& scorecard : schema_.scorecards()) {
    options->scorecards.push_back(scorecard.name());
  }
  for (const v1::Output& output : schema_.outputs()) options->outputs.push_back(output.name());
  return absl::OkStatus();
}

v1::Account RuleSetClient::ToAccount(const AccountRow& row) const {
  v1::Account account;
  account.set_id(row.id);
  for (uint32_t i = 0; i < metrics_.metrics.size(); ++i) {
    if (!row.account.WasSet(i)) continue;
    (*account.mutable_metrics())[metrics_.metrics[i].name] = ToProto(row.account.Metric(i));
  }
  for (const std::string& rule : row.held) account.add_held_rules(rule);
  return account;
}

absl::StatusOr<std::vector<Json>> RuleSetClient::Evaluate(const std::vector<AccountRow>& rows,
                                                          const RemoteEvaluation& how) {
  v1::BatchEvaluateRequest request;
  request.set_rule_set(name_);
  for (const AccountRow& row : rows) *request.add_accounts() = ToAccount(row);
  v1::EvaluationOptions& options = *request.mutable_options();
  options.set_scope(how.all ? v1::RESULT_SCOPE_ALL : v1::RESULT_SCOPE_MATCHES);
  options.set_include_gap(how.gap);
  options.set_include_explanation(how.explain);
  options.set_include_next_change(how.explain);
  for (const std::string& rule : how.rules) options.add_rules(rule);
  if (how.now.has_value()) *options.mutable_evaluation_time() = ToProto(*how.now);

  grpc::ClientContext context;
  connection_->Prepare(&context);
  v1::BatchEvaluateResponse response;
  PQL_RETURN_IF_ERROR(
      connection_->FromServer(evaluations_->BatchEvaluate(&context, request, &response)));
  std::vector<Json> evaluations;
  for (const v1::AccountEvaluation& evaluation : response.evaluations()) {
    std::string text;
    const auto status = google::protobuf::util::MessageToJsonString(evaluation, &text);
    if (!status.ok()) return absl::InternalError(status.ToString());
    evaluations.push_back(Json::parse(text));
  }
  return evaluations;
}

}  // namespace pql
