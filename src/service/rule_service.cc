#include "service/rule_service.h"

#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "engine/error.h"
#include "engine/evaluation.h"
#include "engine/rule_query.h"
#include "engine/rule_validation.h"
#include "service/caller.h"
#include "service/change_calls.h"
#include "service/diagnostic_conversion.h"
#include "service/history_calls.h"
#include "service/message_call.h"
#include "service/rule_conversion.h"
#include "service/test_calls.h"
#include "service/watch_call.h"

namespace pql {
namespace {

// Those that the caller may see.
absl::Status List(const Snapshot& snapshot, const std::optional<std::set<std::string>>& visible,
                  const v1::ListRuleSetsRequest& request, v1::ListRuleSetsResponse* response) {
  std::vector<const RuleSetState*> states;
  for (const auto& [id, state] : snapshot.rule_sets) {
    if (!visible.has_value() || visible->contains(id)) states.push_back(state.get());
  }
  PQL_ASSIGN_OR_RETURN(
      const Page page,
      SelectPage({.size = request.page_size(), .token = request.page_token()}, states.size()));
  for (size_t i = page.begin; i < page.end; ++i) {
    ToProto(*states[i], /*with_diagnostics=*/false, response->add_rule_sets());
  }
  response->set_next_page_token(page.next_token);
  return absl::OkStatus();
}

absl::Status Get(const Snapshot& snapshot, const v1::GetRuleSetRequest& request,
                 v1::GetRuleSetResponse* response) {
  PQL_ASSIGN_OR_RETURN(const std::string id, ParseRuleSetName("name", request.name()));
  PQL_ASSIGN_OR_RETURN(const RuleSetState* state, FindRuleSet(snapshot, id));
  ToProto(*state, /*with_diagnostics=*/true, response->mutable_rule_set());
  return absl::OkStatus();
}

absl::Status Get(const Snapshot& snapshot, const v1::GetSchemaRequest& request,
                 v1::GetSchemaResponse* response) {
  PQL_ASSIGN_OR_RETURN(const std::string id, ParseSchemaName("name", request.name()));
  PQL_ASSIGN_OR_RETURN(const RuleSetState* state, FindUsable(snapshot, id));
  ToProto(*state, response->mutable_schema());
  return absl::OkStatus();
}

absl::Status List(const Snapshot& snapshot, const v1::ListRulesRequest& request,
                  v1::ListRulesResponse* response) {
  PQL_ASSIGN_OR_RETURN(const std::string id, ParseRuleSetName("parent", request.parent()));
  PQL_ASSIGN_OR_RETURN(const RuleSetState* state, FindUsable(snapshot, id));
  PQL_ASSIGN_OR_RETURN(const std::vector<uint32_t> rules,
                       SelectRules(state->rule_set->checked, {.stage = request.stage(),
                                                              .mode = request.mode(),
                                                              .tag = request.tag(),
                                                              .owner = request.owner()}));
  PageRequest page_request{.size = request.page_size(), .token = request.page_token()};
  for (const std::string& part :
       {id, request.stage(), request.mode(), request.tag(), request.owner()}) {
    StrAppend(&page_request.query, part.size(), ":", part);
  }
  page_request.revision = state->revision;
  PQL_ASSIGN_OR_RETURN(const Page page, SelectPage(page_request, rules.size()));
  for (size_t i = page.begin; i < page.end; ++i) {
    ToProto(*state, rules[i], response->add_rules());
  }
  response->set_next_page_token(page.next_token);
  response->set_revision(state->revision);
  response->set_total_size(static_cast<int32_t>(rules.size()));
  return absl::OkStatus();
}

absl::Status Get(const Snapshot& snapshot, const v1::GetRuleRequest& request,
                 v1::GetRuleResponse* response) {
  PQL_ASSIGN_OR_RETURN(const RuleReference name, ParseRuleName("name", request.name()));
  PQL_ASSIGN_OR_RETURN(const RuleSetState* state, FindUsable(snapshot, name.rule_set));
  const CheckedRuleSet& checked = state->rule_set->checked;
  const std::optional<uint32_t> rule = checked.FindRule(name.rule);
  if (!rule.has_value()) {
    return ResourceNotFound(request.name(), StrCat("rule set `", name.rule_set,
                                                   "` has no rule named `", name.rule, "`"));
  }
  ToProto(*state, *rule, response->mutable_rule());
  response->set_revision(state->revision);
  return absl::OkStatus();
}

// A rule set that there is not, not yet or no longer, takes more than the change of one.
Role RoleToPut(const Engine& engine, const std::string& name) {
  const absl::StatusOr<std::string> id = ParseRuleSetName("name", name);
  const bool exists = id.ok() && engine.rule_sets().snapshot()->Find(*id) != nullptr;
  return exists ? Role::kEditor : Role::kAdmin;
}

absl::StatusOr<ValidationRequest> ToValidation(const v1::ValidateRulesRequest& request) {
  ValidationRequest validation;
  if (!request.rule_set().empty()) {
    PQL_ASSIGN_OR_RETURN(validation.rule_set, ParseRuleSetName("rule_set", request.rule_set()));
  }
  PQL_ASSIGN_OR_RETURN(validation.files, ToSources(request.files()));
  validation.allow.assign(request.allow().begin(), request.allow().end());
  return validation;
}

absl::Status Validate(Engine* engine, const ServedCall& call,
                      const v1::ValidateRulesRequest& request,
                      v1::ValidateRulesResponse* response) {
  PQL_RETURN_IF_ERROR(call.StillWanted());  // it may have waited for a worker
  PQL_ASSIGN_OR_RETURN(ValidationRequest validation, ToValidation(request));
  validation.lint_at = Timestamp{absl::ToUnixMicros(engine->clock().Now())};
  PQL_ASSIGN_OR_RETURN(const CompileResult result,
                       ValidateRules(*engine->rule_sets().snapshot(), std::move(validation),
                                     engine->limits(), engine->compile_options()));
  for (const Diagnostic& diagnostic : result.diagnostics) {
    *response->add_diagnostics() = ToProto(result.rule_set->sources, diagnostic);
  }
  response->set_dropped_count(static_cast<uint32_t>(result.dropped));
  return absl::OkStatus();
}

// A change, once its turn has come: it may have waited for long, so that who calls, and what that
// takes, is looked at again.
template <typename Request, typename Response>
absl::Status Change(
    Engine* engine, const ServedCall& call, const Access& access, const Request& request,
    Response* response,
    std::type_identity_t<absl::Status (*)(Engine*, const Caller&, const Request&, Response*)>
        change) {
  PQL_RETURN_IF_ERROR(call.StillWanted());
  const Caller caller = CallerOf(*engine, call.context());
  PQL_RETURN_IF_ERROR(CheckAccess(*engine, caller, access));
  return change(engine, caller, request, response);
}

}  // namespace

std::vector<CallKind> RuleCalls(Engine* engine, RuleService* service) {
  std::vector<CallKind> kinds;

// A method of one request and one answer.  `role` for `resource`, as of `request`; `workers`: null
// where `answer`, the status of filling `response`, is quick.
#define PQL_METHOD(Name, role, resource, workers_, answer_)         \
  kinds.push_back(MessageCalls(                                     \
      service, &RuleService::Request##Name,                         \
      {.access =                                                    \
           [=]([[maybe_unused]] const v1::Name##Request& request) { \
             return Access{Method::k##Name, role, resource};        \
           },                                                       \
       .workers = (workers_),                                       \
       .answer = [engine]([[maybe_unused]] const ServedCall& call,  \
                          const v1::Name##Request& request,         \
                          v1::Name##Response* response) -> absl::Status { return answer_; }}))

#define PQL_READ_METHOD(Name, Read, field)                  \
  PQL_METHOD(Name, Role::kViewer, request.field(), nullptr, \
             Read(*engine->rule_sets().snapshot(), request, response))
  PQL_METHOD(ListRuleSets, Role::kViewer, "", nullptr,
             List(*engine->rule_sets().snapshot(), VisibleRuleSets(*engine, call.context()),
                  request, response));
  PQL_READ_METHOD(GetRuleSet, Get, name);
  PQL_READ_METHOD(GetSchema, Get, name);
  PQL_READ_METHOD(ListRules, List, parent);
  PQL_READ_METHOD(GetRule, Get, name);
#undef PQL_READ_METHOD

#define PQL_CHANGE_METHOD(Name, role, resource)        \
  PQL_METHOD(                                          \
      Name, role, resource, &engine->change_workers(), \
      Change(engine, call, {Method::k##Name, role, resource}, request, response, &pql::Name))
  PQL_CHANGE_METHOD(CreateRule, Role::kEditor, request.parent());
  PQL_CHANGE_METHOD(UpdateRule, Role::kEditor, request.rule().name());
  PQL_CHANGE_METHOD(DeleteRule, Role::kEditor, request.name());
  PQL_CHANGE_METHOD(ApplyRuleSet, RoleToPut(*engine, request.name()), request.name());
  PQL_CHANGE_METHOD(RollbackRuleSet, RoleToPut(*engine, request.name()), request.name());
#undef PQL_CHANGE_METHOD

  PQL_METHOD(ValidateRules, Role::kViewer, request.rule_set(), &engine->compile_workers(),
             Validate(engine, call, request, response));
  PQL_METHOD(TestRuleSet, Role::kViewer, request.name(), &engine->compile_workers(),
             TestRuleSet(
                 engine, request, [&call] { return call.StillWanted(); }, response));
  PQL_METHOD(ListRevisions, Role::kViewer, request.parent(), &engine->history_workers(),
             ListRevisions(engine, request, response));
  PQL_METHOD(GetRevision, Role::kViewer, request.name(), &engine->history_workers(),
             GetRevision(engine, request, response));
#undef PQL_METHOD

  kinds.push_back(WatchCalls(engine, service));
  return kinds;
}

}  // namespace pql
