#include "engine/rule_set_change.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"
#include "base/unicode.h"
#include "diagnostics/render.h"
#include "engine/error.h"

namespace pql {
namespace {

constexpr size_t kMaxRequestIdBytes = 128;
constexpr size_t kMaxCommentBytes = 4096;

absl::Status CheckText(std::string_view field, std::string_view text, size_t max_bytes) {
  if (text.size() > max_bytes) {
    return InvalidField(
        field, StrCat("is ", text.size(), " bytes long, at most ", max_bytes, " are taken"));
  }
  if (FindInvalidUtf8(text).has_value() || text.find('\0') != std::string_view::npos) {
    return InvalidField(field, "is no text in UTF-8");
  }
  return absl::OkStatus();
}

struct NamedLimit {
  DiagnosticKind kind;
  std::string_view limit;
  std::string_view flag;
};
// What a compilation finds of limits that are flags of the server; the maximum is in the finding.
constexpr NamedLimit kLimits[] = {
    {DiagnosticKind::kTextTooLarge, "source file bytes", "--max-source-file-bytes"},
    {DiagnosticKind::kTooManyTokens, "tokens of a source", "--max-source-tokens"},
    {DiagnosticKind::kNestedTooDeeply, "nesting depth", "--max-nesting-depth"},
    {DiagnosticKind::kRuleSetTooLarge, "source bytes", "--max-source-bytes"},
    {DiagnosticKind::kTooManyRules, "rules per rule set", "--max-rules"},
};

const NamedLimit* FindLimit(const std::vector<Diagnostic>& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics) {
    for (const NamedLimit& limit : kLimits) {
      if (diagnostic.kind == limit.kind) return &limit;
    }
  }
  return nullptr;
}

}  // namespace

ChangeAnswer Reject(Rejection rejection) {
  std::string message = StrCat("the sources have ", rejection.error_count,
                               rejection.error_count == 1 ? " error" : " errors");
  const auto first = std::find_if(
      rejection.diagnostics.begin(), rejection.diagnostics.end(),
      [](const Diagnostic& diagnostic) { return diagnostic.severity() == Severity::kError; });
  if (first != rejection.diagnostics.end()) {
    StrAppend(&message, rejection.error_count == 1 ? ": " : "; the first: ",
              RenderOneLine(*rejection.sources, *first));
  }
  ErrorReason reason{"INVALID_SOURCE", {{"error_count", StrCat(rejection.error_count)}}};
  if (const NamedLimit* limit = FindLimit(rejection.diagnostics)) {
    StrAppend(&message, " (", limit->flag, ")");
    reason.metadata.emplace_back("limit", limit->limit);
    reason.metadata.emplace_back("flag", limit->flag);
  }
  absl::Status status = WithReason(absl::InvalidArgumentError(message), reason);
  return {.status = std::move(status), .rejection = std::move(rejection)};
}

Rejection RejectionOf(CompileResult compiled) {
  Rejection rejection;
  rejection.sources =
      std::shared_ptr<const SourceSet>(compiled.rule_set, &compiled.rule_set->sources);
  rejection.diagnostics = std::move(compiled.diagnostics);
  rejection.dropped = compiled.dropped;
  rejection.error_count = compiled.error_count;
  return rejection;
}

absl::Status RevisionMoved(std::string_view rule_set, int64_t expected, int64_t current) {
  const std::string now =
      current == 0 ? "it does not exist" : StrCat("it is at revision ", current);
  const std::string meant = expected == 0 ? "it not to exist" : StrCat("revision ", expected);
  return WithReason(
      absl::AbortedError(
          StrCat("rule set `", rule_set, "`: the change expects ", meant, ", and ", now)),
      {"REVISION_MOVED",
       {{"expected_revision", StrCat(expected)}, {"current_revision", StrCat(current)}}});
}

absl::Status StoreFailed(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kInvalidArgument:
      return status;
    default:
      return WithReason(absl::UnavailableError(
                            StrCat("the rule store does not work: ", FromAbsl(status.message()))),
                        {"STORE_UNAVAILABLE", {}});
  }
}

absl::Status CheckOptions(const ChangeOptions& options) {
  if (options.expected_revision.value_or(0) < 0) {
    return InvalidField("expected_revision", "must not be negative");
  }
  const absl::Status id = CheckText("request_id", options.request_id, kMaxRequestIdBytes);
  return id.ok() ? CheckText("comment", options.comment, kMaxCommentBytes) : id;
}

}  // namespace pql
