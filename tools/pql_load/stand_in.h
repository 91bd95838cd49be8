// The frame of the servers that pqld is compared with: they take its calls, answer what any server
// would have to, and have no rules.
//
// They listen as pqld does: --listen=HOST:PORT, port 0 takes a free one, which a line on standard
// error names (`serving address=localhost:41234 port=41234`); SIGTERM and SIGINT end them.

#ifndef TOOLS_PQL_LOAD_STAND_IN_H_
#define TOOLS_PQL_LOAD_STAND_IN_H_

#include <grpcpp/server_builder.h>

#include "CLI/CLI.hpp"

namespace pql {

// What a server registers and runs.  Used by one thread.
class StandIn {
 public:
  virtual ~StandIn() = default;
  virtual void AddOptions(CLI::App* /*app*/) {}
  // Adds services and queues; they live until the object ends.
  virtual void Register(grpc::ServerBuilder* builder) = 0;
  // Called once the server runs.
  virtual void Start() {}
  // Called once it no longer does.
  virtual void Stop() {}
};

// The whole of main: the status that the process ends with.
int RunStandIn(StandIn* server, const char* name, const char* description, int argc, char** argv);

}  // namespace pql

#endif  // TOOLS_PQL_LOAD_STAND_IN_H_
