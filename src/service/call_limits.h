// The limit on a call's metadata, which gRPC itself keeps too late, and without saying which it is.
// Thread-safe: no state.

#ifndef PQL_SERVICE_CALL_LIMITS_H_
#define PQL_SERVICE_CALL_LIMITS_H_

#include <grpcpp/server_context.h>

#include "absl/status/status.h"
#include "engine/limits.h"

namespace pql {

// RESOURCE_EXHAUSTED: more metadata than --max-metadata-bytes.  gRPC refuses it by itself only from
// clients that have acknowledged its settings.
absl::Status CheckMetadata(const Limits& limits, const grpc::ServerContextBase& context);

}  // namespace pql

#endif  // PQL_SERVICE_CALL_LIMITS_H_
