#include "service/status_mapping.h"

#include <string>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "engine/error.h"
#include "service/diagnostic_conversion.h"

namespace pql {

namespace {

// A client refuses trailers of more than 8 KiB (its gRPC's default), and with them the error. There
// a message stands twice, percent-encoded and in the details, and these are in base64.
constexpr size_t kMaxMessageBytes = 600;
constexpr size_t kMaxMetadataBytes = 200;  // of each value
constexpr size_t kMaxFindingsBytes = 3'500;

std::optional<v1::ErrorInfo> InfoOf(const absl::Status& status) {
  const std::optional<ErrorReason> reason = ReasonOf(status);
  if (!reason.has_value()) return std::nullopt;
  v1::ErrorInfo info;
  info.set_reason(reason->reason);
  info.set_domain("pql");
  for (const auto& [key, value] : reason->metadata) {
    (*info.mutable_metadata())[key] = CutOffUtf8(value, kMaxMetadataBytes);
  }
  return info;
}

constexpr absl::string_view kTypePrefix = "type.googleapis.com/";

std::string MessageOf(const absl::Status& status) {
  return Abbreviated(FromAbsl(status.message()), kMaxMessageBytes);
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const auto code = static_cast<grpc::StatusCode>(status.code());  // the same numbers in both
  const std::optional<v1::ErrorInfo> info = InfoOf(status);
  v1::ErrorStatus error;
  if (info.has_value()) error.add_details()->PackFrom(*info);
  status.ForEachPayload([&error](absl::string_view url, const absl::Cord& payload) {
    if (!absl::StartsWith(url, kTypePrefix)) return;
    google::protobuf::Any* detail = error.add_details();
    detail->set_type_url(std::string(url));
    detail->set_value(std::string(payload));
  });
  if (error.details().empty()) return grpc::Status(code, MessageOf(status));
  error.set_code(code);
  error.set_message(MessageOf(status));
  return grpc::Status(code, error.message(), error.SerializeAsString());
}

absl::Status WithDetail(absl::Status status, const google::protobuf::Message& detail) {
  status.SetPayload(StrCat(FromAbsl(kTypePrefix), detail.GetTypeName()),
                    absl::Cord(detail.SerializeAsString()));
  return status;
}

absl::Status WithFindings(const absl::Status& status, const Rejection& rejection) {
  v1::DiagnosticList list;
  size_t left_out = rejection.dropped;
  for (const Diagnostic& diagnostic : rejection.diagnostics) {
    v1::Diagnostic finding = ToProto(*rejection.sources, diagnostic);
    if (list.diagnostics().empty() && finding.ByteSizeLong() > kMaxFindingsBytes) {
      finding.clear_fix();
      finding.clear_related();
    }
    if (list.ByteSizeLong() + finding.ByteSizeLong() > kMaxFindingsBytes) {
      ++left_out;
    } else {
      *list.add_diagnostics() = std::move(finding);
    }
  }
  list.set_dropped_count(static_cast<uint32_t>(left_out));
  return WithDetail(status, list);
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
