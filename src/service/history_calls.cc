#include "service/history_calls.h"

#include <string>
#include <utility>

#include "base/status_macros.h"
#include "base/strings.h"
#include "base/unicode.h"
#include "engine/error.h"
#include "engine/evaluation.h"
#include "engine/rule_query.h"
#include "engine/rule_set_change.h"
#include "service/revision_conversion.h"

namespace pql {

absl::Status ListRevisions(Engine* engine, const v1::ListRevisionsRequest& request,
                           v1::ListRevisionsResponse* response) {
  PQL_ASSIGN_OR_RETURN(const std::string id, ParseRuleSetName("parent", request.parent()));
  for (const auto& [field, text] :
       {std::pair("author", &request.author()), std::pair("rule", &request.rule())}) {
    if (text->find('\0') != std::string::npos) {
      return InvalidField(field, "must not have the character U+0000");
    }
  }
  PageRequest page_request{.size = request.page_size(), .token = request.page_token()};
  for (const std::string& part : {id, request.author(), request.rule()}) {
    StrAppend(&page_request.query, part.size(), ":", part);
  }
  PQL_ASSIGN_OR_RETURN(const Cursor cursor, ReadCursor(page_request));
  const absl::StatusOr<RevisionPage> page =
      engine->store().ListRevisions({.rule_set = id,
                                     .before = cursor.position,
                                     .author = request.author(),
                                     .rule = request.rule(),
                                     .limit = cursor.size});
  if (!page.ok()) return StoreFailed(page.status());
  if (page->revisions.empty() && cursor.position == 0) {
    // Perhaps there is no such rule set: one that is gone has its history still.
    const absl::StatusOr<StoredRevision> latest = engine->store().ReadLatest(id);
    if (latest.status().code() == absl::StatusCode::kNotFound) {
      return FindRuleSet(*engine->rule_sets().snapshot(), id).status();
    }
    if (!latest.ok()) return StoreFailed(latest.status());
  }
  for (const StoredRevision& revision : page->revisions) {
    ToProto(revision, response->add_revisions());
  }
  if (page->has_more && !page->revisions.empty()) {
    response->set_next_page_token(WriteCursor(page->revisions.back().number, page_request.query));
  }
  return absl::OkStatus();
}

absl::Status GetRevision(Engine* engine, const v1::GetRevisionRequest& request,
                         v1::GetRevisionResponse* response) {
  PQL_ASSIGN_OR_RETURN(const RevisionReference name, ParseRevisionName("name", request.name()));
  const absl::StatusOr<StoredRevision> revision =
      engine->store().ReadRevision(name.rule_set, name.revision);
  if (revision.status().code() == absl::StatusCode::kNotFound) {
    return ResourceNotFound(request.name(), StrCat("rule set `", EscapeAndCut(name.rule_set),
                                                   "` has no revision ", name.revision));
  }
  if (!revision.ok()) return StoreFailed(revision.status());
  ToProto(*revision, response->mutable_revision());
  return absl::OkStatus();
}

}  // namespace pql
