#include "service/status_service.h"

#include <google/protobuf/util/time_util.h>

#include <optional>
#include <set>
#include <utility>

#include "engine/rule_query.h"
#include "service/caller.h"
#include "service/message_call.h"
#include "service/value_conversion.h"

namespace pql {
namespace {

void SetStore(const RuleStore& store, v1::StoreStatus* out) {
  const StoreHealth health = store.health();
  out->set_description(store.description());
  out->set_available(health.ok);
  out->set_error(health.error);
  if (health.since != absl::InfinitePast()) *out->mutable_since_time() = ToProto(health.since);
}

void SetLoad(const Engine& engine, v1::ServerLoad* out) {
  out->set_calls_in_flight(static_cast<int32_t>(engine.admission().in_flight()));
  out->set_max_calls_in_flight(static_cast<int32_t>(engine.limits().max_in_flight));
  out->set_watches(static_cast<int32_t>(engine.watches().in_flight()));
  out->set_max_watches(static_cast<int32_t>(engine.limits().max_watches));
  out->set_streams(static_cast<int32_t>(engine.streams().in_flight()));
  out->set_max_streams(static_cast<int32_t>(engine.limits().max_streams));
  size_t queued = 0;
  for (const auto& [pool, workers] : engine.worker_pools()) queued += workers->queued();
  out->set_queued_calls(static_cast<int32_t>(queued));
}

void SetUsage(const RuleSetState& state, v1::RuleSetUsage* out) {
  const RuleSetTelemetry& telemetry = state.telemetry->rule_set();
  out->set_rule_set(RuleSetName(state.id));
  out->set_evaluated_account_count(static_cast<int64_t>(telemetry.accounts()));
  out->set_unknown_metric_value_count(static_cast<int64_t>(telemetry.unknown_metrics().total()));
  for (const UnknownMetric& metric : telemetry.unknown_metrics().Names()) {
    v1::UnknownMetric* added = out->add_unknown_metrics();
    added->set_name(metric.name);
    added->set_count(static_cast<int64_t>(metric.count));
    *added->mutable_last_seen_time() = ToProto(metric.last_seen);
  }
}

// `server`: what of the answer stays as it is.
void SetStatus(const Engine& engine, const grpc::ServerContext& context,
               const v1::ServerStatus& server, v1::ServerStatus* out) {
  *out = server;
  *out->mutable_time() = ToProto(engine.clock().Now());
  SetStore(engine.store(), out->mutable_store());
  SetLoad(engine, out->mutable_load());
  out->set_behind_count(static_cast<int32_t>(engine.rule_sets().behind()));
  if (const auto last = engine.telemetry().last_load_duration()) {
    *out->mutable_last_load_duration() =
        google::protobuf::util::TimeUtil::NanosecondsToDuration(last->count());
  }
  const std::optional<std::set<std::string>> visible = VisibleRuleSets(engine, context);
  for (const auto& [id, state] : engine.rule_sets().snapshot()->rule_sets) {
    if (visible.has_value() && !visible->contains(id)) continue;
    if (state->telemetry != nullptr) SetUsage(*state, out->add_rule_sets());
  }
}

}  // namespace

CallKind StatusCalls(Engine* engine, std::string version, StatusService* service) {
  v1::ServerStatus server;
  server.set_version(std::move(version));
  *server.mutable_start_time() = ToProto(engine->clock().Now());
  return MessageCalls(
      service, &StatusService::RequestGetServerStatus,
      {.access =
           [](const v1::GetServerStatusRequest&) {
             return Access{Method::kGetServerStatus, Role::kViewer, ""};
           },
       .answer =
           [engine, server = std::move(server)](const ServedCall& call,
                                                const v1::GetServerStatusRequest& /*request*/,
                                                v1::GetServerStatusResponse* response) {
             SetStatus(*engine, call.context(), server, response->mutable_status());
             return absl::OkStatus();
           }});
}

}  // namespace pql
