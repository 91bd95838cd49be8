// Lints rule text for the tests of this folder.  Thread-compatible.

#ifndef PQL_TESTS_LINT_LINT_TEXT_H_
#define PQL_TESTS_LINT_LINT_TEXT_H_

#include <algorithm>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics/render.h"
#include "gtest/gtest.h"
#include "lint/linter.h"
#include "ruleset/rule_set.h"

namespace pql {

// 2026-03-10T12:00:00Z
inline constexpr Timestamp kTestNow{1'773'144'000'000'000};

struct Linted {
  CompileResult compiled;
  LintResult lint;

  const SourceSet& sources() const { return compiled.rule_set->sources; }
  std::vector<Diagnostic> Of(DiagnosticKind kind) const {
    std::vector<Diagnostic> found;
    for (const Diagnostic& diagnostic : lint.diagnostics) {
      if (diagnostic.kind == kind) found.push_back(diagnostic);
    }
    return found;
  }
  std::string Errors() const { return RenderHuman(sources(), compiled.diagnostics, 0); }
};

inline Linted LintSources(std::vector<SourceText> sources, LintOptions options = {}) {
  Linted linted;
  linted.compiled = CompileRuleSet("rules", std::move(sources));
  if (!options.now) options.now = kTestNow;
  if (linted.compiled.ok()) linted.lint = Lint(*linted.compiled.rule_set, options);
  return linted;
}

// One file, `rules.pql`, and a further one from each line `>>> NAME` on.
inline std::vector<SourceText> SplitSources(const std::string& input) {
  std::vector<SourceText> sources = {{"rules.pql", ""}};
  std::istringstream lines(input);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(">>> ")) {
      sources.push_back({line.substr(4), ""});
    } else {
      sources.back().text += line + "\n";
    }
  }
  return sources;
}

inline Linted LintText(const std::string& text, LintOptions options = {}) {
  return LintSources(SplitSources(text), std::move(options));
}

}  // namespace pql

#endif  // PQL_TESTS_LINT_LINT_TEXT_H_
