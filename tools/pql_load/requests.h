// The calls of a run as bytes, made before it begins, so that the client only sends.
// Thread-safe when const.

#ifndef TOOLS_PQL_LOAD_REQUESTS_H_
#define TOOLS_PQL_LOAD_REQUESTS_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstddef>
#include <string>
#include <vector>

#include "pql/v1/account.pb.h"

namespace pql {

enum class Mode { kUnary, kBatch, kStream };

struct Requests {
  Mode mode = Mode::kUnary;
  std::string method;                     // "/pql.v1.EvaluationService/Evaluate"
  std::vector<grpc::ByteBuffer> bytes;    // sent in turn
  std::vector<grpc::ByteBuffer> opening;  // of a stream's first message, which names the rule set
  size_t accounts_each = 1;
  double mean_size = 0;  // in bytes
};

// `rule_set` as in `slack`.  Batches take `batch_size` of the accounts in turn.  REQUIRES: there is
// an account, and `batch_size` is 1 or more.
Requests MakeRequests(Mode mode, const std::string& rule_set,
                      const std::vector<v1::Account>& accounts, size_t batch_size);

}  // namespace pql

#endif  // TOOLS_PQL_LOAD_REQUESTS_H_
