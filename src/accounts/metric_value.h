// From outside data to values of the declared type, the same way for JSON, CSV and gRPC.  Nothing
// is coerced silently: a value of another type is INVALID_ARGUMENT whose message names the metric,
// the expected and the seen type: "metric `channels`: expected a number, got the string \"three\"".
// Thread-safe: no state.

#ifndef PQL_ACCOUNTS_METRIC_VALUE_H_
#define PQL_ACCOUNTS_METRIC_VALUE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "language/checked_rule_set.h"
#include "language/value.h"

namespace pql {

// NaN and infinities are INVALID_ARGUMENT.
absl::StatusOr<Value> MetricFromNumber(const Metric& metric, double number);
absl::StatusOr<Value> MetricFromBool(const Metric& metric, bool boolean);
// string, `one of` (only its options), timestamp (RFC 3339 or a date), duration (`36h`, `1d12h`).
// REQUIRES: valid UTF-8.
absl::StatusOr<Value> MetricFromString(const Metric& metric, std::string_view text);
absl::StatusOr<Value> MetricFromNumberList(const Metric& metric, std::vector<double> numbers);
absl::StatusOr<Value> MetricFromStringList(const Metric& metric, std::vector<std::string> texts);
// A list without elements fits both types of list.
absl::StatusOr<Value> MetricFromEmptyList(const Metric& metric);
// For what no metric takes: `seen` is "an object", "a list of lists".
absl::Status MetricTypeError(const Metric& metric, std::string_view seen);

}  // namespace pql

#endif  // PQL_ACCOUNTS_METRIC_VALUE_H_
