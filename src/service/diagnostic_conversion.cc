#include "service/diagnostic_conversion.h"

#include <string>

namespace pql {
namespace {

std::string SeverityText(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "ERROR";
    case Severity::kWarning:
      return "WARNING";
    case Severity::kHint:
      return "HINT";
  }
  return "ERROR";
}

}  // namespace

v1::SourceLocation ToProto(const SourceSet& sources, SourceRange range) {
  const SourceFile& file = sources.file(range.file);
  const LineColumn start = file.Locate(range.begin);
  const LineColumn end = file.Locate(range.end);
  v1::SourceLocation location;
  location.set_file(file.name());
  location.set_start_byte(range.begin);
  location.set_end_byte(range.end);
  location.set_start_line(start.line);
  location.set_start_column(start.column);
  location.set_end_line(end.line);
  location.set_end_column(end.column);
  return location;
}

v1::Diagnostic ToProto(const SourceSet& sources, const Diagnostic& diagnostic) {
  v1::Diagnostic out;
  out.set_code(CodeText(diagnostic.kind));
  out.set_name(std::string(diagnostic.info().name));
  out.set_severity(SeverityText(diagnostic.severity()));
  out.set_message(diagnostic.Message());
  // A finding about a rule set without files has no place.
  if (diagnostic.range.file < sources.size()) {
    *out.mutable_location() = ToProto(sources, diagnostic.range);
  }
  for (const RelatedRange& related : diagnostic.related) {
    v1::RelatedLocation* place = out.add_related();
    *place->mutable_location() = ToProto(sources, related.range);
    place->set_message(related.message);
  }
  if (diagnostic.fix.has_value()) {
    v1::Fix* fix = out.mutable_fix();
    fix->set_title(diagnostic.fix->title);
    fix->set_safe(diagnostic.fix->safe);
    for (const TextEdit& edit : diagnostic.fix->edits) {
      v1::TextEdit* change = fix->add_edits();
      *change->mutable_location() = ToProto(sources, edit.range);
      change->set_replacement(edit.replacement);
    }
  }
  return out;
}

}  // namespace pql
