#include "service/value_conversion.h"

#include <string>
#include <utility>
#include <vector>

#include "accounts/metric_value.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "engine/error.h"

namespace pql {
namespace {

using google::protobuf::ListValue;
using ProtoValue = google::protobuf::Value;

constexpr int kNanosPerMicro = 1000;

std::string_view SeenType(const ProtoValue& value) {
  switch (value.kind_case()) {
    case ProtoValue::kNumberValue:
      return "number";
    case ProtoValue::kStringValue:
      return "string";
    case ProtoValue::kBoolValue:
      return "bool";
    case ProtoValue::kListValue:
      return "list";
    case ProtoValue::kStructValue:
      return "object";
    case ProtoValue::kNullValue:
    case ProtoValue::KIND_NOT_SET:
      return "null";
  }
  return "null";
}

std::string_view DescribeElement(const ProtoValue& value) {
  switch (value.kind_case()) {
    case ProtoValue::kListValue:
      return "a list of lists";
    case ProtoValue::kStructValue:
      return "a list of objects";
    case ProtoValue::kBoolValue:
      return "a list of true and false";
    case ProtoValue::kNumberValue:
    case ProtoValue::kStringValue:
      return "a list of numbers and strings";
    case ProtoValue::kNullValue:
    case ProtoValue::KIND_NOT_SET:
      return "a list with null";
  }
  return "a list";
}

absl::Status CheckLength(const Metric& metric, std::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return absl::OkStatus();
  return LimitExceeded(absl::StatusCode::kInvalidArgument, "string bytes", "--max-string-bytes",
                       text.size(), max_bytes,
                       StrCat("metric `", metric.name, "`: a string of ", text.size(),
                              " bytes is longer than the limit"));
}

absl::StatusOr<Value> ListToValue(const Metric& metric, const ListValue& list,
                                  size_t max_string_bytes) {
  if (list.values().empty()) return MetricFromEmptyList(metric);
  const ProtoValue::KindCase kind = list.values(0).kind_case();
  for (const ProtoValue& element : list.values()) {
    if (element.kind_case() != kind) return MetricTypeError(metric, DescribeElement(element));
  }
  if (kind == ProtoValue::kNumberValue) {
    std::vector<double> numbers;
    numbers.reserve(list.values_size());
    for (const ProtoValue& element : list.values()) numbers.push_back(element.number_value());
    return MetricFromNumberList(metric, std::move(numbers));
  }
  if (kind != ProtoValue::kStringValue) {
    return MetricTypeError(metric, DescribeElement(list.values(0)));
  }
  std::vector<std::string> texts;
  texts.reserve(list.values_size());
  for (const ProtoValue& element : list.values()) {
    const absl::Status status = CheckLength(metric, element.string_value(), max_string_bytes);
    if (!status.ok()) return status;
    texts.push_back(element.string_value());
  }
  return MetricFromStringList(metric, std::move(texts));
}

absl::StatusOr<Value> Convert(const Metric& metric, const ProtoValue& value,
                              size_t max_string_bytes) {
  switch (value.kind_case()) {
    case ProtoValue::kNullValue:
    case ProtoValue::KIND_NOT_SET:
      return Value::Missing();
    case ProtoValue::kNumberValue:
      return MetricFromNumber(metric, value.number_value());
    case ProtoValue::kBoolValue:
      return MetricFromBool(metric, value.bool_value());
    case ProtoValue::kStringValue: {
      const absl::Status status = CheckLength(metric, value.string_value(), max_string_bytes);
      if (!status.ok()) return status;
      return MetricFromString(metric, value.string_value());
    }
    case ProtoValue::kListValue:
      return ListToValue(metric, value.list_value(), max_string_bytes);
    case ProtoValue::kStructValue:
      return MetricTypeError(metric, "an object");
  }
  return MetricTypeError(metric, "something unknown");
}

}  // namespace

google::protobuf::Value ToProto(const Value& value) {
  ProtoValue out;
  if (value.IsNumber()) {
    out.set_number_value(value.number());
  } else if (value.IsBool()) {
    out.set_bool_value(value.boolean());
  } else if (value.IsString()) {
    out.set_string_value(value.string());
  } else if (value.IsTimestamp()) {
    out.set_string_value(FormatTimestamp(value.timestamp().micros));
  } else if (value.IsDuration()) {
    out.set_string_value(FormatDuration(value.duration().micros));
  } else if (value.IsNumberList()) {
    ListValue* list = out.mutable_list_value();
    for (const double number : value.numbers()) list->add_values()->set_number_value(number);
  } else if (value.IsStringList()) {
    ListValue* list = out.mutable_list_value();
    for (const std::string& text : value.strings()) list->add_values()->set_string_value(text);
  } else {
    out.set_null_value(google::protobuf::NULL_VALUE);
  }
  return out;
}

google::protobuf::Timestamp ToProto(Timestamp time) {
  google::protobuf::Timestamp out;
  int64_t seconds = time.micros / kMicrosPerSecond;
  int64_t micros = time.micros % kMicrosPerSecond;
  if (micros < 0) {  // before 1970: the fraction counts forward
    micros += kMicrosPerSecond;
    --seconds;
  }
  out.set_seconds(seconds);
  out.set_nanos(static_cast<int32_t>(micros) * kNanosPerMicro);
  return out;
}

google::protobuf::Timestamp ToProto(absl::Time time) {
  return ToProto(Timestamp{absl::ToUnixMicros(time)});
}

absl::StatusOr<Value> ToMetricValue(const Metric& metric, const ProtoValue& value,
                                    size_t max_string_bytes) {
  absl::StatusOr<Value> result = Convert(metric, value, max_string_bytes);
  if (result.ok() || ReasonOf(result.status()).has_value()) return result;
  return WithReason(result.status(), {"METRIC_TYPE_MISMATCH",
                                      {{"metric", metric.name},
                                       {"expected_type", metric.type.ToString()},
                                       {"seen_type", std::string(SeenType(value))}}});
}

absl::StatusOr<Timestamp> ToTimestamp(std::string_view field,
                                      const google::protobuf::Timestamp& time) {
  constexpr int64_t kNanosPerSecond = 1'000'000'000;
  if (time.seconds() < kMinTimestampMicros / kMicrosPerSecond ||
      time.seconds() > kMaxTimestampMicros / kMicrosPerSecond) {
    return InvalidField(field, "is outside of the years 1 to 9999");
  }
  if (time.nanos() < 0 || time.nanos() >= kNanosPerSecond) {
    return InvalidField(field, "`nanos` must be between 0 and 999999999");
  }
  return Timestamp{time.seconds() * kMicrosPerSecond + time.nanos() / kNanosPerMicro};
}

}  // namespace pql
