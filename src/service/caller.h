// Who makes a call, and whether that one may make it.  Thread-safe: no state.

#ifndef PQL_SERVICE_CALLER_H_
#define PQL_SERVICE_CALLER_H_

#include <grpcpp/server_context.h>

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "engine/access.h"
#include "engine/caller.h"
#include "engine/engine.h"

namespace pql {

// By bearer token (metadata `authorization`), else by client certificate: of its names the first
// that the engine's access policy knows now; without a policy it is nobody's.  Takes the trace from
// metadata `traceparent`.
Caller CallerOf(const Engine& engine, const grpc::ServerContextBase& context);

// The rule sets that the caller may read; nothing: all there are.
std::optional<std::set<std::string>> VisibleRuleSets(const Engine& engine,
                                                     const grpc::ServerContextBase& context);

// The address in what gRPC calls the peer: `192.0.2.7:50312` of `ipv4:192.0.2.7:50312`,
// `[::1]:50312` of `ipv6:%5B::1%5D:50312`; any other text as it is.
std::string AddressOf(std::string_view peer);
// Whether what gRPC calls the peer is on this machine.
bool IsLocalPeer(std::string_view peer);

}  // namespace pql

#endif  // PQL_SERVICE_CALLER_H_
