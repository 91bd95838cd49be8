// Findings for people and for programs.  Pure functions; thread-safe.

#ifndef PQL_DIAGNOSTICS_RENDER_H_
#define PQL_DIAGNOSTICS_RENDER_H_

#include <span>
#include <string>
#include <string_view>

#include "diagnostics/diagnostic.h"
#include "diagnostics/source.h"

namespace pql {

struct HumanStyle {
  bool color = false;
  int tab_width = 4;
};

// rules/slack/metrics.pql:3:8: error: no metric, define or rule named `mesages` [PQL1203
// unknown-metric]
//     3 | when mesages >= 2000
//       |      ^~~~~~~ did you mean `messages`?
// The caret run is right for tabs, wide, combining and right-to-left characters: runs of the latter
// are isolated (IsolateRightToLeft) so that a terminal keeps the order, and the text that the run
// underlines is quoted beside it.  Unprintable characters and broken bytes are shown escaped, so
// that no source text can fool the terminal; a long line is cut around the caret; a range of
// several lines is underlined on its first.  Related ranges follow as notes, a fix as `fix: ...`.
std::string RenderHuman(const SourceSet& sources, const Diagnostic& diagnostic,
                        const HumanStyle& style = {});

// All of them, and "and N more" when `dropped` is not zero.
std::string RenderHuman(const SourceSet& sources, std::span<const Diagnostic> diagnostics,
                        size_t dropped, const HumanStyle& style = {});

// The same layout for what is no finding of the table, such as a failing `expect`:
// rules/slack/tests.pql:7:10: failed: expected `slack_team` to qualify, but it does not
std::string RenderHumanAt(const SourceSet& sources, SourceRange range, std::string_view label,
                          std::string_view message, const HumanStyle& style = {});

// The protobuf JSON mapping of pql.v1.DiagnosticList: one object, `{"diagnostics": [...]}`, so that
// a script reads the same shape from the tool and from the server.  `diagnostics` is there even
// when it is empty.
std::string RenderJson(const SourceSet& sources, std::span<const Diagnostic> diagnostics,
                       size_t dropped);

// SARIF 2.1.0 (OASIS), one run, with the rules that the results refer to.
std::string RenderSarif(const SourceSet& sources, std::span<const Diagnostic> diagnostics);

// GitHub Actions workflow commands: `::error file=...,line=...::message`.
std::string RenderGithub(const SourceSet& sources, std::span<const Diagnostic> diagnostics);

// One line without source: `rules/slack/metrics.pql:3:8: error: ... [PQL1203 unknown-metric]`.
std::string RenderOneLine(const SourceSet& sources, const Diagnostic& diagnostic);

}  // namespace pql

#endif  // PQL_DIAGNOSTICS_RENDER_H_
