// From outside data to values of the declared type, the same way for JSON, CSV and gRPC.  Nothing
// is coerced silently: a value of another type is INVALID_ARGUMENT whose message names the metric,
// the expected and the seen type: "metric `channels`: expected a number, got the string \"three\"".
// What is shown of a value is bounded and escaped.  Thread-safe: no state.

#ifndef PQL_ACCOUNTS_METRIC_VALUE_H_
#define PQL_ACCOUNTS_METRIC_VALUE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "eval/plan/cell.h"
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

// The same by type, the message without the name in front: "expected a number, got ...".
absl::StatusOr<Value> ValueFromNumber(const Type& type, double number);
absl::StatusOr<Value> ValueFromBool(const Type& type, bool boolean);
absl::StatusOr<Value> ValueFromString(const Type& type, std::string_view text);
absl::StatusOr<Value> ValueFromNumberList(const Type& type, std::vector<double> numbers);
absl::StatusOr<Value> ValueFromStringList(const Type& type, std::vector<std::string> texts);
absl::StatusOr<Value> ValueFromEmptyList(const Type& type);
absl::Status TypeError(const Type& type, std::string_view seen);

// The cell of a CSV: any text, not empty, which is read as the type demands.  Numbers as digits
// with an optional sign, `.` and exponent; true and false in any case; lists as JSON arrays; all
// else as ValueFromString.
absl::StatusOr<Value> ValueFromCell(const Type& type, std::string_view cell);

// The same fast, without ownership and without words for what is wrong: false where the functions
// above have an error, and for lists.  REQUIRES: valid UTF-8.
bool CellFromString(const Type& type, std::string_view text, Cell* cell);
bool CellFromCsv(const Type& type, std::string_view text, Cell* cell);

// A text fit to be shown in a message: escaped, in backticks, cut after some 60 characters.
std::string ShownText(std::string_view text);

}  // namespace pql

#endif  // PQL_ACCOUNTS_METRIC_VALUE_H_
