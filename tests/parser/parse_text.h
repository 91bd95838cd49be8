// Parses a text and keeps all that came of it.  Thread-compatible.

#ifndef PQL_TESTS_PARSER_PARSE_TEXT_H_
#define PQL_TESTS_PARSER_PARSE_TEXT_H_

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ast/rule_file.h"
#include "diagnostics/diagnostic.h"
#include "diagnostics/render.h"
#include "diagnostics/source.h"
#include "gtest/gtest.h"
#include "parser/frontend.h"

namespace pql {

struct Parsed {
  SourceSet sources;
  RuleFile file;
  std::vector<Diagnostic> findings;
  size_t dropped = 0;

  std::string Render() const { return RenderHuman(sources, findings, dropped); }
  std::string Dump() const { return DumpRuleFile(file); }
};

inline Parsed ParseText(std::string text, const ParseLimits& limits = {}) {
  Parsed parsed;
  const FileId file = parsed.sources.AddFile("rules.pql", std::move(text));
  DiagnosticSink sink;
  parsed.file = ParseRuleFile(parsed.sources, file, limits, &sink);
  parsed.dropped = sink.dropped();
  parsed.findings = sink.Take();
  return parsed;
}

// What applying the safe fixes leaves, as often as there are any; those that touch another one wait
// for the next time, as they do for `pql lint --fix`.  Nothing where a finding has no safe fix.
inline std::optional<std::string> FixedText(std::string text) {
  for (int pass = 0; pass < 50; ++pass) {
    const Parsed parsed = ParseText(text);
    if (parsed.findings.empty()) return text;
    std::vector<TextEdit> edits;
    for (const Diagnostic& finding : parsed.findings) {
      if (!finding.fix.has_value() || !finding.fix->safe) return std::nullopt;
      const std::vector<TextEdit>& wanted = finding.fix->edits;
      const bool overlap = std::any_of(wanted.begin(), wanted.end(), [&](const TextEdit& edit) {
        return std::any_of(edits.begin(), edits.end(), [&](const TextEdit& taken) {
          return edit.range.begin == taken.range.begin ||
                 (edit.range.begin < taken.range.end && taken.range.begin < edit.range.end);
        });
      });
      if (!overlap) edits.insert(edits.end(), wanted.begin(), wanted.end());
    }
    text = ApplyEdits(text, edits);
  }
  ADD_FAILURE() << "fixes without an end: " << text;
  return std::nullopt;
}

// The expression of `define d = ...`, dumped.
inline std::string DumpOf(std::string_view expression) {
  const Parsed parsed = ParseText("define d = " + std::string(expression) + "\n");
  if (!parsed.findings.empty()) return parsed.Render();
  std::string dump = parsed.Dump();
  const std::string_view prefix = "define d = ";
  EXPECT_TRUE(dump.starts_with(prefix)) << dump;
  dump = dump.substr(prefix.size());
  dump.pop_back();
  return dump;
}

struct GoldenCase {
  std::string title;
  std::string input;
  std::string expected;
};

inline std::vector<std::filesystem::path> GoldenFiles() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(PQL_TESTDATA_DIR) + "/parser")) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

inline std::vector<GoldenCase> ReadCases(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::vector<GoldenCase> cases;
  std::string line;
  bool in_expected = false;
  while (std::getline(in, line)) {
    if (line.starts_with("=== ")) {
      cases.push_back({.title = line.substr(4)});
      in_expected = false;
    } else if (cases.empty()) {
      ADD_FAILURE() << path << ": text before the first case: " << line;
      return cases;
    } else if (line == "--") {
      in_expected = true;
    } else {
      (in_expected ? cases.back().expected : cases.back().input) += line + "\n";
    }
  }
  for (GoldenCase& each : cases) {
    while (each.expected.ends_with("\n\n")) each.expected.pop_back();
  }
  return cases;
}

}  // namespace pql

#endif  // PQL_TESTS_PARSER_PARSE_TEXT_H_
