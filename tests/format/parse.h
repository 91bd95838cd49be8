// Rule text parsed for the tests of the formatter.

#ifndef PQL_TESTS_FORMAT_PARSE_H_
#define PQL_TESTS_FORMAT_PARSE_H_

#include <optional>
#include <string>
#include <utility>

#include "ast/rule_file.h"
#include "diagnostics/diagnostic.h"
#include "diagnostics/source.h"
#include "format/formatter.h"
#include "parser/frontend.h"

namespace pql {

struct Parsed {
  SourceSet sources;
  RuleFile file;
  std::string errors;  // one a line; empty: none

  const SourceFile& source() const { return sources.file(0); }
  std::string Formatted() const { return FormatRuleFile(source(), file); }
};

inline Parsed Parse(const std::string& text) {
  Parsed parsed;
  DiagnosticSink sink;
  const FileId id = parsed.sources.AddFile("test.pql", text);
  parsed.file = ParseRuleFile(parsed.sources, id, ParseLimits{}, &sink);
  for (const Diagnostic& finding : sink.Take()) {
    if (finding.severity() != Severity::kError) continue;
    const LineColumn at = parsed.source().Locate(finding.range.begin);
    parsed.errors += StrCat(at.line, ":", at.column, ": ", finding.Message(), "\n");
  }
  return parsed;
}

inline std::optional<RuleFile> ReparseForTest(const std::string& text) {
  Parsed parsed = Parse(text);
  if (!parsed.errors.empty()) return std::nullopt;
  return std::move(parsed.file);
}

}  // namespace pql

#endif  // PQL_TESTS_FORMAT_PARSE_H_
