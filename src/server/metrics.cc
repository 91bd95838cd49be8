#include "server/metrics.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "server/metric_families.h"
#include "server/process_status.h"

namespace pql {
namespace {

// No rule can have this name.
constexpr char kOtherRules[] = "(other)";

double UnixSeconds(absl::Time time) { return absl::ToDoubleSeconds(time - absl::UnixEpoch()); }

std::vector<Method> AllMethods() {
  std::vector<Method> methods;
  for (size_t i = 0; i < kMethodCount; ++i) methods.push_back(static_cast<Method>(i));
  return methods;
}

void AddCalls(const CallTelemetry& calls, MetricFamilies* out) {
  out->Counter("pql_requests_total", "Calls answered, by method and gRPC status code.");
  for (const Method method : AllMethods()) {
    for (size_t i = 0; i < kStatusCodeCount; ++i) {
      const auto code = static_cast<absl::StatusCode>(i);
      const uint64_t count = calls.Count(method, code);
      // OK from the start, so that a rate is there with the first call.
      if (count == 0 && code != absl::StatusCode::kOk) continue;
      out->Add(count, {{"method", std::string(MethodName(method))},
                       {"code", std::string(StatusCodeName(code))}});
    }
  }
  out->Histogram("pql_request_duration_seconds",
                 "From when a request was there to when its answer was ready, waits included; of "
                 "streams, to their end. Methods that were called.");
  for (const Method method : AllMethods()) {
    const DurationHistogram::Totals totals = calls.Durations(method);
    if (totals.count > 0) out->Add(totals, {{"method", std::string(MethodName(method))}});
  }
  out->Counter("pql_request_bytes_total", "Bytes of requests, as Protocol Buffers.");
  for (const Method method : AllMethods()) {
    out->Add(calls.RequestBytes(method), {{"method", std::string(MethodName(method))}});
  }
}

void AddLoad(const Engine& engine, MetricFamilies* out) {
  out->Gauge("pql_requests_in_flight", "Calls that are being answered.");
  out->Add(engine.admission().in_flight());
  out->Gauge("pql_requests_in_flight_limit", "What --max-in-flight allows.");
  out->Add(engine.limits().max_in_flight);
  out->Gauge("pql_watches", "Streams of WatchRuleSets.");
  out->Add(engine.watches().in_flight());
  out->Gauge("pql_streams", "Streams of StreamEvaluate.");
  out->Add(engine.streams().in_flight());
  out->Gauge("pql_streams_limit", "What --max-streams allows.");
  out->Add(engine.limits().max_streams);
  out->Gauge("pql_watches_limit", "What --max-watches allows.");
  out->Add(engine.limits().max_watches);
  out->Gauge("pql_worker_queue_depth", "Calls that wait for a worker thread, by pool.");
  for (const auto& [pool, workers] : engine.worker_pools()) {
    out->Add(workers->queued(), {{"pool", std::string(pool)}});
  }
  out->Gauge("pql_worker_queue_limit", "What --max-queued-jobs allows in each pool.");
  out->Add(engine.limits().max_queued_jobs);
  out->Counter("pql_limit_hits_total",
               "Calls turned away, or searches and waits cut short, by a limit, by its flag.");
  for (const auto& [limit, count] : engine.telemetry().limit_hits().Sums()) {
    out->Add(count, {{"limit", limit}});
  }
  out->Counter("pql_request_log_dropped_total",
               "Lines of the log about calls that were left out because there were too many.");
  out->Add(engine.telemetry().request_log().dropped());
  out->Counter("pql_denied_requests_total",
               "Calls without a known identity or the role they take.");
  out->Add(engine.telemetry().denied_calls().Sum());
}

// The rule sets that have series of their own.
std::vector<const RuleSetState*> ShownRuleSets(const Snapshot& snapshot) {
  std::vector<const RuleSetState*> shown;
  for (const auto& [id, state] : snapshot.rule_sets) {
    if (shown.size() == ServerMetrics::kMaxRuleSets) break;
    shown.push_back(state.get());
  }
  return shown;
}

void AddEvaluations(const std::vector<const RuleSetState*>& rule_sets, MetricFamilies* out) {
  out->Counter("pql_evaluated_accounts_total", "Accounts evaluated, by rule set.");
  for (const RuleSetState* state : rule_sets) {
    if (state->telemetry == nullptr) continue;
    out->Add(state->telemetry->rule_set().accounts(), {{"rule_set", state->id}});
  }
  out->Counter("pql_rule_outcomes_total",
               "Accounts for which a rule came out qualified or unknown; for the other "
               "pql_evaluated_accounts_total it did not qualify. Rules beyond --max-counted-rules "
               "together, as (other).");
  for (const RuleSetState* state : rule_sets) {
    if (state->telemetry == nullptr) continue;
    const auto add = [&](const std::string& rule, const RuleOutcomes& outcomes) {
      out->Add(outcomes.qualified,
               {{"rule_set", state->id}, {"rule", rule}, {"outcome", "qualified"}});
      out->Add(outcomes.unknown, {{"rule_set", state->id}, {"rule", rule}, {"outcome", "unknown"}});
    };
    const RuleSetTelemetry::Outcomes outcomes = state->telemetry->rule_set().outcomes();
    for (const auto& [rule, of_rule] : outcomes.rules) add(rule, of_rule);
    if (outcomes.has_others) add(kOtherRules, outcomes.others);
  }
  out->Counter("pql_unknown_metrics_total",
               "Values sent for metrics that the rule set does not declare; `pql status` has their "
               "names.");
  for (const RuleSetState* state : rule_sets) {
    if (state->telemetry == nullptr) continue;
    out->Add(state->telemetry->rule_set().unknown_metrics().total(), {{"rule_set", state->id}});
  }
}

void AddRuleSets(const Snapshot& snapshot, const std::vector<const RuleSetState*>& rule_sets,
                 MetricFamilies* out) {
  out->Gauge("pql_rule_sets", "Rule sets, those that never loaded included.");
  out->Add(snapshot.rule_sets.size());
  out->Gauge("pql_rule_set_revision", "The revision in force; 0 when none ever loaded.");
  for (const RuleSetState* state : rule_sets) {
    out->Add(state->revision, {{"rule_set", state->id}});
  }
  out->Gauge("pql_rule_set_loaded_timestamp_seconds",
             "When that revision came into force on this server; its age is time() less this.");
  for (const RuleSetState* state : rule_sets) {
    if (state->rule_set == nullptr) continue;
    out->Add(UnixSeconds(state->load_time), {{"rule_set", state->id}});
  }
  out->Gauge("pql_rule_set_load_failed",
             "1 while a newer version than the one in force could not be loaded, else 0.");
  for (const RuleSetState* state : rule_sets) {
    out->Add(state->failure == nullptr ? 0 : 1, {{"rule_set", state->id}});
  }
  out->Gauge("pql_rule_set_rules", "Rules in force, by mode.");
  for (const RuleSetState* state : rule_sets) {
    if (state->rule_set == nullptr) continue;
    for (const RuleMode mode : {RuleMode::kActive, RuleMode::kShadow, RuleMode::kDraft}) {
      const auto& rules = state->rule_set->checked.rules;
      out->Add(std::count_if(rules.begin(), rules.end(),
                             [mode](const Rule& rule) { return rule.mode == mode; }),
               {{"rule_set", state->id}, {"mode", std::string(RuleModeName(mode))}});
    }
  }
}

void AddLoading(const Engine& engine, MetricFamilies* out) {
  const Telemetry& telemetry = engine.telemetry();
  out->Counter("pql_rule_set_loads_total",
               "New versions of rule sets that came into force (ok) or could not (failed).");
  out->Add(telemetry.loads().Sum(), {{"result", "ok"}});
  out->Add(telemetry.load_failures().Sum(), {{"result", "failed"}});
  out->Histogram("pql_rule_set_load_duration_seconds",
                 "From when a change of rules was found to when what it made was in force: "
                 "compiled, checked, stored.");
  out->Add(telemetry.load_durations().Read());
  out->Gauge("pql_rule_sets_behind",
             "Rule sets of which the store has a newer revision than this server could read.");
  out->Add(engine.rule_sets().behind());
}

void AddStore(const Engine& engine, MetricFamilies* out) {
  out->Gauge("pql_store_up", "1 while the rule store works, else 0.");
  out->Add(engine.store().health().ok ? 1 : 0);
  const std::pair<StoreOperation, std::string> operations[] = {{StoreOperation::kRead, "read"},
                                                               {StoreOperation::kWrite, "write"}};
  out->Histogram("pql_store_operation_duration_seconds", "What operations of the rule store took.");
  for (const auto& [operation, name] : operations) {
    out->Add(engine.telemetry().store(operation).durations.Read(), {{"operation", name}});
  }
  out->Counter("pql_store_failures_total",
               "Operations that the rule store did not do because it is away, full or corrupt.");
  for (const auto& [operation, name] : operations) {
    out->Add(engine.telemetry().store(operation).failures.Sum(), {{"operation", name}});
  }
}

// Under the names that Prometheus gives these in every program.
void AddProcess(const ProcessStatus& process, MetricFamilies* out) {
  out->Counter("process_cpu_seconds_total", "CPU time of the process, user and system.");
  out->Add(process.cpu_seconds);
  out->Gauge("process_resident_memory_bytes", "Memory of the process that is in RAM.");
  out->Add(process.resident_bytes);
  out->Gauge("process_virtual_memory_bytes", "Address space of the process.");
  out->Add(process.virtual_bytes);
  out->Gauge("process_start_time_seconds", "When the process started, in Unix time.");
  out->Add(process.start_unix_seconds);
  out->Gauge("process_threads", "Threads of the process.");
  out->Add(process.threads);
  out->Gauge("process_open_fds", "File descriptors that are open: files and connections.");
  out->Add(process.open_descriptors);
  out->Gauge("process_max_fds", "What the process may open of them.");
  out->Add(process.max_descriptors);
}

void AddConnections(const ServerCounts& counts, MetricFamilies* out) {
  out->Gauge("pql_connections", "Connections that are open.");
  out->Add(counts.open_connections);
  out->Counter("pql_accepted_connections_total", "Connections that were accepted.");
  out->Add(counts.accepted_connections);
  out->Counter("pql_refused_connections_total",
               "Connections closed at once, by what has no room for them: a flag, or open-files.");
  for (const auto& [limit, count] : counts.refused_connections) {
    out->Add(count, {{"limit", limit}});
  }
  out->Counter(
      "pql_ended_connections_total",
      "Connections closed later, by flag: silent ones to make room, busy ones to save memory.");
  for (const auto& [limit, count] : counts.ended_connections) {
    out->Add(count, {{"limit", limit}});
  }
}

}  // namespace

std::vector<prometheus::MetricFamily> ServerMetrics::Collect() const {
  MetricFamilies out;
  out.Gauge("pql_build_info", "1; the label tells the version.");
  out.Add(1, {{"version", PQL_VERSION}});
  AddCalls(engine_.telemetry().calls(), &out);
  AddLoad(engine_, &out);
  const std::shared_ptr<const Snapshot> snapshot = engine_.rule_sets().snapshot();
  const std::vector<const RuleSetState*> rule_sets = ShownRuleSets(*snapshot);
  AddEvaluations(rule_sets, &out);
  AddRuleSets(*snapshot, rule_sets, &out);
  AddLoading(engine_, &out);
  AddStore(engine_, &out);
  const ServerCounts counts = counts_();
  out.Counter("pql_plugin_faults_total", "Calls of plug-in functions that failed.");
  out.Add(counts.plugin_faults);
  AddConnections(counts, &out);
  if (const std::optional<ProcessStatus> process = ReadProcessStatus(); process.has_value()) {
    AddProcess(*process, &out);
  }
  return out.Take();
}

}  // namespace pql
