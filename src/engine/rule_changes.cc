#include "engine/rule_changes.h"

#include <memory>
#include <optional>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "engine/error.h"
#include "engine/rule_query.h"

namespace pql {
namespace {

ChangeRequest RequestOf(ChangeFrame frame, RevisionCause cause) {
  return {.rule_set = std::move(frame.rule_set),
          .cause = cause,
          .options = std::move(frame.options),
          .caller = std::move(frame.caller),
          .encode = std::move(frame.encode)};
}

// Where something stands, for people and for the metadata of an error.
struct FilePlace {
  std::string path;
  std::string line;
};
FilePlace PlaceOf(const RuleSet& rule_set, SourceRange range) {
  const SourceFile& file = rule_set.sources.file(range.file);
  return {file.name(), StrCat(file.Locate(range.begin).line)};
}

absl::Status NotCompiled(const std::string& id) {
  return WithReason(absl::FailedPreconditionError(
                        StrCat("the latest revision of rule set `", id,
                               "` does not compile on this server; GetRuleSet shows why")),
                    {"NEVER_LOADED", {{"resource_name", RuleSetName(id)}}});
}

// An API-managed rule of the base, which may be changed.
absl::StatusOr<const Rule*> FindChangeable(const ChangeBase& base, const std::string& id,
                                           const std::string& name, const std::string& etag) {
  if (base.rule_set == nullptr) return NotCompiled(id);
  const RuleSet& rule_set = *base.rule_set;
  const std::optional<uint32_t> index = rule_set.checked.FindRule(name);
  if (!index.has_value()) {
    return ResourceNotFound(RuleName(id, name), StrCat("rule set `", id, "` has no rule named `",
                                                       EscapeAndCut(name), "`"));
  }
  const Rule& rule = rule_set.checked.rules[*index];
  if (!base.api_managed[rule.range.file]) {
    const FilePlace place = PlaceOf(rule_set, rule.range);
    return WithReason(
        absl::FailedPreconditionError(StrCat("rule `", name, "` comes from the file ", place.path,
                                             ", line ", place.line, ": change it there")),
        {"MANAGED_IN_FILE",
         {{"resource_name", RuleName(id, name)}, {"file", place.path}, {"line", place.line}}});
  }
  const std::string current = RuleEtag(rule_set, rule);
  if (!etag.empty() && etag != current) {
    return WithReason(
        absl::AbortedError(StrCat("rule `", name, "` was changed in between; read it again")),
        {"ETAG_MISMATCH", {{"expected_etag", etag}, {"current_etag", current}}});
  }
  return &rule;
}

absl::Status CheckIsNew(const ChangeBase& base, const std::string& id, const std::string& name) {
  if (base.rule_set == nullptr) return absl::OkStatus();
  const std::optional<uint32_t> index = base.rule_set->checked.FindRule(name);
  if (!index.has_value()) return absl::OkStatus();
  const FilePlace place = PlaceOf(*base.rule_set, base.rule_set->checked.rules[*index].range);
  return WithReason(
      absl::AlreadyExistsError(StrCat("rule set `", id, "` has a rule named `", name,
                                      "` already, in ", place.path, ", line ", place.line)),
      {"ALREADY_EXISTS",
       {{"resource_name", RuleName(id, name)}, {"file", place.path}, {"line", place.line}}});
}

// The API-managed sources with the text of one of them replaced; a text that is empty but for
// white space takes its file with it.
RuleContent WithText(const ChangeBase& base, const std::string& path, std::string text) {
  RuleContent content = PartOf(base.content, ContentPart::kApi);
  const ContentSource* source = FindSource(content, path);
  const auto place = content.begin() + (source - content.data());
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    content.erase(place);
  } else {
    place->file = std::make_shared<const SourceFile>(path, std::move(text));
  }
  return content;
}

ChangeAnswer Refuse(const absl::Status& status, std::optional<Rejection> rejection) {
  if (rejection.has_value()) return Reject(*std::move(rejection));
  return {.status = status};
}

std::function<void(const RuleSet&, Rejection*)> InTermsOf(const RuleClauses& clauses,
                                                          const std::string& rule) {
  return [&clauses, &rule](const RuleSet& compiled, Rejection* rejection) {
    MoveToClauses(clauses, rule, compiled, rejection);
  };
}

}  // namespace

