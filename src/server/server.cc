#include "server/server.h"

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "server/event_log.h"
#include "server/metrics.h"
#include "server/state_directory.h"
#include "store/open_rule_store.h"

namespace pql {
namespace {

// Once no call is running: for streams of the health service, which have no end of their own.
constexpr absl::Duration kLastGrace = absl::Milliseconds(200);
// How soon files that could not be committed are tried again, and it is seen how the store is.
constexpr absl::Duration kStoreCheck = absl::Seconds(1);
// How soon a change of the access file or of the certificates is in force.
constexpr absl::Duration kFileReload = absl::Seconds(1);
// How soon a metric that no rule set knows is in the log.
constexpr absl::Duration kUnknownMetrics = absl::Seconds(2);
// In the health service: whether the rule store works.  The server serves without it, too.
constexpr char kStoreHealth[] = "pql.store";

}  // namespace

Server::Server(const ServerOptions& options, const Clock* clock, Log* log,
               std::shared_ptr<PluginFaults> plugin_faults, PluginFunctions functions,
               std::unique_ptr<RuleStore> store)
    : options_(options),
      log_(log),
      plugin_faults_(std::move(plugin_faults)),
      engine_(options.limits, clock, std::move(functions.functions), std::move(store)),
      services_(&engine_, PQL_VERSION) {
  engine_.rule_sets().set_listener([log](const RuleSetChange& change) { LogChange(change, log); });
  engine_.telemetry().request_log().Configure(
      options.request_log, [log](const RequestLogEntry& entry) { LogRequest(entry, log); });
}

Server::~Server() {
  metrics_.reset();
  watcher_.reset();
  store_check_.reset();
  file_reload_.reset();
  unknown_metrics_.reset();
  engine_.store().StopWatching();
  if (connections_ != nullptr) connections_->StopListening();
  if (grpc_server_ != nullptr) {
    grpc_server_->Shutdown(std::chrono::system_clock::now());
    services_.Stop();
  }
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const Clock* clock, Log* log) {
  const auto faults =
      std::make_shared<PluginFaults>([log](const PluginFault& fault) { LogFault(fault, log); });
  PQL_ASSIGN_OR_RETURN(PluginFunctions functions, LoadPlugins(options.plugins, faults));
  for (const LoadedPlugin& plugin : functions.plugins) LogPlugin(plugin, log);
  std::string spec = options.store;
  if (spec.empty()) {
    PQL_ASSIGN_OR_RETURN(spec, DefaultStore());
  }
  PQL_RETURN_IF_ERROR(MakeStateDirectory(spec));
  absl::StatusOr<std::unique_ptr<RuleStore>> store = OpenRuleStore(spec, clock);
  if (!store.ok()) {
    return absl::Status(store.status().code(),
                        StrCat("--store: ", FromAbsl(store.status().message())));
  }
  std::unique_ptr<Server> server(
      new Server(options, clock, log, faults, std::move(functions), *std::move(store)));
  PQL_RETURN_IF_ERROR(server->LoadAccess());
  PQL_RETURN_IF_ERROR(server->LoadStore());
  PQL_RETURN_IF_ERROR(server->LoadRules());
  PQL_RETURN_IF_ERROR(server->ServeMetrics());
  PQL_RETURN_IF_ERROR(server->Listen());
  server->FollowStore();
  server->WatchForUnknownMetrics();
  server->FollowFiles();
  return server;
}

absl::Status Server::LoadStore() {
  log_->Info("rule store opened", {{"store", engine_.store().description()}});
  return engine_.rule_sets().Sync();
}

// What other servers commit, and how the store is.
void Server::FollowStore() {
  StoreObserver observer;
  observer.on_change = [this](const LatestNumbers& latest) {
    const absl::Status status = engine_.rule_sets().Sync(latest);
    // Once, not at every poll.
    if (!status.ok() && store_error_ != status.message()) {
      log_->Error("the rule store can't be read; what is in force stays",
                  {{"error", std::string(status.message())}});
    } else if (status.ok() && !store_error_.empty()) {
      log_->Info("the rule store can be read again");
    }
    store_error_ = std::string(status.message());
  };
  observer.on_health = [this](const StoreHealth& health) { NoteStoreHealth(health); };
  store_ok_ = engine_.store().health().ok;
  services_.health().Set(kStoreHealth, store_ok_);
  engine_.store().Watch(std::move(observer));
  store_check_ = std::make_unique<PeriodicTask>(kStoreCheck, [this] {
    if (engine_.rule_sets().has_waiting_files()) engine_.rule_sets().RetryFiles();
    NoteStoreHealth(engine_.store().health());
  });
}

// A store that is shared tells by itself; of the others the periodic check finds out.
void Server::NoteStoreHealth(const StoreHealth& health) {
  {
    // One after the other: what is told last is what was seen last.
    const std::lock_guard<std::mutex> lock(store_health_mutex_);
    if (store_ok_ == health.ok) return;
    store_ok_ = health.ok;
    services_.health().Set(kStoreHealth, health.ok);
  }
  if (!health.ok) {
    log_->Error("degraded: the rule store does not work; evaluation goes on, changes are refused",
                {{"error", health.error}});
    return;
  }
  log_->Info("the rule store works again");
  engine_.rule_sets().RetryFiles();
}

void Server::WatchForUnknownMetrics() {
  unknown_metrics_ = std::make_unique<PeriodicTask>(
      kUnknownMetrics, [this] { LogNewUnknownMetrics(*engine_.rule_sets().snapshot(), log_); });
}

absl::Status Server::LoadRules() {
  if (options_.rules.empty()) {
    if (engine_.rule_sets().snapshot()->rule_sets.empty()) {
      log_->Write(LogLevel::kWarning,
                  "no --rules and nothing in the store: there is nothing to evaluate with until "
                  "rules are pushed");
    }
    return absl::OkStatus();
  }
  PQL_ASSIGN_OR_RETURN(const std::vector<std::string> stray, FindStrayRuleFiles(options_.rules));
  if (!stray.empty()) {
    return absl::InvalidArgumentError(
        StrCat("--rules: `", options_.rules, "` has `", stray.front(),
               "` directly in it; --rules takes the directory above, each of whose subdirectories "
               "is a rule set"));
  }
  DirectoryWatcher::Options options;
  options.limits.max_rule_set_bytes = options_.limits.max_source_bytes;
  options.limits.max_file_bytes =
      std::min(options_.limits.max_source_file_bytes, options_.limits.max_source_bytes);
  options.limits.max_files = options_.limits.max_source_files;
  watcher_ = std::make_unique<DirectoryWatcher>(
      options_.rules, options, MakeFileEvents(options_.rules),
      [this](const absl::StatusOr<RuleTree>& tree) { engine_.rule_sets().Update(tree); });
  PQL_ASSIGN_OR_RETURN(const RuleTree tree, watcher_->Start([this](const RuleTree& first) {
    engine_.rule_sets().Update(first);
  }));
  if (tree.empty()) {
    log_->Write(LogLevel::kWarning, "no rule set yet", {{"directory", options_.rules}});
  }
  return absl::OkStatus();
}

absl::Status Server::LoadAccess() {
  engine_.access().SetDenialListener([this](const Caller& caller, const absl::Status& denial) {
    engine_.telemetry().denied_calls().Add();
    if (denial_lines_.Take(std::chrono::steady_clock::now())) LogDenial(caller, denial, log_);
  });
  if (options_.access_file.empty()) return absl::OkStatus();
  access_file_ = std::make_unique<AccessFile>(options_.access_file, &engine_.access(), log_);
  return access_file_->Load();
}

void Server::FollowFiles() {
  if (access_file_ == nullptr && certificates_ == nullptr) return;
  file_reload_ =
      std::make_unique<PeriodicTask>(kFileReload, [this] { ReloadFiles(/*at_once=*/false); });
}

void Server::ReloadFiles(bool at_once) {
  if (access_file_ != nullptr) access_file_->Reload(at_once);
  if (certificates_ != nullptr) certificates_->Reload();
}

absl::StatusOr<ConnectionCredentials> Server::Credentials() {
  if (options_.tls.cert.empty()) {
    return ConnectionCredentials{.credentials = {grpc::InsecureServerCredentials()}};
  }
  PQL_ASSIGN_OR_RETURN(certificates_, TlsCertificates::Load(options_.tls, &engine_.clock(), log_));
  // Clients need no certificate from when on the access file has a token.
  return ConnectionCredentials{
      .credentials = {certificates_->MakeCredentials(/*require_client_certificate=*/true),
                      certificates_->MakeCredentials(/*require_client_certificate=*/false)},
      .choose = [this]() -> size_t {
        const std::shared_ptr<const AccessPolicy> policy = engine_.access().policy();
        return policy != nullptr && policy->has_tokens() ? 1 : 0;
      }};
}

absl::Status Server::Listen() {
  PQL_ASSIGN_OR_RETURN(ConnectionCredentials credentials, Credentials());
  PQL_ASSIGN_OR_RETURN(ListeningSockets sockets, OpenListeningSockets(options_.listen));
  port_ = sockets.port;
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  connections_ =
      std::make_unique<GrpcConnections>(options_.limits, std::move(credentials), &builder);
  services_.AddTo(&builder);
  grpc_server_ = builder.BuildAndStart();
  if (grpc_server_ == nullptr) return absl::InternalError("gRPC can't be started");
  services_.Start();
  services_.SetServing(true);
  connections_->Listen(std::move(sockets), &connection_counters_, log_);
  const std::string host = options_.listen.substr(0, options_.listen.rfind(':'));
  log_->Info("serving", {{"address", StrCat(host, ":", port_)}, {"port", StrCat(port_)}});
  return absl::OkStatus();
}

absl::Status Server::ServeMetrics() {
  const std::string& address = options_.metrics_address;
  if (address == kNoMetrics) return absl::OkStatus();
  absl::StatusOr<std::unique_ptr<MetricsEndpoint>> endpoint = MetricsEndpoint::Start(
      address, std::make_shared<ServerMetrics>(&engine_, [this] {
        return ServerCounts{.plugin_faults = plugin_faults_->count(),
                            .open_connections = connection_counters_.open,
                            .accepted_connections = connection_counters_.accepted,
                            .refused_connections = connection_counters_.refused.Sums(),
                            .ended_connections = connection_counters_.ended.Sums()};
      }));
  if (!endpoint.ok()) {
    if (options_.metrics_asked_for) return endpoint.status();
    // Nobody asked for them: a second server on this machine should start nevertheless.
    log_->Write(LogLevel::kWarning, "serving without metrics",
                {{"error", std::string(endpoint.status().message())}});
    return absl::OkStatus();
  }
  metrics_ = *std::move(endpoint);
  const std::string host = address.substr(0, address.rfind(':'));
  log_->Info("serving metrics",
             {{"address", StrCat("http://", host, ":", metrics_->port(), "/metrics")},
              {"port", StrCat(metrics_->port())}});
  return absl::OkStatus();
}

void Server::RequestReload() {
  log_->Info("reload requested");
  if (watcher_ != nullptr) watcher_->RequestReload();
  ReloadFiles(/*at_once=*/true);
}

void Server::Stop() {
  const auto calls = [this] {
    return engine_.admission().in_flight() + engine_.streams().in_flight();
  };
  const auto latest =
      std::chrono::steady_clock::now() + absl::ToChronoMilliseconds(options_.drain_timeout);
  log_->Info("stopping", {{"calls_in_flight", StrCat(calls())}});
  services_.SetServing(false);
  connections_->StopListening();
  engine_.admission().Drain();
  engine_.EndWatches();
  services_.EndStreams();
  for (Admission* running : {&engine_.admission(), &engine_.streams()}) {
    running->WaitUntilIdle(absl::FromChrono(latest - std::chrono::steady_clock::now()));
  }
  if (calls() > 0) {
    log_->Write(LogLevel::kWarning, "calls cut off at the end of --drain-timeout",
                {{"calls", StrCat(calls())}});
  }
  engine_.watches().WaitUntilIdle(kLastGrace);
  watcher_.reset();
  store_check_.reset();
  engine_.store().StopWatching();
  grpc_server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(kLastGrace));
  services_.Stop();
  uint64_t accounts = 0;
  uint64_t unknown_metrics = 0;
  for (const auto& [id, state] : engine_.rule_sets().snapshot()->rule_sets) {
    if (state->telemetry == nullptr) continue;
    accounts += state->telemetry->rule_set().accounts();
    unknown_metrics += state->telemetry->rule_set().unknown_metrics().total();
  }
  log_->Info("stopped", {{"accounts_evaluated", StrCat(accounts)},
                         {"unknown_metrics", StrCat(unknown_metrics)},
                         {"plugin_faults", StrCat(plugin_faults_->count())}});
}

}  // namespace pql
