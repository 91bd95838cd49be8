#include "service/account_conversion.h"

#include <string_view>
#include <utility>

#include "base/ascii.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "engine/error.h"
#include "service/value_conversion.h"

namespace pql {
namespace {

absl::Status SentTwice(const std::string& name) {
  return InvalidField("metrics",
                      StrCat("`", name, "` is sent twice, in two Unicode forms of the same name"));
}

// Sets one metric; counts it when it is not declared.
absl::Status SetMetric(const CheckedRuleSet& rule_set, const v1::Account& sent,
                       const std::string& name, const google::protobuf::Value& value,
                       const Limits& limits, bool strict, SentAccount* out) {
  const std::optional<uint32_t> metric = FindSentMetric(rule_set, name);
  if (!metric.has_value() || rule_set.metrics[*metric].name != name) {
    const std::string normal = ToNfc(name);
    if (normal != name && sent.metrics().contains(normal)) return SentTwice(normal);
  }
  if (!metric.has_value()) {
    if (strict) return UnknownMetricError(rule_set, name);
    out->unknown_metrics.push_back(name);
    return absl::OkStatus();
  }
  PQL_ASSIGN_OR_RETURN(Value converted,
                       ToMetricValue(rule_set.metrics[*metric], value, limits.max_string_bytes));
  out->account.Set(*metric, std::move(converted));
  return absl::OkStatus();
}

absl::Status CheckSize(const v1::Account& sent, const Limits& limits) {
  if (sent.metrics().size() > limits.max_account_metrics) {
    return LimitExceeded(
        absl::StatusCode::kInvalidArgument, "metrics per account", "--max-account-metrics",
        sent.metrics().size(), limits.max_account_metrics,
        StrCat("an account with ", sent.metrics().size(), " metrics is over the limit"));
  }
  if (sent.id().size() > limits.max_string_bytes) {
    return LimitExceeded(absl::StatusCode::kInvalidArgument, "string bytes", "--max-string-bytes",
                         sent.id().size(), limits.max_string_bytes,
                         StrCat("an id of ", sent.id().size(), " bytes is longer than the limit"));
  }
  return absl::OkStatus();
}

absl::StatusOr<SentAccount> Convert(const CheckedRuleSet& rule_set, const v1::Account& sent,
                                    const Limits& limits, bool strict) {
  PQL_RETURN_IF_ERROR(CheckSize(sent, limits));
  SentAccount out{.account = Account(rule_set), .held = {}, .unknown_metrics = {}};
  out.held.assign(sent.held_rules().begin(), sent.held_rules().end());
  // A map has no order: of several errors the one of the first name is reported, always the same.
  const std::string* bad_name = nullptr;
  absl::Status error;
  for (const auto& [name, value] : sent.metrics()) {
    absl::Status status = SetMetric(rule_set, sent, name, value, limits, strict, &out);
    if (!status.ok() && (bad_name == nullptr || name < *bad_name)) {
      bad_name = &name;
      error = std::move(status);
    }
  }
  if (!error.ok()) return error;
  return out;
}

}  // namespace

absl::Status UnknownMetricError(const CheckedRuleSet& rule_set, const std::string& name) {
  std::vector<std::string_view> names;
  for (const Metric& metric : rule_set.metrics) names.push_back(metric.name);
  const std::string_view nearest = NearestWord(name, names);
  ErrorReason reason{"UNKNOWN_METRIC", {{"metric", name}}};
  if (!nearest.empty()) reason.metadata.emplace_back("suggestion", nearest);
  return WithReason(absl::InvalidArgumentError(
                        StrCat("metric `", EscapeAndCut(name), "` is not declared by the rule set",
                               nearest.empty() ? "" : StrCat("; did you mean `", nearest, "`?"))),
                    reason);
}

std::optional<uint32_t> FindSentMetric(const CheckedRuleSet& rule_set, const std::string& name) {
  const std::optional<uint32_t> metric = rule_set.FindMetric(name);
  if (metric.has_value() || IsAscii(name)) return metric;
  return rule_set.FindMetric(ToNfc(name));
}

absl::Status AboutAccount(std::string_view where, size_t index, const std::string& account_id,
                          const absl::Status& status) {
  const std::string who = account_id.empty() ? "" : StrCat(" \"", EscapeAndCut(account_id), "\"");
  absl::Status located(status.code(), StrCat(where, who, ": ", FromAbsl(status.message())));
  std::optional<ErrorReason> reason = ReasonOf(status);
  if (!reason.has_value()) return located;
  reason->metadata.emplace_back("account_id", account_id);
  reason->metadata.emplace_back("index", StrCat(index));
  return WithReason(std::move(located), *reason);
}

absl::StatusOr<SentAccount> FromProto(const CheckedRuleSet& rule_set, const v1::Account& account,
                                      const Limits& limits, bool strict,
                                      std::optional<size_t> index) {
  absl::StatusOr<SentAccount> result = Convert(rule_set, account, limits, strict);
  if (result.ok() || !index.has_value()) return result;
  return AboutAccount(StrCat("accounts[", *index, "]"), *index, account.id(), result.status());
}

}  // namespace pql
