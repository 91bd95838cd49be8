#include "server/server.h"

#include <grpc/grpc.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "diagnostics/render.h"

namespace pql {
namespace {

// What a request may be larger than --max-request-bytes and still reach the check that names that
// flag; beyond it gRPC refuses by itself.
constexpr size_t kRequestSlack = 1 << 20;
// Once no call is running: for streams of the health service, which have no end of their own.
constexpr absl::Duration kLastGrace = absl::Milliseconds(200);
constexpr size_t kLoggedFindings = 5;

LogFields FieldsOf(const RuleSetState& state) {
  return {{"rule_set", state.id}, {"revision", StrCat(state.revision)}};
}

void LogFailure(const RuleSetState& state, Log* log) {
  LogFields fields = FieldsOf(state);
  const LoadFailure& failure = *state.failure;
  if (failure.rule_set == nullptr) {
    fields.emplace_back("error", failure.error);
  } else {
    fields.emplace_back("errors", StrCat(failure.diagnostics.size() + failure.dropped));
  }
  log->Error(state.rule_set == nullptr ? "rule set not loaded"
                                       : "newer rules not loaded; the last good ones stay in force",
             fields);
  const size_t shown = std::min(failure.diagnostics.size(), kLoggedFindings);
  for (size_t i = 0; i < shown; ++i) {
    log->Error("finding",
               {{"rule_set", state.id},
                {"diagnostic", RenderOneLine(failure.rule_set->sources, failure.diagnostics[i])}});
  }
}

void LogChange(const RuleSetChange& change, Log* log) {
  const RuleSetState& state = *change.state;
  LogFields fields = FieldsOf(state);
  switch (change.kind) {
    case RuleSetChange::Kind::kLoaded:
      fields.emplace_back("rules", StrCat(state.rule_set->checked.rules.size()));
      fields.emplace_back("digest", state.rule_set->digest.substr(0, 12));
      log->Info("rule set loaded", fields);
      break;
    case RuleSetChange::Kind::kFailed:
      LogFailure(state, log);
      break;
    case RuleSetChange::Kind::kRecovered:
      log->Info("rule files are again what is in force", fields);
      break;
    case RuleSetChange::Kind::kForgotten:
      log->Info("rule set gone", fields);
      break;
  }
}

void LogPlugin(const LoadedPlugin& plugin, Log* log) {
  log->Info("plug-in loaded", {{"path", plugin.path},
                               {"plugin", plugin.name},
                               {"version", plugin.version},
                               {"functions", StrCat(plugin.functions.size())}});
}

void LogFault(const PluginFault& fault, Log* log) {
  log->Error("plug-in fault; its result counts as missing, and further ones are only counted",
             {{"plugin", fault.plugin},
              {"path", fault.path},
              {"function", fault.function},
              {"problem", fault.problem}});
}

}  // namespace

Server::Server(const ServerOptions& options, const Clock* clock, Log* log,
               std::shared_ptr<PluginFaults> plugin_faults, PluginFunctions functions)
    : options_(options),
      log_(log),
      plugin_faults_(std::move(plugin_faults)),
      engine_(options.limits, clock, std::move(functions.functions)),
      evaluation_service_(&engine_),
      rule_service_(&engine_) {
  engine_.rule_sets().set_listener([log](const RuleSetChange& change) { LogChange(change, log); });
}

Server::~Server() {
  watcher_.reset();
  if (grpc_server_ != nullptr) grpc_server_->Shutdown(std::chrono::system_clock::now());
}

absl::StatusOr<std::unique_ptr<Server>> Server::Start(const ServerOptions& options,
                                                      const Clock* clock, Log* log) {
  const auto faults =
      std::make_shared<PluginFaults>([log](const PluginFault& fault) { LogFault(fault, log); });
  PQL_ASSIGN_OR_RETURN(PluginFunctions functions, LoadPlugins(options.plugins, faults));
  for (const LoadedPlugin& plugin : functions.plugins) LogPlugin(plugin, log);
  std::unique_ptr<Server> server(new Server(options, clock, log, faults, std::move(functions)));
  PQL_RETURN_IF_ERROR(server->LoadRules());
  PQL_RETURN_IF_ERROR(server->Listen());
  return server;
}

absl::Status Server::LoadRules() {
  if (options_.rules.empty()) {
    log_->Write(LogLevel::kWarning, "no --rules: there is nothing to evaluate with");
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
      std::min(options.limits.max_file_bytes, options_.limits.max_source_bytes);
  watcher_ = std::make_unique<DirectoryWatcher>(
      options_.rules, options, MakeFileEvents(options_.rules),
      [this](const absl::StatusOr<RuleTree>& tree) { Update(tree); });
  PQL_ASSIGN_OR_RETURN(const RuleTree tree, watcher_->Start());
  Update(tree);
  if (tree.empty()) {
    log_->Write(LogLevel::kWarning, "no rule set yet", {{"directory", options_.rules}});
  }
  return absl::OkStatus();
}

void Server::Update(const absl::StatusOr<RuleTree>& tree) { engine_.rule_sets().Update(tree); }

absl::Status Server::Listen() {
  grpc::EnableDefaultHealthCheckService(true);
  grpc::reflection::InitProtoReflectionServerBuilderPlugin();
  grpc::ServerBuilder builder;
  builder.AddListeningPort(options_.listen, grpc::InsecureServerCredentials(), &port_);
  // A second server on the port is a mistake, not a share of the load.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder.SetMaxReceiveMessageSize(static_cast<int>(std::min<size_t>(
      options_.limits.max_request_bytes + kRequestSlack, std::numeric_limits<int>::max())));
  builder.RegisterService(&evaluation_service_);
  builder.RegisterService(&rule_service_);
  grpc_server_ = builder.BuildAndStart();
  if (grpc_server_ == nullptr || port_ == 0) {
    return absl::UnavailableError(StrCat("cannot listen on ", options_.listen,
                                         ": the address is in use by another process, or is not "
                                         "one of this machine; choose another with --listen"));
  }
  SetServing(true);
  const std::string host = options_.listen.substr(0, options_.listen.rfind(':'));
  log_->Info("serving", {{"address", StrCat(host, ":", port_)}, {"port", StrCat(port_)}});
  return absl::OkStatus();
}

void Server::SetServing(bool serving) {
  grpc::HealthCheckServiceInterface* health = grpc_server_->GetHealthCheckService();
  health->SetServingStatus(serving);
  for (const char* service :
       {v1::EvaluationService::service_full_name(), v1::RuleService::service_full_name()}) {
    health->SetServingStatus(service, serving);
  }
}

void Server::RequestReload() {
  log_->Info("reload requested");
  if (watcher_ != nullptr) watcher_->RequestReload();
}

void Server::Stop() {
  log_->Info("stopping", {{"calls_in_flight", StrCat(engine_.admission().in_flight())}});
  SetServing(false);
  engine_.admission().Drain();
  const bool idle = engine_.admission().WaitUntilIdle(options_.drain_timeout);
  if (!idle) {
    log_->Write(LogLevel::kWarning, "calls cut off at the end of --drain-timeout",
                {{"calls", StrCat(engine_.admission().in_flight())}});
  }
  watcher_.reset();
  grpc_server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(kLastGrace));
  log_->Info("stopped",
             {{"accounts_evaluated", StrCat(engine_.counters().accounts_evaluated.load())},
              {"unknown_metrics", StrCat(engine_.counters().unknown_metrics.load())},
              {"plugin_faults", StrCat(plugin_faults_->count())}});
}

}  // namespace pql
