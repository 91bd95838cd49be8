#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/strings.h"
#include "base/unicode.h"
#include "diagnostics/render.h"
#include "diagnostics/source_line.h"

namespace pql {
namespace {

// The colours of clang.
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kBoldRed = "\x1b[1;31m";
constexpr std::string_view kBoldGreen = "\x1b[1;32m";
constexpr std::string_view kBoldBlue = "\x1b[1;34m";
constexpr std::string_view kBoldMagenta = "\x1b[1;35m";
constexpr std::string_view kBoldCyan = "\x1b[1;36m";
constexpr std::string_view kReset = "\x1b[0m";

constexpr size_t kLineNumberWidth = 5;
constexpr size_t kMaxQuotedCodePoints = 40;

std::string_view SeverityColor(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return kBoldRed;
    case Severity::kWarning:
      return kBoldMagenta;
    case Severity::kHint:
      return kBoldBlue;
  }
  return kBoldRed;
}

// Text from a rule file or a path, fit for a terminal.
std::string Shown(std::string_view text) { return IsolateRightToLeft(EscapeUnprintable(text)); }

// The first bytes of `text` that are at most `max` code points.  REQUIRES: valid UTF-8.
std::string_view Prefix(std::string_view text, size_t max) {
  size_t offset = 0;
  for (size_t i = 0; i < max && offset < text.size(); ++i) DecodeUtf8(text, &offset);
  return text.substr(0, offset);
}

std::string Quoted(std::string_view text) {
  const std::string_view prefix = Prefix(text, kMaxQuotedCodePoints);
  return StrCat("`", IsolateRightToLeft(prefix), prefix.size() < text.size() ? "..." : "", "`");
}

class HumanRenderer {
 public:
  HumanRenderer(const SourceSet& sources, const HumanStyle& style)
      : sources_(sources), style_(style) {}

  std::string Render(const Diagnostic& diagnostic) {
    out_.clear();
    const Severity severity = diagnostic.severity();
    const std::string code =
        StrCat(" [", CodeText(diagnostic.kind), " ", diagnostic.info().name, "]");
    AddHeader(diagnostic.range, SeverityName(severity), SeverityColor(severity),
              diagnostic.MessageWithoutHint(), code);
    AddSnippet(diagnostic.range, diagnostic.hint);
    for (const RelatedRange& related : diagnostic.related) {
      AddHeader(related.range, "note", kBoldCyan, related.message, "");
      AddSnippet(related.range, "");
    }
    if (diagnostic.fix) AddFix(*diagnostic.fix);
    return std::move(out_);
  }

  std::string RenderAt(SourceRange range, std::string_view label, std::string_view message) {
    out_.clear();
    AddHeader(range, label, kBoldRed, message, "");
    AddSnippet(range, "");
    return std::move(out_);
  }

 private:
  void AddColored(std::string_view color, std::string_view text) {
    if (style_.color) {
      StrAppend(&out_, color, text, kReset);
    } else {
      StrAppend(&out_, text);
    }
  }

  void AddHeader(SourceRange range, std::string_view label, std::string_view color,
                 std::string_view message, std::string_view code) {
    const SourceFile& file = sources_.file(range.file);
    const LineColumn at = file.Locate(range.begin);
    AddColored(kBold, StrCat(Shown(file.name()), ":", at.line, ":", at.column, ": "));
    AddColored(color, StrCat(label, ": "));
    AddColored(kBold, Shown(message));
    StrAppend(&out_, code, "\n");
  }

  // The first line of the range, and under it the caret run with `hint` beside.
  void AddSnippet(SourceRange range, std::string_view hint) {
    const SourceFile& file = sources_.file(range.file);
    const int line_number = file.Locate(range.begin).line;
    const std::string_view line = file.Line(line_number);
    const size_t line_begin = file.LineBegin(line_number);
    const size_t begin = std::min(range.begin - line_begin, line.size());
    const size_t end = std::clamp(range.end - line_begin, begin, line.size());
    const SourceLine shown = LayOutSourceLine(line, begin, end, {.tab_width = style_.tab_width});

    const std::string number = StrCat(line_number);
    const size_t width = std::max(kLineNumberWidth, number.size());
    StrAppend(&out_, std::string(width - number.size(), ' '), number, " | ",
              IsolateRightToLeft(shown.text));
    out_.erase(out_.find_last_not_of(' ') + 1);
    StrAppend(&out_, "\n", std::string(width, ' '), " | ",
              std::string(static_cast<size_t>(shown.caret_column), ' '));
    AddColored(kBoldGreen, "^" + std::string(static_cast<size_t>(shown.caret_width) - 1, '~'));
    AddRemark(line.substr(0, end), begin, hint);
    out_ += '\n';
  }

  // What stands beside the caret run: the hint, and the text from `begin` on where a terminal may
  // have reordered the line, so that the carets alone do not say what is meant.
  void AddRemark(std::string_view line, size_t begin, std::string_view hint) {
    const std::string covered = EscapeUnprintable(line.substr(begin));
    const bool quotes = DisplayWidth(covered) > 0 && HasRightToLeft(EscapeUnprintable(line));
    if (quotes) StrAppend(&out_, " ", Quoted(covered));
    if (!hint.empty()) StrAppend(&out_, quotes ? ": " : " ", Shown(hint));
  }

  void AddFix(const Fix& fix) {
    StrAppend(&out_, std::string(kLineNumberWidth, ' '), " = ");
    AddColored(kBoldGreen, fix.Label());
    StrAppend(&out_, Shown(fix.title), "\n");
  }

  const SourceSet& sources_;
  const HumanStyle& style_;
  std::string out_;
};

}  // namespace

std::string RenderHuman(const SourceSet& sources, const Diagnostic& diagnostic,
                        const HumanStyle& style) {
  return HumanRenderer(sources, style).Render(diagnostic);
}

std::string RenderHuman(const SourceSet& sources, std::span<const Diagnostic> diagnostics,
                        size_t dropped, const HumanStyle& style) {
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (!out.empty()) out += '\n';
    out += RenderHuman(sources, diagnostic, style);
  }
  if (dropped > 0) StrAppend(&out, out.empty() ? "" : "\n", "and ", dropped, " more\n");
  return out;
}

std::string RenderHumanAt(const SourceSet& sources, SourceRange range, std::string_view label,
                          std::string_view message, const HumanStyle& style) {
  return HumanRenderer(sources, style).RenderAt(range, label, message);
}

std::string RenderOneLine(const SourceSet& sources, const Diagnostic& diagnostic) {
  const SourceFile& file = sources.file(diagnostic.range.file);
  const LineColumn at = file.Locate(diagnostic.range.begin);
  return StrCat(Shown(file.name()), ":", at.line, ":", at.column, ": ",
                SeverityName(diagnostic.severity()), ": ", Shown(diagnostic.Message()), " [",
                CodeText(diagnostic.kind), " ", diagnostic.info().name, "]");
}

}  // namespace pql
