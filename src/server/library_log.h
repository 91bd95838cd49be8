// What gRPC and Protobuf print by themselves, as lines of the server's log: so that
// --log-format=json holds for every line.  Call once, early; thread-safe afterwards.

#ifndef PQL_SERVER_LIBRARY_LOG_H_
#define PQL_SERVER_LIBRARY_LOG_H_

#include "server/log.h"

namespace pql {

// `log` lives as long as the process: the libraries' hooks take a function and nothing else.
void TakeOverLibraryLogs(Log* log);

}  // namespace pql

#endif  // PQL_SERVER_LIBRARY_LOG_H_
