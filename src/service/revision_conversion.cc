#include "service/revision_conversion.h"

#include "engine/rule_query.h"
#include "service/value_conversion.h"

namespace pql {
namespace {

v1::RevisionCause CauseOf(RevisionCause cause) {
  switch (cause) {
    case RevisionCause::kFiles:
      return v1::REVISION_CAUSE_FILES;
    case RevisionCause::kRuleChange:
      return v1::REVISION_CAUSE_RULE_CHANGE;
    case RevisionCause::kApply:
      return v1::REVISION_CAUSE_APPLY;
    case RevisionCause::kRollback:
      return v1::REVISION_CAUSE_ROLLBACK;
  }
  return v1::REVISION_CAUSE_UNSPECIFIED;
}

v1::RuleChangeKind KindOf(RuleChangeKind kind) {
  switch (kind) {
    case RuleChangeKind::kAdded:
      return v1::RULE_CHANGE_KIND_ADDED;
    case RuleChangeKind::kRemoved:
      return v1::RULE_CHANGE_KIND_REMOVED;
    case RuleChangeKind::kModified:
      return v1::RULE_CHANGE_KIND_MODIFIED;
    case RuleChangeKind::kDependencyModified:
      return v1::RULE_CHANGE_KIND_DEPENDENCY_MODIFIED;
  }
  return v1::RULE_CHANGE_KIND_UNSPECIFIED;
}

}  // namespace

void ToProto(const StoredRuleChange& change, v1::RuleChange* out) {
  out->set_rule(change.rule);
  out->set_kind(KindOf(change.kind));
  out->set_old_source(change.old_source);
  out->set_new_source(change.new_source);
  for (const std::string& field : change.changed_fields) out->add_changed_fields(field);
}

void ToProto(const StoredRevision& revision, v1::Revision* out) {
  const RevisionRecord& record = revision.record;
  out->set_name(RevisionName(record.rule_set, revision.number));
  out->set_revision(revision.number);
  out->set_parent_revision(revision.parent);
  out->set_digest(record.digest);
  *out->mutable_create_time() = ToProto(record.create_time);
  out->set_cause(CauseOf(record.cause));
  out->set_author(record.author);
  out->set_peer(record.peer);
  out->set_comment(record.comment);
  out->set_rolled_back_to(record.rolled_back_to);
  for (const StoredRuleChange& change : record.changes) ToProto(change, out->add_changes());
  for (const StoredSource& source : revision.sources) {
    v1::RevisionSource* added = out->add_sources();
    added->mutable_file()->set_path(source.path);
    added->mutable_file()->set_text(source.text);
    added->mutable_file()->set_language(source.language);
    added->set_api_managed(source.api_managed);
  }
}

}  // namespace pql
