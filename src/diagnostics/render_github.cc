#include <string>
#include <string_view>

#include "base/strings.h"
#include "base/unicode.h"
#include "diagnostics/render.h"

namespace pql {
namespace {

std::string_view Command(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kHint:
      return "notice";
  }
  return "error";
}

// The escapes of workflow commands.  A message keeps `:` and `,`, a property does not.
std::string Escape(std::string_view text, bool is_property) {
  std::string out;
  for (const char c : text) {
    if (c == '%') {
      out += "%25";
    } else if (c == '\r') {
      out += "%0D";
    } else if (c == '\n') {
      out += "%0A";
    } else if (c == ':' && is_property) {
      out += "%3A";
    } else if (c == ',' && is_property) {
      out += "%2C";
    } else {
      out += c;
    }
  }
  return out;
}

std::string Property(std::string_view text) { return Escape(text, true); }

std::string MessageWithNotes(const SourceSet& sources, const Diagnostic& diagnostic) {
  std::string message = EscapeUnprintable(diagnostic.Message());
  for (const RelatedRange& related : diagnostic.related) {
    const SourceFile& file = sources.file(related.range.file);
    const LineColumn at = file.Locate(related.range.begin);
    StrAppend(&message, "\n", EscapeUnprintable(file.name()), ":", at.line, ":", at.column,
              ": note: ", EscapeUnprintable(related.message));
  }
  if (diagnostic.fix) {
    StrAppend(&message, "\n", diagnostic.fix->Label(), EscapeUnprintable(diagnostic.fix->title));
  }
  return message;
}

}  // namespace

std::string RenderGithub(const SourceSet& sources, std::span<const Diagnostic> diagnostics) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) {
    const SourceFile& file = sources.file(diagnostic.range.file);
    const LineColumn begin = file.Locate(diagnostic.range.begin);
    const LineColumn end = file.Locate(diagnostic.range.end);
    StrAppend(&out, "::", Command(diagnostic.severity()), " file=", Property(file.name()),
              ",line=", begin.line, ",endLine=", end.line, ",col=", begin.column);
    // GitHub ignores columns of a range over several lines.
    if (begin.line == end.line) StrAppend(&out, ",endColumn=", end.column);
    StrAppend(&out,
              ",title=", Property(StrCat(CodeText(diagnostic.kind), " ", diagnostic.info().name)),
              "::", Escape(MessageWithNotes(sources, diagnostic), false), "\n");
  }
  return out;
}

}  // namespace pql
