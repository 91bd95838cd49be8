// Values between the engine and natural JSON (google.protobuf.Value).  Thread-safe: no state.

#ifndef PQL_SERVICE_VALUE_CONVERSION_H_
#define PQL_SERVICE_VALUE_CONVERSION_H_

#include <google/protobuf/struct.pb.h>
#include <google/protobuf/timestamp.pb.h>

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "language/checked_rule_set.h"
#include "language/value.h"

namespace pql {

// A timestamp as RFC 3339, a duration as `1d12h`; missing as null.
google::protobuf::Value ToProto(const Value& value);
google::protobuf::Timestamp ToProto(Timestamp time);
google::protobuf::Timestamp ToProto(absl::Time time);

// Null is missing.  INVALID_ARGUMENT with reason METRIC_TYPE_MISMATCH, or LIMIT_EXCEEDED for a
// string of more than `max_string_bytes`.
absl::StatusOr<Value> ToMetricValue(const Metric& metric, const google::protobuf::Value& value,
                                    size_t max_string_bytes);

// INVALID_ARGUMENT naming `field` outside of the years 1 to 9999; finer digits than microseconds
// are dropped.
absl::StatusOr<Timestamp> ToTimestamp(std::string_view field,
                                      const google::protobuf::Timestamp& time);

}  // namespace pql

#endif  // PQL_SERVICE_VALUE_CONVERSION_H_
