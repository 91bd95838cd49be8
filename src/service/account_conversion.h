// Accounts as callers send them.  Thread-safe: no state.

#ifndef PQL_SERVICE_ACCOUNT_CONVERSION_H_
#define PQL_SERVICE_ACCOUNT_CONVERSION_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/limits.h"
#include "eval/interpreter.h"
#include "language/checked_rule_set.h"
#include "pql/v1/account.pb.h"

namespace pql {

struct SentAccount {
  Account account;
  std::vector<std::string> held;
  std::vector<std::string_view> unknown_metrics;  // sent, but not declared; of the message
};

// INVALID_ARGUMENT for a metric of the wrong type, for an undeclared one when `strict`, beyond a
// limit.  The message and the reason's metadata name the metric, and the account when `index`, its
// place in a batch, is given.
absl::StatusOr<SentAccount> FromProto(const CheckedRuleSet& rule_set, const v1::Account& account,
                                      const Limits& limits, bool strict,
                                      std::optional<size_t> index = std::nullopt);

// UNKNOWN_METRIC, for `strict`, with the nearest name that there is.
absl::Status UnknownMetricError(const CheckedRuleSet& rule_set, const std::string& name);
// The index of a metric, its name in any Unicode form; nothing when it is not declared.
std::optional<uint32_t> FindSentMetric(const CheckedRuleSet& rule_set, const std::string& name);
// The status, said to be about an account: `where` and, unless it is empty, its id in front of the
// message; index and id in the reason's metadata.
absl::Status AboutAccount(std::string_view where, size_t index, const std::string& account_id,
                          const absl::Status& status);

}  // namespace pql

#endif  // PQL_SERVICE_ACCOUNT_CONVERSION_H_
