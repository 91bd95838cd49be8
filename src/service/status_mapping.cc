#include "service/status_mapping.h"

#include <string>

#include "base/strings.h"
#include "engine/error.h"

namespace pql {

namespace {

std::optional<v1::ErrorInfo> InfoOf(const absl::Status& status) {
  const std::optional<ErrorReason> reason = ReasonOf(status);
  if (!reason.has_value()) return std::nullopt;
  v1::ErrorInfo info;
  info.set_reason(reason->reason);
  info.set_domain("pql");
  for (const auto& [key, value] : reason->metadata) (*info.mutable_metadata())[key] = value;
  return info;
}

std::string MessageOf(const absl::Status& status) {
  return std::string(FromAbsl(status.message()));
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());  // the same numbers in both
  const std::optional<v1::ErrorInfo> info = InfoOf(status);
  if (!info.has_value()) return grpc::Status(code, MessageOf(status));
  v1::ErrorStatus error;
  error.set_code(code);
  error.set_message(MessageOf(status));
  error.add_details()->PackFrom(*info);
  return grpc::Status(code, error.message(), error.SerializeAsString());
}

v1::EvaluationError ToEvaluationError(const absl::Status& status) {
  v1::EvaluationError error;
  error.set_code(static_cast<int32_t>(status.code()));
  error.set_message(MessageOf(status));
  if (const std::optional<v1::ErrorInfo> info = InfoOf(status); info.has_value()) {
    *error.mutable_info() = *info;
  }
  return error;
}

}  // namespace pql
