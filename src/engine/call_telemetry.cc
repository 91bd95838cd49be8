#include "engine/call_telemetry.h"

namespace pql {
namespace {

constexpr std::array<std::string_view, kMethodCount> kMethodNames = {
    "Evaluate",    "BatchEvaluate",   "StreamEvaluate", "ListRuleSets",   "GetRuleSet",
    "GetSchema",   "ListRules",       "GetRule",        "CreateRule",     "UpdateRule",
    "DeleteRule",  "ApplyRuleSet",    "ValidateRules",  "TestRuleSet",    "ListRevisions",
    "GetRevision", "RollbackRuleSet", "WatchRuleSets",  "GetServerStatus"};

constexpr std::array<std::string_view, kStatusCodeCount> kCodeNames = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

}  // namespace

std::string_view MethodName(Method method) { return kMethodNames[static_cast<size_t>(method)]; }

std::string_view StatusCodeName(absl::StatusCode code) {
  const size_t row = static_cast<size_t>(code);
  return row < kCodeNames.size() ? kCodeNames[row] : "UNKNOWN";
}

}  // namespace pql
