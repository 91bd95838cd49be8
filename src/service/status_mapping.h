// From the engine's errors to what a gRPC caller sees: code and message, and the reason and the
// findings in the trailer `grpc-status-details-bin` (proto/README.md).  Thread-safe: no state.

#ifndef PQL_SERVICE_STATUS_MAPPING_H_
#define PQL_SERVICE_STATUS_MAPPING_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "pql/v1/error.pb.h"

namespace pql {

// Of a call as a whole.
grpc::Status ToGrpcStatus(const absl::Status& status);

// Of one account of a batch.  REQUIRES: !status.ok().
v1::EvaluationError ToEvaluationError(const absl::Status& status);

}  // namespace pql

#endif  // PQL_SERVICE_STATUS_MAPPING_H_
