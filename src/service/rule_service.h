// pql.v1.RuleService over the engine.  Thread-safe: no state; a call is its queue's.

#ifndef PQL_SERVICE_RULE_SERVICE_H_
#define PQL_SERVICE_RULE_SERVICE_H_

#include <vector>

#include "engine/engine.h"
#include "pql/v1/rule_service.grpc.pb.h"
#include "service/call_queue.h"

namespace pql {

using RuleService = v1::RuleService::AsyncService;

// The calls of all its methods.  Both outlive the queues that serve them.
std::vector<CallKind> RuleCalls(Engine* engine, RuleService* service);

}  // namespace pql

#endif  // PQL_SERVICE_RULE_SERVICE_H_
