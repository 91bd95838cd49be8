// The server as a whole: engine, watcher, services and the network, from start to drained stop.
//
// Create, Stop once, destroy.  RequestReload may be called from any thread.

#ifndef PQL_SERVER_SERVER_H_
#define PQL_SERVER_SERVER_H_

#include <grpcpp/server.h>

#include <memory>
#include <mutex>
#include <string>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/request_log.h"
#include "language/plugin.h"
#include "server/access_file.h"
#include "server/grpc_connections.h"
#include "server/log.h"
#include "server/metrics_endpoint.h"
#include "server/options.h"
#include "server/periodic_task.h"
#include "server/tls.h"
#include "service/services.h"
#include "store/directory_watcher.h"

namespace pql {

class Server {
 public:
  // Opens the store, loads the rules, then listens and reports SERVING.  Rule sets that do not
  // compile don't keep it from starting: they are logged and shown by GetRuleSet. INVALID_ARGUMENT:
  // --rules is no directory of rule sets, --store no store; FAILED_PRECONDITION: a plug-in is no
  // good, the store is in use or of a newer version; DATA_LOSS: it is corrupt; UNAVAILABLE: it
  // can't be reached, or the address is taken.  `clock` and `log` outlive it.
  static absl::StatusOr<std::unique_ptr<Server>> Start(const ServerOptions& options,
                                                       const Clock* clock, Log* log);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const { return port_; }
  // Reads the rule files again, soon, and the access file and the certificates at once.
  void RequestReload();
  // Reports NOT_SERVING, turns new calls away, gives running ones the drain timeout, stops.
  void Stop();

 private:
  Server(const ServerOptions& options, const Clock* clock, Log* log,
         std::shared_ptr<PluginFaults> plugin_faults, PluginFunctions functions,
         std::unique_ptr<RuleStore> store);
  absl::Status LoadStore();
  absl::Status LoadRules();
  void FollowStore();
  void WatchForUnknownMetrics();
  void FollowFiles();
  void ReloadFiles(bool at_once);
  void NoteStoreHealth(const StoreHealth& health);
  absl::Status LoadAccess();
  absl::StatusOr<ConnectionCredentials> Credentials();
  absl::Status Listen();
  absl::Status ServeMetrics();

  const ServerOptions options_;
  Log* const log_;
  const std::shared_ptr<PluginFaults> plugin_faults_;
  Engine engine_;
  Services services_;
  std::unique_ptr<grpc::Server> grpc_server_;
  ConnectionCounters connection_counters_;
  std::unique_ptr<GrpcConnections> connections_;
  int port_ = 0;
  // What changes the engine's rules by itself: stopped before the rest.
  std::unique_ptr<DirectoryWatcher> watcher_;
  std::mutex store_health_mutex_;
  bool store_ok_ = true;  // as the health service says
  std::unique_ptr<PeriodicTask> store_check_;
  std::unique_ptr<AccessFile> access_file_;        // null: none
  std::shared_ptr<TlsCertificates> certificates_;  // null: plain text
  std::unique_ptr<PeriodicTask> file_reload_;      // of the two
  std::unique_ptr<PeriodicTask> unknown_metrics_;
  LineBudget denial_lines_;
  std::string store_error_;  // of the store's thread: why it could not be read, the last time
  std::unique_ptr<MetricsEndpoint> metrics_;  // null: none
};

}  // namespace pql

#endif  // PQL_SERVER_SERVER_H_
