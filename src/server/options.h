// The command line of pqld.  Thread-safe: no state.

#ifndef PQL_SERVER_OPTIONS_H_
#define PQL_SERVER_OPTIONS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/limits.h"
#include "server/log.h"
#include "server/tls.h"

namespace pql {

struct ServerOptions {
  std::string rules;                       // --rules; empty: no rule files
  std::string store;                       // --store; empty: DefaultStore()
  std::vector<std::string> plugins;        // --plugin, each
  std::string listen = "localhost:50051";  // --listen: host:port; port 0: one that is free
  bool insecure = false;    // --insecure: plain text on an address that is not loopback
  TlsOptions tls;           // --tls-cert, --tls-key, --tls-client-ca; no certificate: plain text
  std::string access_file;  // --access-file; empty: no identities
  absl::Duration drain_timeout = absl::Seconds(30);  // --drain-timeout
  LogFormat log_format = LogFormat::kText;           // --log-format
  Limits limits;
};

struct ParsedOptions {
  ServerOptions options;
  // Set when there is nothing to serve: the text of --help or --version.
  std::string text;
};

// INVALID_ARGUMENT says which flag is wrong, how, and what would be right.  `arguments` are those
// after the name of the program; `--flagfile=PATH` stands for the flags in that file, one a line.
absl::StatusOr<ParsedOptions> ParseOptions(const std::vector<std::string>& arguments);

// Whether host:port can only be reached from this machine.
bool IsLoopback(std::string_view address);

}  // namespace pql

#endif  // PQL_SERVER_OPTIONS_H_
