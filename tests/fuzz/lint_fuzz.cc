// The linter on a rule set of two files, a line `>>>` between them: rules and `.pqllint`.  It finds
// the same twice, only warnings, in places that are there; and what its safe fixes leave compiles.

#include <string>
#include <vector>

#include "diagnostics/render.h"
#include "lint/linter.h"
#include "ruleset/rule_set.h"
#include "tests/fuzz/fuzz_target.h"

namespace pql {
namespace {

using fuzz::Require;

std::vector<SourceText> SourcesOf(const std::string& text) {
  constexpr std::string_view kSeparator = "\n>>>\n";
  const size_t at = text.find(kSeparator);
  if (at == std::string::npos) return {{"rules.pql", text}};
  return {{"rules.pql", text.substr(0, at)}, {".pqllint", text.substr(at + kSeparator.size())}};
}

void RequireInFile(const SourceSet& sources, SourceRange range, std::string_view text) {
  Require(range.file < sources.size() && range.begin <= range.end &&
              range.end <= sources.file(range.file).text().size(),
          "a finding is in a file", text);
}

void LintTwice(const std::string& text) {
  const std::vector<SourceText> sources = SourcesOf(text);
  const CompileResult compiled = CompileRuleSet("fuzz", sources);
  if (!compiled.ok()) return;
  const RuleSet& rule_set = *compiled.rule_set;
  const LintResult found = Lint(rule_set, {.now = Timestamp{0}});
  const LintResult again = Lint(rule_set, {.now = Timestamp{0}});
  Require(RenderJson(rule_set.sources, found.diagnostics, found.dropped) ==
              RenderJson(rule_set.sources, again.diagnostics, again.dropped),
          "the linter is deterministic", text);
  for (const Diagnostic& finding : found.diagnostics) {
    Require(finding.severity() != Severity::kError, "the linter finds no errors", text);
    RequireInFile(rule_set.sources, finding.range, text);
    for (const RelatedRange& related : finding.related) {
      RequireInFile(rule_set.sources, related.range, text);
    }
    if (!finding.fix) continue;
    for (const TextEdit& edit : finding.fix->edits) {
      RequireInFile(rule_set.sources, edit.range, text);
    }
    if (!finding.fix->safe) continue;
    std::vector<SourceText> fixed = sources;
    const std::string& name = rule_set.sources.file(finding.range.file).name();
    for (SourceText& source : fixed) {
      if (source.name == name) source.text = ApplyEdits(source.text, finding.fix->edits);
    }
    Require(CompileRuleSet("fuzz", fixed).ok(), "what a safe fix leaves compiles", text);
  }
}

}  // namespace
}  // namespace pql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  pql::LintTwice(pql::fuzz::TextOf(data, size));
  return 0;
}
