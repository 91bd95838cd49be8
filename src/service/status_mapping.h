// From the engine's errors to what a gRPC caller sees: code and message, and the reason and the
// findings in the trailer `grpc-status-details-bin` (proto/README.md).  Thread-safe: no state.

#ifndef PQL_SERVICE_STATUS_MAPPING_H_
#define PQL_SERVICE_STATUS_MAPPING_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "engine/rule_set_change.h"
#include "pql/v1/error.pb.h"

namespace pql {

// Of a call as a whole.
grpc::Status ToGrpcStatus(const absl::Status& status);

// The status with a message more among its details.
absl::Status WithDetail(absl::Status status, const google::protobuf::Message& detail);
// With the findings as a DiagnosticList: as many as surely fit into the trailers of a call, which
// clients limit to 8 kB unless they are set up otherwise.  The others count as dropped.
absl::Status WithFindings(const absl::Status& status, const Rejection& rejection);

// Of one account of a batch.  REQUIRES: !status.ok().
v1::EvaluationError ToEvaluationError(const absl::Status& status);

}  // namespace pql

#endif  // PQL_SERVICE_STATUS_MAPPING_H_
