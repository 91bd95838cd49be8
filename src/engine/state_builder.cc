#include "engine/state_builder.h"

#include <utility>

#include "absl/time/time.h"
#include "lint/linter.h"

namespace pql {
namespace {

// What --max-rules allows unless told otherwise, and takes a second or so; larger rule sets are
// linted when ValidateRules is called.
constexpr size_t kMaxLintedRules = 10'000;

std::shared_ptr<RuleSetState> CopyOf(const std::string& id, const RuleSetState* before) {
  auto state = before == nullptr ? std::make_shared<RuleSetState>()
                                 : std::make_shared<RuleSetState>(*before);
  state->id = id;
  return state;
}

}  // namespace

CompileResult StateBuilder::Compile(const std::string& id, const RuleContent& content) const {
  CompileResult result = CompileRuleSet(id, TextsOf(content), options_);
  if (result.rule_set->checked.rules.size() > kMaxLintedRules) return result;
  AddLintFindings({.now = Timestamp{absl::ToUnixMicros(clock_->Now())},
                   .max_diagnostics = options_.max_diagnostics},
                  &result);
  return result;
}

std::shared_ptr<RuleSetState> StateBuilder::InForce(CompileResult compiled,
                                                    const RuleContent& content,
                                                    const RuleOrigin& revision,
                                                    const RuleOrigins& origins,
                                                    const RuleSetState* before) const {
  auto state = std::make_shared<RuleSetState>();
  const RuleSet& rule_set = *compiled.rule_set;
  state->id = rule_set.id;
  state->revision = revision.revision;
  state->load_time = clock_->Now();
  state->api_managed = ApiManaged(rule_set, content);
  for (const Rule& rule : rule_set.checked.rules) {
    const auto origin = origins.find(rule.name);
    state->rule_origins.push_back(origin == origins.end() ? revision : origin->second);
  }
  state->dependencies =
      std::make_shared<const MetricDependencies>(FindMetricDependencies(rule_set.checked));
  state->rule_set = std::move(compiled.rule_set);
  state->diagnostics = std::move(compiled.diagnostics);
  state->dropped_diagnostics = compiled.dropped;
  if (revision.cause != RevisionCause::kFiles) {
    state->api_origin = revision;
  } else if (before != nullptr) {
    state->api_origin = before->api_origin;
  }
  if (before != nullptr) state->failure = before->failure;
  return state;
}

std::shared_ptr<RuleSetState> StateBuilder::Failed(CompileResult compiled,
                                                   const RuleContent& content,
                                                   const RuleSetState* before) const {
  auto failure = std::make_shared<LoadFailure>();
  failure->time = clock_->Now();
  failure->digest = compiled.rule_set->digest;
  failure->api_managed = ApiManaged(*compiled.rule_set, content);
  failure->rule_set = std::move(compiled.rule_set);
  failure->diagnostics = std::move(compiled.diagnostics);
  failure->dropped = compiled.dropped;
  std::shared_ptr<RuleSetState> state = CopyOf(failure->rule_set->id, before);
  state->failure = std::move(failure);
  return state;
}

std::shared_ptr<RuleSetState> StateBuilder::Failed(const std::string& id, std::string_view error,
                                                   const RuleSetState* before) const {
  auto failure = std::make_shared<LoadFailure>();
  failure->time = clock_->Now();
  failure->error = std::string(error);
  std::shared_ptr<RuleSetState> state = CopyOf(id, before);
  state->failure = std::move(failure);
  return state;
}

RuleOrigins OriginsOf(const RuleSetState& state) {
  RuleOrigins origins;
  for (size_t i = 0; i < state.rule_origins.size(); ++i) {
    origins[state.rule_set->checked.rules[i].name] = state.rule_origins[i];
  }
  return origins;
}

void Apply(const std::vector<StoredRuleChange>& changes, const RuleOrigin& revision,
           RuleOrigins* origins) {
  for (const StoredRuleChange& change : changes) {
    if (change.kind == RuleChangeKind::kAdded || change.kind == RuleChangeKind::kModified) {
      (*origins)[change.rule] = revision;
    } else if (change.kind == RuleChangeKind::kRemoved) {
      origins->erase(change.rule);
    }
  }
}

}  // namespace pql
