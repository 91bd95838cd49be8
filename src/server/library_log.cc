#include "server/library_log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <atomic>
#include <chrono>
#include <string>

#include "engine/request_log.h"

namespace pql {
namespace {

std::atomic<Log*>& Target() {
  static std::atomic<Log*> target{nullptr};
  return target;
}

// Who sends what is no TLS to a port that takes TLS has gRPC write a line.
void LogFromGrpc(gpr_log_func_args* args) {
  static LineBudget budget;
  if (!budget.Take(std::chrono::steady_clock::now())) return;
  const LogLevel level =
      args->severity == GPR_LOG_SEVERITY_ERROR ? LogLevel::kError : LogLevel::kInfo;
  Target().load()->Write(level, "grpc", {{"text", args->message}});
}

// Protobuf reports every message that it can't parse: the caller is told, and a hostile one could
// fill the log.
void IgnoreProtobuf(google::protobuf::LogLevel level, const char* /*file*/, int /*line*/,
                    const std::string& message) {
  if (level != google::protobuf::LOGLEVEL_FATAL) return;
  Target().load()->Error("protobuf", {{"text", message}});
}

}  // namespace

void TakeOverLibraryLogs(Log* log) {
  Target() = log;
  gpr_set_log_function(LogFromGrpc);
  google::protobuf::SetLogHandler(IgnoreProtobuf);
}

}  // namespace pql
