// The command line of pqld.  Thread-safe: no state.

#ifndef PQL_SERVER_OPTIONS_H_
#define PQL_SERVER_OPTIONS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "engine/limits.h"
#include "engine/request_log.h"
#include "server/log.h"
#include "server/tls.h"

namespace pql {

inline constexpr std::string_view kNoMetrics = "off";

struct ServerOptions {
  std::string rules;                       // --rules; empty: no rule files
  std::string store;                       // --store; empty: DefaultStore()
  std::vector<std::string> plugins;        // --plugin, each
  std::string listen = "localhost:50051";  // --listen: host:port; port 0: one that is free
  bool insecure = false;    // --insecure: plain text on an address that is not loopback
  TlsOptions tls;           // --tls-cert, --tls-key, --tls-client-ca; no certificate: plain text
  std::string access_file;  // --access-file; empty: no identities
  // --metrics-address: host:port; port 0: one that is free; kNoMetrics: none
  std::string metrics_address = "localhost:9464";
  bool metrics_asked_for = false;                    // the flag was given
  absl::Duration drain_timeout = absl::Seconds(30);  // --drain-timeout
  LogFormat log_format = LogFormat::kText;           // --log-format
  RequestLogPolicy request_log;                      // --log-requests, --slow-request
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

}  // namespace pql

#endif  // PQL_SERVER_OPTIONS_H_
