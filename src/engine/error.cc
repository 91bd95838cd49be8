#include "engine/error.h"

#include "absl/strings/cord.h"
#include "base/strings.h"

namespace pql {
namespace {

constexpr char kPayloadUrl[] = "pql.dev/engine.ErrorReason";

// A list of texts, each behind its length: what a payload, which is bytes, can carry.
void AppendPart(std::string_view part, std::string* out) { StrAppend(out, part.size(), ":", part); }

std::vector<std::string> SplitParts(std::string_view bytes) {
  std::vector<std::string> parts;
  while (!bytes.empty()) {
    const size_t colon = bytes.find(':');
    const size_t length = std::stoul(std::string(bytes.substr(0, colon)));
    parts.emplace_back(bytes.substr(colon + 1, length));
    bytes.remove_prefix(colon + 1 + length);
  }
  return parts;
}

}  // namespace

absl::Status WithReason(absl::Status status, const ErrorReason& reason) {
  std::string bytes;
  AppendPart(reason.reason, &bytes);
  for (const auto& [key, value] : reason.metadata) {
    AppendPart(key, &bytes);
    AppendPart(value, &bytes);
  }
  status.SetPayload(kPayloadUrl, absl::Cord(bytes));
  return status;
}

std::optional<ErrorReason> ReasonOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value()) return std::nullopt;
  std::vector<std::string> parts = SplitParts(std::string(*payload));
  ErrorReason reason{.reason = std::move(parts[0])};
  for (size_t i = 1; i + 1 < parts.size(); i += 2) {
    reason.metadata.emplace_back(std::move(parts[i]), std::move(parts[i + 1]));
  }
  return reason;
}

absl::Status InvalidField(std::string_view field, std::string_view problem) {
  return WithReason(absl::InvalidArgumentError(StrCat("`", field, "`: ", problem)),
                    {"INVALID_FIELD", {{"field", std::string(field)}}});
}

absl::Status LimitExceeded(absl::StatusCode code, std::string_view limit, std::string_view flag,
                           uint64_t seen, uint64_t maximum, std::string_view sentence) {
  return WithReason(absl::Status(code, StrCat(sentence, " (", flag, "=", maximum, ")")),
                    {"LIMIT_EXCEEDED",
                     {{"limit", std::string(limit)},
                      {"flag", std::string(flag)},
                      {"maximum", StrCat(maximum)},
                      {"seen", StrCat(seen)}}});
}

absl::Status ShuttingDown(std::string_view advice) {
  return WithReason(absl::UnavailableError(StrCat("the server is shutting down; ", advice)),
                    {"SHUTTING_DOWN", {}});
}

absl::Status ResourceNotFound(std::string_view resource_name, std::string_view sentence) {
  return WithReason(absl::NotFoundError(ToAbsl(sentence)),
                    {"RESOURCE_NOT_FOUND", {{"resource_name", std::string(resource_name)}}});
}

}  // namespace pql
