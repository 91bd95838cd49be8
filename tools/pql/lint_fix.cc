#include "tools/pql/lint_fix.h"

#include <algorithm>
#include <map>
#include <utility>

#include "parser/frontend.h"

namespace pql {
namespace {

constexpr int kMaxPasses = 50;

size_t CountSyntaxErrors(const SourceText& source) {
  if (IsLintConfig(source.name)) return 0;
  SourceSet sources;
  const FileId file = sources.AddFile(source.name, source.text);
  DiagnosticSink sink;
  ParseRuleFile(sources, file, ParseLimits(), &sink);
  return sink.error_count();
}

// Insertions at one place would leave their order open, so they count as overlapping.
bool Overlap(const TextEdit& a, const TextEdit& b) {
  return a.range.begin == b.range.begin ||
         (a.range.begin < b.range.end && b.range.begin < a.range.end);
}

struct FileEdits {
  std::vector<TextEdit> edits;
  size_t fixes = 0;
};

// The edits of one pass by file name.  Fixes that touch what another one edits wait for the next.
std::map<std::string, FileEdits> CollectEdits(
    const CompileResult& found,
    const std::function<bool(const SourceSet&, const Diagnostic&)>& wanted) {
  std::map<std::string, FileEdits> by_file;
  const SourceSet& sources = found.rule_set->sources;
  for (const Diagnostic& diagnostic : found.diagnostics) {
    if (!diagnostic.fix || !diagnostic.fix->safe || diagnostic.fix->edits.empty()) continue;
    if (!wanted(sources, diagnostic)) continue;
    const std::vector<TextEdit>& edits = diagnostic.fix->edits;
    FileEdits& file = by_file[sources.file(edits.front().range.file).name()];
    const bool overlaps = std::any_of(edits.begin(), edits.end(), [&file](const TextEdit& edit) {
      return std::any_of(file.edits.begin(), file.edits.end(),
                         [&edit](const TextEdit& taken) { return Overlap(edit, taken); });
    });
    if (overlaps) continue;
    file.edits.insert(file.edits.end(), edits.begin(), edits.end());
    ++file.fixes;
  }
  return by_file;
}

}  // namespace

FixResult FixSources(std::vector<SourceText> sources, const FindFindings& find,
                     const std::function<bool(const SourceSet&, const Diagnostic&)>& wanted) {
  FixResult result;
  const std::vector<SourceText> before = sources;
  CompileResult found = find(sources);
  for (int pass = 0; pass < kMaxPasses; ++pass) {
    const std::map<std::string, FileEdits> edits = CollectEdits(found, wanted);
    size_t applied = 0;
    std::vector<SourceText> mended = sources;
    for (SourceText& source : mended) {
      const auto file = edits.find(source.name);
      if (file == edits.end()) continue;
      SourceText fixed{source.name, ApplyEdits(source.text, file->second.edits)};
      if (fixed.text == source.text || CountSyntaxErrors(fixed) > CountSyntaxErrors(source)) {
        continue;
      }
      source = std::move(fixed);
      applied += file->second.fixes;
    }
    if (applied == 0) break;
    CompileResult after = find(mended);
    if (found.ok() && !after.ok()) break;  // what can be used stays usable
    found = std::move(after);
    sources = std::move(mended);
    result.applied += applied;
  }
  for (size_t i = 0; i < sources.size(); ++i) {
    if (sources[i].text != before[i].text) result.changed.push_back(sources[i].name);
  }
  result.sources = std::move(sources);
  return result;
}

}  // namespace pql
