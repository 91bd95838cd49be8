// What happens in the server, as lines of its log.  Thread-safe: no state but the log's.

#ifndef PQL_SERVER_EVENT_LOG_H_
#define PQL_SERVER_EVENT_LOG_H_

#include "absl/status/status.h"
#include "engine/caller.h"
#include "engine/engine.h"
#include "engine/request_log.h"
#include "language/plugin.h"
#include "server/log.h"

namespace pql {

void LogChange(const RuleSetChange& change, Log* log);
void LogPlugin(const LoadedPlugin& plugin, Log* log);
void LogFault(const PluginFault& fault, Log* log);
void LogDenial(const Caller& caller, const absl::Status& denial, Log* log);
// A line "request": no value of an account is in it.
void LogRequest(const RequestLogEntry& entry, Log* log);
// The metrics that accounts were sent with and that their rule sets don't declare, each once.
void LogNewUnknownMetrics(const Snapshot& snapshot, Log* log);

}  // namespace pql

#endif  // PQL_SERVER_EVENT_LOG_H_
