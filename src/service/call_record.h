// What is kept of a call once it is answered.  Thread-safe: no state.

#ifndef PQL_SERVICE_CALL_RECORD_H_
#define PQL_SERVICE_CALL_RECORD_H_

#include <grpcpp/server_context.h>

#include <chrono>
#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "engine/engine.h"

namespace pql {

struct CallRecord {
  Method method = Method::kEvaluate;
  std::chrono::steady_clock::time_point begin;  // when the request was there
  size_t request_bytes = 0;
  std::string_view resource;  // as the caller names it: "ruleSets/slack"; empty: none
  size_t accounts = 0;        // that the request has
};

// Counts the call, and logs it where the request log asks for it.  To be called once for each, when
// its answer is ready to go out.
void RecordCall(Engine* engine, const grpc::ServerContextBase& context, const CallRecord& call,
                const absl::Status& status);

}  // namespace pql

#endif  // PQL_SERVICE_CALL_RECORD_H_
