#include "engine/state_builder.h"

#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "absl/time/time.h"
#include "eval/plan/rule_changes.h"
#include "lint/linter.h"

namespace pql {
namespace {

// What --max-rules allows unless told otherwise, and takes a second or so; larger rule sets are
// linted when ValidateRules is called.
constexpr size_t kMaxLintedRules = 10'000;

// Whether such a change makes the rule another one, not only what it depends on.
bool MakesOrigin(RuleChangeKind kind) {
  return kind == RuleChangeKind::kAdded || kind == RuleChangeKind::kModified;
}

std::shared_ptr<RuleSetState> CopyOf(const std::string& id, const RuleSetState* before) {
  auto state = before == nullptr ? std::make_shared<RuleSetState>()
                                 : std::make_shared<RuleSetState>(*before);
  state->id = id;
  return state;
}

}  // namespace

CompileResult StateBuilder::Compile(const std::string& id, const RuleContent& content,
                                    const RuleSetState* before) const {
  CompileResult result = CompileAfter(before == nullptr ? nullptr : before->rule_set.get(), id,
                                      SourcesOf(content), options_);
  if (result.rule_set->checked.rules.size() > kMaxLintedRules) return result;
  AddLintFindings({.now = Timestamp{absl::ToUnixMicros(clock_->Now())},
                   .max_diagnostics = options_.max_diagnostics},
                  &result);
  return result;
}

std::shared_ptr<RuleSetState> StateBuilder::InForce(CompileResult compiled, RuleContent content,
                                                    const RuleOrigin& revision, RuleOrigins origins,
                                                    const RuleSetState* before) const {
  auto state = std::make_shared<RuleSetState>();
  const RuleSet& rule_set = *compiled.rule_set;
  state->id = rule_set.id;
  state->revision = revision.revision;
  state->load_time = clock_->Now();
  state->api_managed = ApiManaged(rule_set, content);
  state->content = std::move(content);
  state->rule_origins = std::move(origins);
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

std::shared_ptr<RuleSetState> StateBuilder::Failed(CompileResult compiled, RuleContent content,
                                                   const RuleSetState* before) const {
  auto failure = std::make_shared<LoadFailure>();
  failure->time = clock_->Now();
  failure->digest = compiled.rule_set->digest;
  failure->api_managed = ApiManaged(*compiled.rule_set, content);
  failure->content = std::move(content);
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

RuleOrigins OriginsOf(const CheckedRuleSet& rules, RuleOriginsByName known,
                      const std::vector<StoredRuleChange>& changes, const RuleOrigin& revision) {
  for (const StoredRuleChange& change : changes) {
    if (MakesOrigin(change.kind)) known.erase(change.rule);
  }
  RuleOrigins origins;
  origins.reserve(rules.rules.size());
  const auto own = std::make_shared<const RuleOrigin>(revision);
  for (const Rule& rule : rules.rules) {
    const auto found = known.find(rule.name);
    origins.handles().push_back(
        found == known.end() ? own : std::make_shared<const RuleOrigin>(std::move(found->second)));
  }
  return origins;
}

RuleOrigins OriginsAfter(const RuleSetState& before, const CheckedRuleSet& rules,
                         const std::vector<StoredRuleChange>& changes, const RuleOrigin& revision) {
  std::set<std::string_view> changed;
  for (const StoredRuleChange& change : changes) {
    if (MakesOrigin(change.kind)) changed.insert(change.rule);
  }
  const CheckedRuleSet& old = before.rule_set->checked;
  const auto own = std::make_shared<const RuleOrigin>(revision);
  RuleOrigins origins;
  origins.reserve(rules.rules.size());
  for (const uint32_t shared : RuleChanges::Between(old.rules, rules.rules).before) {
    if (shared != RuleChanges::kNone) {
      origins.handles().push_back(before.rule_origins.handles()[shared]);
      continue;
    }
    const std::string& name = rules.rules[origins.size()].name;
    const std::optional<uint32_t> earlier = old.FindRule(name);
    const bool is_own = !earlier.has_value() || changed.contains(name);
    origins.handles().push_back(is_own ? own : before.rule_origins.handles()[*earlier]);
  }
  return origins;
}

}  // namespace pql
