// Parses and checks rule text for the tests of this folder.  Thread-compatible.

#ifndef PQL_TESTS_CHECKER_CHECK_TEXT_H_
#define PQL_TESTS_CHECKER_CHECK_TEXT_H_

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checker/checker.h"
#include "diagnostics/render.h"
#include "parser/frontend.h"

namespace pql {

struct TextFile {
  std::string name;
  std::string text;
};

struct Checked {
  std::unique_ptr<SourceSet> sources;  // at an address of its own
  CheckedRuleSet rule_set;
  std::vector<Diagnostic> findings;  // the parser's included, in order

  // `name` of each finding: {"unknown-metric"}.
  std::vector<std::string> Names() const {
    std::vector<std::string> names;
    for (const Diagnostic& finding : findings) names.emplace_back(finding.info().name);
    return names;
  }
  std::string Render() const {
    std::string out;
    for (const Diagnostic& finding : findings) {
      out += RenderHuman(*sources, finding);
      if (!out.ends_with('\n')) out += '\n';
    }
    return out;
  }
  const Define* FindDefine(std::string_view name) const {
    for (const Define& define : rule_set.defines) {
      if (define.name == name) return &define;
    }
    return nullptr;
  }
};

inline Checked CheckFiles(const std::vector<TextFile>& files, const CheckLimits& limits = {}) {
  static const std::shared_ptr<const FunctionRegistry> functions = FunctionRegistry::Builtin();
  Checked checked;
  checked.sources = std::make_unique<SourceSet>();
  DiagnosticSink sink(1000);
  std::vector<RuleFile> trees;
  for (const TextFile& file : files) {
    const FileId id = checked.sources->AddFile(file.name, file.text);
    trees.push_back(ParseRuleFile(*checked.sources, id, ParseLimits(), &sink));
  }
  checked.rule_set = CheckRuleSet(*checked.sources, trees, *functions, limits, &sink);
  checked.findings = sink.Take();
  return checked;
}

inline Checked CheckText(std::string_view text, const CheckLimits& limits = {}) {
  return CheckFiles({{"rules.pql", std::string(text)}}, limits);
}

}  // namespace pql

#endif  // PQL_TESTS_CHECKER_CHECK_TEXT_H_
