// Accounts as callers send them.  Thread-safe: no state.

#ifndef PQL_SERVICE_ACCOUNT_CONVERSION_H_
#define PQL_SERVICE_ACCOUNT_CONVERSION_H_

#include <cstddef>
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

}  // namespace pql

#endif  // PQL_SERVICE_ACCOUNT_CONVERSION_H_
