// pql.v1.StatusService over the engine.  Thread-safe: no state; a call is its queue's.

#ifndef PQL_SERVICE_STATUS_SERVICE_H_
#define PQL_SERVICE_STATUS_SERVICE_H_

#include <string>

#include "engine/engine.h"
#include "pql/v1/status_service.grpc.pb.h"
#include "service/call_queue.h"

namespace pql {

using StatusService = v1::StatusService::AsyncService;

// The calls of its method; the server counts as started now.  `engine` and `service` outlive the
// queues that serve them.
CallKind StatusCalls(Engine* engine, std::string version, StatusService* service);

}  // namespace pql

#endif  // PQL_SERVICE_STATUS_SERVICE_H_
