#include "tools/pql/remote/rule_text.h"

#include <google/protobuf/util/json_util.h>
#include <google/protobuf/util/time_util.h>

#include <algorithm>
#include <optional>

#include "base/strings.h"
#include "base/unicode.h"
#include "diagnostics/render.h"
#include "tools/pql/console.h"
#include "tools/pql/unified_diff.h"

namespace pql {
namespace {

using Changes = google::protobuf::RepeatedPtrField<v1::RuleChange>;
using Findings = google::protobuf::RepeatedPtrField<v1::Diagnostic>;

struct KindText {
  v1::RuleChangeKind kind;
  const char* word;
  const char* sign;
  Paint paint;
};
constexpr KindText kKinds[] = {
    {v1::RULE_CHANGE_KIND_ADDED, "added", "+", Paint::kGreen},
    {v1::RULE_CHANGE_KIND_REMOVED, "removed", "-", Paint::kRed},
    {v1::RULE_CHANGE_KIND_MODIFIED, "modified", "~", Paint::kYellow},
    {v1::RULE_CHANGE_KIND_DEPENDENCY_MODIFIED, "changed by what it depends on", "~", Paint::kCyan},
};

const KindText& TextOf(v1::RuleChangeKind kind) {
  const auto found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                  [kind](const KindText& text) { return text.kind == kind; });
  return found == std::end(kKinds) ? kKinds[2] : *found;
}

const char* CauseText(v1::RevisionCause cause) {
  switch (cause) {
    case v1::REVISION_CAUSE_FILES:
      return "files";
    case v1::REVISION_CAUSE_RULE_CHANGE:
      return "rule change";
    case v1::REVISION_CAUSE_APPLY:
      return "push";
    case v1::REVISION_CAUSE_ROLLBACK:
      return "rollback";
    default:
      return "change";
  }
}

// The place in `sources`; nothing when they don't have it.
std::optional<SourceRange> Find(const SourceSet& sources, const v1::SourceLocation& location) {
  for (FileId id = 0; id < sources.size(); ++id) {
    const SourceFile& file = sources.file(id);
    if (file.name() != location.file() || location.end_byte() > file.text().size()) continue;
    return SourceRange{id, location.start_byte(), location.end_byte()};
  }
  return std::nullopt;
}

std::string FindingText(const v1::Diagnostic& finding, const SourceSet& sources, bool color) {
  std::string label = finding.severity();
  std::transform(label.begin(), label.end(), label.begin(),
                 [](char c) { return 'A' <= c && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const std::string message =
      StrCat(EscapeUnprintable(finding.message()), " [", finding.code(), " ", finding.name(), "]");
  if (const auto range = Find(sources, finding.location()); range.has_value()) {
    return RenderHumanAt(sources, *range, label, message, {.color = color});
  }
  const v1::SourceLocation& at = finding.location();
  const std::string place =
      finding.has_location()
          ? StrCat(EscapeUnprintable(at.file()), ":", at.start_line(), ":", at.start_column(), ": ")
          : "";
  return StrCat(place, label, ": ", message, "\n");
}

}  // namespace

absl::StatusOr<std::string> JsonLine(const google::protobuf::Message& message) {
  std::string text;
  const auto status = google::protobuf::util::MessageToJsonString(message, &text);
  if (!status.ok()) return absl::InternalError(status.ToString());
  return StrCat(text, "\n");
}

std::string RuleChangesText(const Changes& changes, bool color) {
  std::string text;
  for (const v1::RuleChange& change : changes) {
    const KindText& kind = TextOf(change.kind());
    std::string head =
        StrCat(kind.sign, " rule ", EscapeUnprintable(change.rule()), ": ", kind.word);
    for (int i = 0; i < change.changed_fields_size(); ++i) {
      StrAppend(&head, i == 0 ? " (" : ", ", change.changed_fields(i));
    }
    if (change.changed_fields_size() > 0) head += ")";
    StrAppend(&text, Painted(color, kind.paint, head), "\n");
    if (change.kind() != v1::RULE_CHANGE_KIND_MODIFIED) continue;
    const std::string diff =
        UnifiedDiff("before", change.old_source(), "after", change.new_source(), color);
    // Without the lines that say which lines of which files these are: a rule is a few lines.
    size_t line = diff.find("@@");
    for (size_t end; line < diff.size(); line = end) {
      end = std::min(diff.find('\n', line), diff.size() - 1) + 1;
      const std::string_view shown = std::string_view(diff).substr(line, end - line);
      if (shown.find("@@") > 5) StrAppend(&text, "    ", shown);
    }
  }
  return text;
}

std::string RuleChangesSummary(const Changes& changes) {
  std::string text;
  for (const KindText& kind : kKinds) {
    const auto count =
        std::count_if(changes.begin(), changes.end(),
                      [&kind](const v1::RuleChange& change) { return change.kind() == kind.kind; });
    if (count == 0) continue;
    StrAppend(&text, text.empty() ? "" : ", ", count, " ",
              text.empty() ? (count == 1 ? "rule " : "rules ") : "", kind.word);
  }
  return text.empty() ? "no rule changes" : text;
}

std::string RevisionLine(const v1::Revision& revision, bool color) {
  std::string line =
      StrCat(Painted(color, Paint::kBold, StrCat(revision.revision())), "  ",
             google::protobuf::util::TimeUtil::ToString(revision.create_time()), "  ",
             revision.author().empty() ? "-" : EscapeUnprintable(revision.author()), "  ",
             CauseText(revision.cause()));
  if (revision.rolled_back_to() > 0) StrAppend(&line, " to ", revision.rolled_back_to());
  StrAppend(&line, "  ", RuleChangesSummary(revision.changes()));
  if (!revision.comment().empty()) {
    StrAppend(&line, "  \"", EscapeUnprintable(revision.comment()), "\"");
  }
  return StrCat(line, "\n");
}

std::string FindingsText(const Findings& findings, size_t dropped, const SourceSet& sources,
                         bool color) {
  std::string text;
  for (const v1::Diagnostic& finding : findings) {
    StrAppend(&text, text.empty() ? "" : "\n", FindingText(finding, sources, color));
  }
  if (dropped > 0) StrAppend(&text, text.empty() ? "" : "\n", "and ", dropped, " more\n");
  return text;
}

size_t CountErrors(const Findings& findings) {
  return static_cast<size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [](const v1::Diagnostic& finding) { return finding.severity() == "ERROR"; }));
}

}  // namespace pql
