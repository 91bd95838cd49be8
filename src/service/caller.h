// Who makes a call.  Thread-safe: no state.

#ifndef PQL_SERVICE_CALLER_H_
#define PQL_SERVICE_CALLER_H_

#include <grpcpp/server_context.h>

#include <string>
#include <string_view>

#include "engine/caller.h"

namespace pql {

Caller CallerOf(const grpc::CallbackServerContext& context);

// The address in what gRPC calls the peer: `192.0.2.7:50312` of `ipv4:192.0.2.7:50312`,
// `[::1]:50312` of `ipv6:%5B::1%5D:50312`; any other text as it is.
std::string AddressOf(std::string_view peer);

}  // namespace pql

#endif  // PQL_SERVICE_CALLER_H_
