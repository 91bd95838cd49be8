// RuleService.WatchRuleSets: a stream that follows the snapshots of the engine.

#ifndef PQL_SERVICE_WATCH_CALL_H_
#define PQL_SERVICE_WATCH_CALL_H_

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include "engine/engine.h"
#include "pql/v1/rule_service.pb.h"

namespace pql {

// Owns itself.  Reads the history on the engine's workers; keeps at most a few messages, so that a
// watcher that does not read costs nothing and holds up nobody.
grpc::ServerWriteReactor<v1::WatchRuleSetsResponse>* StartWatch(
    Engine* engine, const grpc::CallbackServerContext& context,
    const v1::WatchRuleSetsRequest& request);

}  // namespace pql

#endif  // PQL_SERVICE_WATCH_CALL_H_
