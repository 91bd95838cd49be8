#include "service/change_calls.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "engine/error.h"
#include "engine/rule_changes.h"
#include "engine/rule_query.h"
#include "parser/frontend.h"
#include "service/diagnostic_conversion.h"
#include "service/revision_conversion.h"
#include "service/rule_conversion.h"
#include "service/status_mapping.h"
#include "service/value_conversion.h"

namespace pql {
namespace {

// What the five requests have in common.
template <typename Request>
ChangeFrame FrameOf(const Request& request, std::string rule_set, const Caller& caller,
                    EncodeChange encode) {
  ChangeFrame frame{.rule_set = std::move(rule_set), .caller = caller, .encode = std::move(encode)};
  frame.options.validate_only = request.validate_only();
  if (request.has_expected_revision()) {
    frame.options.expected_revision = request.expected_revision();
  }
  frame.options.request_id = request.request_id();
  frame.options.comment = request.comment();
  // The messages have no maps, so equal ones have equal bytes.
  frame.options.fingerprint = DigestOf({{request.GetTypeName(), request.SerializeAsString()}});
  return frame;
}

absl::Status ToStatus(ChangeAnswer answer, google::protobuf::Message* response) {
  if (answer.status.ok()) {
    return response->ParseFromString(answer.response)
               ? absl::OkStatus()
               : absl::InternalError("the answer of the first call can't be read");
  }
  if (!answer.rejection.has_value()) return answer.status;
  return WithFindings(answer.status, *answer.rejection);
}

// Warnings about what the API manages, the rules directory being somebody else's.
template <typename Response>
void AddFindings(const RuleSetState& state, Response* response) {
  for (const Diagnostic& diagnostic : state.diagnostics) {
    const FileId file = diagnostic.range.file;
    if (file < state.api_managed.size() && !state.api_managed[file]) continue;
    *response->add_diagnostics() = ToProto(state.rule_set->sources, diagnostic);
  }
}

template <typename Response>
std::string EncodeRule(const ChangeResult& result, const std::string& rule) {
  Response response;
  response.set_revision(result.revision);
  const RuleSet& rule_set = *result.state.rule_set;
  const std::optional<uint32_t> index = rule_set.checked.FindRule(rule);
  if (index.has_value()) {
    ToProto(result.state, *index, response.mutable_rule());
    const SourceRange range = rule_set.checked.rules[*index].range;
    for (const Diagnostic& diagnostic : result.state.diagnostics) {
      if (!range.Contains(diagnostic.range)) continue;
      *response.add_diagnostics() = ToProto(rule_set.sources, diagnostic);
    }
  }
  return response.SerializeAsString();
}

template <typename Response>
std::string EncodeRuleSet(const ChangeResult& result) {
  Response response;
  response.set_revision(result.revision);
  for (const StoredRuleChange& change : result.changes) ToProto(change, response.add_changes());
  AddFindings(result.state, &response);
  response.set_dropped_count(static_cast<uint32_t>(result.state.dropped_diagnostics));
  return response.SerializeAsString();
}

std::string EncodeDeletion(const ChangeResult& result) {
  v1::DeleteRuleResponse response;
  response.set_revision(result.revision);
  AddFindings(result.state, &response);
  return response.SerializeAsString();
}

absl::StatusOr<RuleFields> ToFields(const v1::Rule& rule) {
  RuleFields fields{.title = rule.title(),
                    .description = rule.description(),
                    .owner = rule.owner(),
                    .tags = {rule.tags().begin(), rule.tags().end()},
                    .stage = rule.stage(),
                    .mode = rule.mode(),
                    .when = rule.when(),
                    .unless = rule.unless(),
                    .keep_while = rule.keep_while(),
                    .score = rule.score()};
  if (rule.has_active_from()) {
    PQL_ASSIGN_OR_RETURN(fields.active_from, ToTimestamp("rule.active_from", rule.active_from()));
  }
  if (rule.has_active_until()) {
    PQL_ASSIGN_OR_RETURN(fields.active_until,
                         ToTimestamp("rule.active_until", rule.active_until()));
  }
  return fields;
}

absl::StatusOr<std::set<std::string>> ToMask(const v1::UpdateRuleRequest& request,
                                             const RuleFields& fields) {
  if (!request.has_update_mask()) return FilledFields(fields);
  std::set<std::string> mask;
  for (const std::string& path : request.update_mask().paths()) {
    if (path == "*") {
      mask.insert(std::begin(kRuleFields), std::end(kRuleFields));
      continue;
    }
    if (std::find(std::begin(kRuleFields), std::end(kRuleFields), path) == std::end(kRuleFields)) {
      const std::string_view nearest = NearestWord(path, kRuleFields);
      const bool is_field = v1::Rule::descriptor()->FindFieldByName(path) != nullptr;
      return InvalidField(
          "update_mask",
          StrCat("`", EscapeAndCut(path), "` is no field that can be changed",
                 nearest.empty() || is_field ? "" : StrCat("; did you mean `", nearest, "`?")));
    }
    mask.insert(path);
  }
  return mask;
}

}  // namespace

absl::StatusOr<std::vector<SourceText>> ToSources(
    const google::protobuf::RepeatedPtrField<v1::SourceFile>& files) {
  std::vector<SourceText> sources;
  for (int i = 0; i < files.size(); ++i) {
    const v1::SourceFile& file = files[i];
    if (!file.language().empty() && file.language() != PqlFrontend().name()) {
      return InvalidField(
          StrCat("files[", i, "].language"),
          StrCat("got \"", EscapeAndCut(file.language()), "\", expected \"", PqlFrontend().name(),
                 "\": other languages have conditions, not files; CreateRule and "
                 "UpdateRule take these"));
    }
    sources.push_back({file.path(), file.text()});
  }
  return sources;
}

absl::Status CreateRule(Engine* engine, const Caller& caller, const v1::CreateRuleRequest& request,
                        v1::CreateRuleResponse* response) {
  PQL_ASSIGN_OR_RETURN(const std::string id, ParseRuleSetName("parent", request.parent()));
  if (!request.has_rule()) return InvalidField("rule", "is required");
  PQL_ASSIGN_OR_RETURN(RuleFields fields, ToFields(request.rule()));
  const RuleChange change{
      .rule = request.rule_id(), .fields = std::move(fields), .language = request.language()};
  const auto encode = [&change](const ChangeResult& result) {
    return EncodeRule<v1::CreateRuleResponse>(result, change.rule);
  };
  return ToStatus(CreateRule(engine, FrameOf(request, id, caller, encode), change), response);
}

absl::Status UpdateRule(Engine* engine, const Caller& caller, const v1::UpdateRuleRequest& request,
                        v1::UpdateRuleResponse* response) {
  PQL_ASSIGN_OR_RETURN(const RuleReference name, ParseRuleName("rule.name", request.rule().name()));
  PQL_ASSIGN_OR_RETURN(RuleFields fields, ToFields(request.rule()));
  PQL_ASSIGN_OR_RETURN(std::set<std::string> mask, ToMask(request, fields));
  const RuleChange change{.rule = name.rule,
                          .fields = std::move(fields),
                          .mask = std::move(mask),
                          .language = request.language(),
                          .etag = request.rule().etag()};
  const auto encode = [&change](const ChangeResult& result) {
    return EncodeRule<v1::UpdateRuleResponse>(result, change.rule);
  };
  return ToStatus(UpdateRule(engine, FrameOf(request, name.rule_set, caller, encode), change),
                  response);
}

absl::Status DeleteRule(Engine* engine, const Caller& caller, const v1::DeleteRuleRequest& request,
                        v1::DeleteRuleResponse* response) {
  PQL_ASSIGN_OR_RETURN(const RuleReference name, ParseRuleName("name", request.name()));
  return ToStatus(DeleteRule(engine, FrameOf(request, name.rule_set, caller, EncodeDeletion),
                             name.rule, request.etag()),
                  response);
}

absl::Status ApplyRuleSet(Engine* engine, const Caller& caller,
                          const v1::ApplyRuleSetRequest& request,
                          v1::ApplyRuleSetResponse* response) {
  PQL_ASSIGN_OR_RETURN(const std::string id, ParseRuleSetName("name", request.name()));
  PQL_ASSIGN_OR_RETURN(const std::vector<SourceText> files, ToSources(request.files()));
  return ToStatus(
      ApplyRuleSet(engine, FrameOf(request, id, caller, EncodeRuleSet<v1::ApplyRuleSetResponse>),
                   files),
      response);
}

absl::Status RollbackRuleSet(Engine* engine, const Caller& caller,
                             const v1::RollbackRuleSetRequest& request,
                             v1::RollbackRuleSetResponse* response) {
  PQL_ASSIGN_OR_RETURN(const std::string id, ParseRuleSetName("name", request.name()));
  return ToStatus(
      RollbackRuleSet(engine,
                      FrameOf(request, id, caller, EncodeRuleSet<v1::RollbackRuleSetResponse>),
                      request.revision()),
      response);
}

}  // namespace pql
