// A run of load: threads that call, and what came of it.

#ifndef TOOLS_PQL_LOAD_LOAD_RUN_H_
#define TOOLS_PQL_LOAD_LOAD_RUN_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

#include "tools/pql_load/requests.h"
#include "tools/pql_load/tally.h"

namespace pql {

struct LoadPlan {
  size_t connections = 1;
  size_t threads = 1;       // at most one for each connection and each call in flight
  size_t concurrency = 16;  // most calls (on streams: requests) in flight, over all connections
  double rate = 0;          // calls a second, open loop; 0: closed loop
  std::chrono::nanoseconds warm_up{std::chrono::seconds(1)};
  std::chrono::nanoseconds duration{std::chrono::seconds(10)};
  std::chrono::nanoseconds timeout{std::chrono::seconds(5)};  // of a call
};

struct LoadResult {
  Tally tally;
  double seconds = 0;      // from the end of the warm-up to the end of the last call that counts
  double cpu_seconds = 0;  // of this process, meanwhile
};

// Splits the plan over the threads and runs it; gives up at the end of the warm-up, if there is
// one, when nothing has been answered by then.  `channels`: one a connection, connected.  `prepare`
// says who calls, from any thread.  REQUIRES: the numbers of the plan are 1 or more, rate and
// warm-up excepted.
LoadResult RunLoad(const LoadPlan& plan, const Requests& requests,
                   const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                   const std::function<void(grpc::ClientContext*)>& prepare);

}  // namespace pql

#endif  // TOOLS_PQL_LOAD_LOAD_RUN_H_
