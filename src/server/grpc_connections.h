// Where the listener and gRPC meet: which bounds gRPC keeps for a connection, and how it gets one.
//
// Construct, build the server, Listen, StopListening.  Not thread-safe.

#ifndef PQL_SERVER_GRPC_CONNECTIONS_H_
#define PQL_SERVER_GRPC_CONNECTIONS_H_

#include <grpcpp/server_builder.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "engine/limits.h"
#include "server/listener.h"
#include "server/listening_sockets.h"
#include "server/log.h"

namespace pql {

// What connections are secured with: one of several, chosen for each new connection.
struct ConnectionCredentials {
  std::vector<std::shared_ptr<grpc::ServerCredentials>> credentials;
  std::function<size_t()> choose = [] { return size_t{0}; };  // called by one thread
};

class GrpcConnections {
 public:
  // Sets `builder` up for connections with these credentials.
  GrpcConnections(const Limits& limits, ConnectionCredentials credentials,
                  grpc::ServerBuilder* builder);

  // Accepts connections on `sockets`.  REQUIRES: the server was built and lives until
  // StopListening; once.  `counters` and `log` outlive this.
  void Listen(ListeningSockets sockets, ConnectionCounters* counters, Log* log);
  // Turns further connections away; those that are open go on.
  void StopListening() { listener_.reset(); }

 private:
  const Limits limits_;
  std::vector<std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor>> acceptors_;
  const std::function<size_t()> choose_;  // which of them gets a connection
  std::unique_ptr<Listener> listener_;
};

}  // namespace pql

#endif  // PQL_SERVER_GRPC_CONNECTIONS_H_
