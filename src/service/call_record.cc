#include "service/call_record.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/error.h"
#include "service/caller.h"

namespace pql {
namespace {

void LogCall(const Engine& engine, const grpc::ServerContextBase& context, const CallRecord& call,
             const absl::Status& status, std::chrono::nanoseconds duration, LogReason why) {
  Caller caller = CallerOf(engine, context);
  RequestLogEntry entry = {.why = why,
                           .method = call.method,
                           .code = status.code(),
                           .duration = duration,
                           .request_bytes = call.request_bytes,
                           .resource = std::string(call.resource),
                           .accounts = call.accounts,
                           .identity = std::move(caller.identity),
                           .peer = std::move(caller.peer),
                           .trace = caller.trace};
  if (std::optional<ErrorReason> reason = ReasonOf(status); reason.has_value()) {
    entry.reason = std::move(reason->reason);
  }
  if (IsServerFault(status.code())) entry.error = std::string(status.message());
  engine.telemetry().request_log().Write(entry);
}

}  // namespace

void RecordCall(Engine* engine, const grpc::ServerContextBase& context, const CallRecord& call,
                const absl::Status& status) {
  const auto now = std::chrono::steady_clock::now();
  const std::chrono::nanoseconds duration = now - call.begin;
  Telemetry& telemetry = engine->telemetry();
  telemetry.RecordCall(call.method, status, duration, call.request_bytes);
  const LogReason why = telemetry.request_log().Decide(status.code(), duration, now);
  if (why != LogReason::kNone) LogCall(*engine, context, call, status, duration, why);
}

}  // namespace pql
