#include "store/revision_rules.h"

#include <algorithm>
#include <limits>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "base/sha256.h"
#include "base/status_macros.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/unicode.h"

namespace pql {
namespace {

constexpr char kFieldSeparator[] = ",";
constexpr char kConflictUrl[] = "pql.dev/store.CurrentRevision";
constexpr int64_t kMaxNumber = std::numeric_limits<int64_t>::max() - 1;  // another one can follow

absl::Status CheckText(std::string_view field, std::string_view text) {
  if (text.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError(StrCat("`", field, "` has a NUL character"));
  }
  if (FindInvalidUtf8(text).has_value()) {
    return absl::InvalidArgumentError(StrCat("`", field, "` is not UTF-8"));
  }
  return absl::OkStatus();
}

absl::Status CheckName(std::string_view field, std::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError(StrCat("`", field, "` is empty"));
  return CheckText(field, text);
}

absl::Status CheckSources(const std::vector<StoredSource>& sources) {
  std::set<std::pair<std::string_view, bool>> seen;
  for (const StoredSource& source : sources) {
    PQL_RETURN_IF_ERROR(CheckName("path", source.path));
    PQL_RETURN_IF_ERROR(CheckText("language", source.language));
    if (!seen.emplace(source.path, source.api_managed).second) {
      return absl::InvalidArgumentError(
          StrCat("two sources are named `", EscapeAndCut(source.path), "`"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckChanges(const std::vector<StoredRuleChange>& changes) {
  std::set<std::string_view> seen;
  for (const StoredRuleChange& change : changes) {
    PQL_RETURN_IF_ERROR(CheckName("rule", change.rule));
    if (change.kind < RuleChangeKind::kAdded || change.kind > RuleChangeKind::kDependencyModified) {
      return absl::InvalidArgumentError("`kind` is none that there is");
    }
    for (const std::string& field : change.changed_fields) {
      PQL_RETURN_IF_ERROR(CheckName("changed_fields", field));
      if (field.find(kFieldSeparator) != std::string::npos) {
        return absl::InvalidArgumentError(
            StrCat("`changed_fields` has `", EscapeAndCut(field), "`"));
      }
    }
    if (!seen.insert(change.rule).second) {
      return absl::InvalidArgumentError(
          StrCat("rule `", EscapeAndCut(change.rule), "` is changed twice"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckMaking(RevisionCause cause, std::string_view author, absl::Time time) {
  if (cause < RevisionCause::kFiles || cause > RevisionCause::kRollback) {
    return absl::InvalidArgumentError("`cause` is none that there is");
  }
  PQL_RETURN_IF_ERROR(CheckText("author", author));
  const int64_t micros = absl::ToUnixMicros(time);
  if (micros < kMinTimestampMicros || micros > kMaxTimestampMicros) {
    return absl::InvalidArgumentError("`create_time` is not within the years 1 to 9999");
  }
  return absl::OkStatus();
}

absl::Status CheckRecord(const RevisionRecord& record) {
  PQL_RETURN_IF_ERROR(CheckName("rule_set", record.rule_set));
  PQL_RETURN_IF_ERROR(CheckText("digest", record.digest));
  PQL_RETURN_IF_ERROR(CheckMaking(record.cause, record.author, record.create_time));
  PQL_RETURN_IF_ERROR(CheckText("peer", record.peer));
  PQL_RETURN_IF_ERROR(CheckText("comment", record.comment));
  if (record.rolled_back_to < 0) return absl::InvalidArgumentError("`rolled_back_to` is negative");
  return CheckChanges(record.changes);
}

absl::Status CheckNumber(int64_t number) {
  if (1 <= number && number <= kMaxNumber) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat(number, " is no number of a revision"));
}

absl::Status AsDataLoss(std::string_view store, std::string_view what, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::DataLossError(StrCat("rule store ", store, ": ", what, " is not what was written (",
                                    FromAbsl(status.message()), "); restore it from a backup"));
}

absl::Status CheckOrigin(std::string_view rule, const RuleOrigin& origin) {
  PQL_RETURN_IF_ERROR(CheckName("rule", rule));
  PQL_RETURN_IF_ERROR(CheckNumber(origin.revision));
  return CheckMaking(origin.cause, origin.author, origin.time);
}

}  // namespace

absl::Status CheckNewRevision(const NewRevision& revision) {
  PQL_RETURN_IF_ERROR(CheckRecord(revision.record));
  if (revision.parent < 0 || revision.parent >= kMaxNumber) {
    return absl::InvalidArgumentError("`parent` is no number of a revision");
  }
  PQL_RETURN_IF_ERROR(CheckSources(revision.sources));
  return revision.request.has_value() ? CheckRequest(*revision.request) : absl::OkStatus();
}

absl::Status CheckRequest(const StoredRequest& request) {
  PQL_RETURN_IF_ERROR(CheckText("author", request.author));
  return CheckName("request_id", request.id);
}

StoredRevision AsStored(const NewRevision& revision) {
  StoredRevision stored{.record = revision.record,
                        .number = revision.parent + 1,
                        .parent = revision.parent,
                        .sources = revision.sources};
  stored.record.create_time = absl::FromUnixMicros(absl::ToUnixMicros(stored.record.create_time));
  std::sort(stored.record.changes.begin(), stored.record.changes.end(),
            [](const StoredRuleChange& a, const StoredRuleChange& b) { return a.rule < b.rule; });
  std::sort(stored.sources.begin(), stored.sources.end(),
            [](const StoredSource& a, const StoredSource& b) {
              return std::tie(a.path, a.api_managed) < std::tie(b.path, b.api_managed);
            });
  return stored;
}

absl::StatusOr<CommitResult> Replay(const StoredRequest& remembered, const StoredRequest& request) {
  if (remembered.fingerprint == request.fingerprint) {
    return CommitResult{.replayed = true, .response = remembered.response};
  }
  return absl::InvalidArgumentError(
      StrCat("`request_id` `", EscapeAndCut(request.id),
             "` was used for another request already: a retry has the same content, a new request "
             "a new id"));
}

absl::Status NoSuchRevision(std::string_view rule_set, int64_t number) {
  const std::string which = number == 0 ? "" : StrCat(" ", number);
  return absl::NotFoundError(
      StrCat("rule set `", EscapeAndCut(rule_set), "` has no revision", which));
}

std::string JoinFields(const std::vector<std::string>& fields) {
  return absl::StrJoin(fields, kFieldSeparator);
}

std::vector<std::string> SplitFields(std::string_view joined) {
  if (joined.empty()) return {};
  return absl::StrSplit(ToAbsl(joined), kFieldSeparator);
}

absl::Status CheckSourceText(const StoredSource& source, std::string_view hash,
                             std::string_view store) {
  if (Sha256(source.text) == hash) return absl::OkStatus();
  return absl::DataLossError(StrCat("rule store ", store, ": the text of `", source.path,
                                    "` is not what was written; restore it from a backup"));
}

absl::Status CheckStoredVersion(int64_t version, std::string_view store) {
  if (version >= 0) return absl::OkStatus();
  return AsDataLoss(store, "its version", absl::InvalidArgumentError(StrCat("it is ", version)));
}

absl::Status CheckStoredNumbers(const LatestNumbers& latest, std::string_view store) {
  for (const auto& [rule_set, number] : latest) {
    absl::Status status = CheckName("rule_set", rule_set);
    status.Update(CheckNumber(number));
    PQL_RETURN_IF_ERROR(AsDataLoss(store, "the list of rule sets", status));
  }
  return absl::OkStatus();
}

absl::Status CheckStoredOrigins(const std::map<std::string, RuleOrigin>& origins,
                                std::string_view store) {
  for (const auto& [rule, origin] : origins) {
    PQL_RETURN_IF_ERROR(AsDataLoss(store, StrCat("the history of rule `", EscapeAndCut(rule), "`"),
                                   CheckOrigin(rule, origin)));
  }
  return absl::OkStatus();
}

absl::StatusOr<StoredRevision> CheckStoredRevision(StoredRevision revision,
                                                   std::string_view store) {
  absl::Status status = CheckNumber(revision.number);
  status.Update(CheckRecord(revision.record));
  status.Update(CheckSources(revision.sources));
  PQL_RETURN_IF_ERROR(AsDataLoss(store,
                                 StrCat("revision ", revision.number, " of rule set `",
                                        EscapeAndCut(revision.record.rule_set), "`"),
                                 status));
  revision.parent = revision.number - 1;
  return revision;
}

size_t ChangeBytes(const RevisionRecord& record) {
  size_t bytes = 0;
  for (const StoredRuleChange& change : record.changes) {
    bytes += change.rule.size() + change.old_source.size() + change.new_source.size();
  }
  return bytes;
}

bool PageBuilder::full() const {
  return page_.revisions.size() >= query_.limit || bytes_ >= query_.max_bytes;
}

void PageBuilder::Add(StoredRevision revision) {
  const size_t change_bytes = ChangeBytes(revision.record);
  Add(std::move(revision), change_bytes);
}

void PageBuilder::Add(StoredRevision revision, size_t change_bytes) {
  bytes_ += revision.record.author.size() + revision.record.comment.size() + change_bytes;
  page_.revisions.push_back(std::move(revision));
}

RevisionPage PageBuilder::Finish(bool has_more) {
  page_.has_more = has_more;
  return std::move(page_);
}

absl::Status RevisionConflict(std::string_view rule_set, int64_t parent, int64_t current) {
  std::string message = StrCat("rule set `", EscapeAndCut(rule_set), "` ");
  if (current == 0) {
    StrAppend(&message, "has no revision, expected revision ", parent);
  } else if (parent == 0) {
    StrAppend(&message, "exists already, its revision is ", current);
  } else {
    StrAppend(&message, "is at revision ", current, ", expected revision ", parent,
              "; read it again and repeat the change");
  }
  absl::Status status = absl::AbortedError(message);
  status.SetPayload(kConflictUrl, absl::Cord(StrCat(current)));
  return status;
}

std::optional<int64_t> CurrentRevisionOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kConflictUrl);
  int64_t number = 0;
  if (!payload.has_value() || !absl::SimpleAtoi(std::string{*payload}, &number)) {
    return std::nullopt;
  }
  return number;
}

}  // namespace pql
