#include "server/event_log.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "diagnostics/render.h"

namespace pql {
namespace {

constexpr size_t kLoggedFindings = 5;
constexpr size_t kLoggedResourceBytes = 200;

std::string_view CauseName(RevisionCause cause) {
  switch (cause) {
    case RevisionCause::kFiles:
      return "files";
    case RevisionCause::kRuleChange:
      return "rule change";
    case RevisionCause::kApply:
      return "apply";
    case RevisionCause::kRollback:
      return "rollback";
  }
  return "";
}

// Who made the revision: what an audit asks.
void AddRecord(const RevisionRecord& record, LogFields* fields) {
  fields->emplace_back("cause", CauseName(record.cause));
  if (record.cause == RevisionCause::kFiles) return;
  fields->emplace_back("author", record.author);
  fields->emplace_back("peer", record.peer);
  if (!record.comment.empty()) fields->emplace_back("comment", record.comment);
}

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

void AddTrace(const std::optional<TraceContext>& trace, LogFields* fields) {
  if (!trace.has_value()) return;
  fields->emplace_back("trace_id", trace->trace_id_text());
  fields->emplace_back("span_id", trace->span_id_text());
}

std::string_view NameOf(LogReason why) {
  switch (why) {
    case LogReason::kNone:
      break;
    case LogReason::kError:
      return "error";
    case LogReason::kSlow:
      return "slow";
    case LogReason::kSample:
      return "sample";
  }
  return "";
}

std::string Milliseconds(std::chrono::nanoseconds duration) {
  return absl::StrFormat("%.3f", std::chrono::duration<double, std::milli>(duration).count());
}

}  // namespace

void LogChange(const RuleSetChange& change, Log* log) {
  const RuleSetState& state = *change.state;
  LogFields fields = FieldsOf(state);
  switch (change.kind) {
    case RuleSetChange::Kind::kLoaded:
      fields.emplace_back("rules", StrCat(state.rule_set->checked.rules.size()));
      fields.emplace_back("digest", state.rule_set->digest.substr(0, 12));
      if (state.record != nullptr) AddRecord(state.record->record, &fields);
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

void LogDenial(const Caller& caller, const absl::Status& denial, Log* log) {
  LogFields fields = {{"identity", caller.identity},
                      {"peer", caller.peer},
                      {"error", std::string(denial.message())}};
  AddTrace(caller.trace, &fields);
  log->Write(LogLevel::kWarning, "call denied", fields);
}

void LogRequest(const RequestLogEntry& entry, Log* log) {
  LogFields fields = {{"why", std::string(NameOf(entry.why))},
                      {"method", std::string(MethodName(entry.method))},
                      {"code", std::string(StatusCodeName(entry.code))},
                      {"duration_ms", Milliseconds(entry.duration)},
                      {"request_bytes", StrCat(entry.request_bytes)}};
  if (!entry.resource.empty()) {
    fields.emplace_back("resource", CutOffUtf8(entry.resource, kLoggedResourceBytes));
  }
  if (entry.accounts > 0) fields.emplace_back("accounts", StrCat(entry.accounts));
  fields.emplace_back("identity", entry.identity);
  fields.emplace_back("peer", entry.peer);
  if (!entry.reason.empty()) fields.emplace_back("reason", entry.reason);
  if (!entry.error.empty()) fields.emplace_back("error", entry.error);
  AddTrace(entry.trace, &fields);
  const bool bad = entry.why == LogReason::kSlow || IsServerFault(entry.code);
  log->Write(bad ? LogLevel::kWarning : LogLevel::kInfo, "request", fields);
}

void LogNewUnknownMetrics(const Snapshot& snapshot, Log* log) {
  for (const auto& [id, state] : snapshot.rule_sets) {
    if (state->telemetry == nullptr) continue;
    const std::vector<std::string> names = state->telemetry->rule_set().unknown_metrics().TakeNew();
    if (names.empty()) continue;
    log->Write(LogLevel::kWarning, "accounts have metrics that the rule set does not declare",
               {{"rule_set", id}, {"metrics", absl::StrJoin(names, ", ")}});
  }
}

}  // namespace pql