ChangeAnswer CreateRule(Engine* engine, ChangeFrame frame, const RuleChange& change) {
  std::optional<Rejection> rejection;
  std::set<std::string> fields = FilledFields(change.fields);
  fields.insert("when");
  const absl::StatusOr<RuleClauses> clauses =
      ParseClauses(change.fields, std::move(fields), change.language,
                   engine->compile_options().parse, &rejection);
  if (!clauses.ok()) return Refuse(clauses.status(), std::move(rejection));
  const absl::StatusOr<std::string> source = NewRuleSource(change.rule, *clauses);
  if (!source.ok()) return {.status = source.status()};

  const std::string id = frame.rule_set;
  ChangeRequest request = RequestOf(std::move(frame), RevisionCause::kRuleChange);
  request.edit = [&](const ChangeBase& base) -> absl::StatusOr<RuleContent> {
    PQL_RETURN_IF_ERROR(CheckIsNew(base, id, change.rule));
    const auto is_taken = [&base](std::string_view path) {
      return FindSource(base.content, path) != nullptr;
    };
    RuleContent content = PartOf(base.content, ContentPart::kApi);
    Insert({std::make_shared<const SourceFile>(NewRulePath(change.rule, is_taken), *source),
            /*api_managed=*/true},
           &content);
    return content;
  };
  request.localize = InTermsOf(*clauses, change.rule);
  return engine->rule_sets().Change(request);
}

ChangeAnswer UpdateRule(Engine* engine, ChangeFrame frame, const RuleChange& change) {
  std::optional<Rejection> rejection;
  const absl::StatusOr<RuleClauses> clauses = ParseClauses(
      change.fields, change.mask, change.language, engine->compile_options().parse, &rejection);
  if (!clauses.ok()) return Refuse(clauses.status(), std::move(rejection));

  const std::string id = frame.rule_set;
  ChangeRequest request = RequestOf(std::move(frame), RevisionCause::kRuleChange);
  request.edit = [&](const ChangeBase& base) -> absl::StatusOr<RuleContent> {
    PQL_ASSIGN_OR_RETURN(const Rule* rule, FindChangeable(base, id, change.rule, change.etag));
    const SourceFile& file = base.rule_set->sources.file(rule->range.file);
    PQL_ASSIGN_OR_RETURN(std::string text, ChangeRule(file.text(), rule->range, *clauses));
    return WithText(base, file.name(), std::move(text));
  };
  request.localize = InTermsOf(*clauses, change.rule);
  return engine->rule_sets().Change(request);
}

ChangeAnswer DeleteRule(Engine* engine, ChangeFrame frame, const std::string& rule,
                        const std::string& etag) {
  const std::string id = frame.rule_set;
  ChangeRequest request = RequestOf(std::move(frame), RevisionCause::kRuleChange);
  request.edit = [&](const ChangeBase& base) -> absl::StatusOr<RuleContent> {
    PQL_ASSIGN_OR_RETURN(const Rule* found, FindChangeable(base, id, rule, etag));
    const SourceFile& file = base.rule_set->sources.file(found->range.file);
    return WithText(base, file.name(), RemoveDeclaration(file.text(), found->range));
  };
  return engine->rule_sets().Change(request);
}

ChangeAnswer ApplyRuleSet(Engine* engine, ChangeFrame frame, const std::vector<SourceText>& files) {
  absl::Status status = CheckNewRuleSetId("name", frame.rule_set);
  if (status.ok()) status = CheckSentFiles(files, engine->limits());
  if (!status.ok()) return {.status = status};
  ChangeRequest request = RequestOf(std::move(frame), RevisionCause::kApply);
  request.creates_rule_set = true;
  request.edit = [&files](const ChangeBase& /*base*/) -> absl::StatusOr<RuleContent> {
    return ContentOf(files, ContentPart::kApi);
  };
  return engine->rule_sets().Change(request);
}

ChangeAnswer RollbackRuleSet(Engine* engine, ChangeFrame frame, int64_t revision) {
  if (revision < 1) {
    return {.status = InvalidField(
                "revision", StrCat("got ", revision, ", expected the number of a revision"))};
  }
  const std::string id = frame.rule_set;
  ChangeRequest request = RequestOf(std::move(frame), RevisionCause::kRollback);
  request.creates_rule_set = true;  // again, from its history
  request.rolled_back_to = revision;
  request.edit = [&](const ChangeBase& base) -> absl::StatusOr<RuleContent> {
    const auto missing = [&] {
      return ResourceNotFound(RevisionName(id, revision),
                              StrCat("rule set `", EscapeAndCut(id), "` has no revision ", revision,
                                     "; its latest is ", base.revision));
    };
    if (revision > base.revision) return missing();
    const absl::StatusOr<StoredRevision> earlier = engine->store().ReadRevision(id, revision);
    if (earlier.status().code() == absl::StatusCode::kNotFound) return missing();
    if (!earlier.ok()) return StoreFailed(earlier.status());
    return PartOf(ContentOf(earlier->sources), ContentPart::kApi);
  };
  return engine->rule_sets().Change(request);
}

}  // namespace pql
