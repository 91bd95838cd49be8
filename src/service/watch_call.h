// RuleService.WatchRuleSets: a stream that follows the snapshots of the engine.  Thread-safe.

#ifndef PQL_SERVICE_WATCH_CALL_H_
#define PQL_SERVICE_WATCH_CALL_H_

#include "engine/engine.h"
#include "service/call_queue.h"
#include "service/rule_service.h"

namespace pql {

// Its calls.  They read the history on the engine's workers and keep at most a few messages each,
// so that a watcher that does not read costs nothing and holds up nobody.
CallKind WatchCalls(Engine* engine, RuleService* service);

}  // namespace pql

#endif  // PQL_SERVICE_WATCH_CALL_H_
