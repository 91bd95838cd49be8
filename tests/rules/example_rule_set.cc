#include "tests/rules/example_rule_set.h"

#include <utility>

#include "base/strings.h"
#include "diagnostics/render.h"
#include "eval/interpreter.h"
#include "ruleset/test_runner.h"
#include "tests/rules/markdown.h"

namespace pql {
namespace {

constexpr std::string_view kDefine = "define example = ";

std::string Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \n");
  if (first == std::string_view::npos) return "";
  return std::string(text.substr(first, text.find_last_not_of(" \n") - first + 1));
}

// The value of the define `example` for the account of the first test.
std::string ValueOfExample(const RuleSet& rule_set) {
  const CheckedRuleSet& checked = rule_set.checked;
  if (checked.tests.empty()) return "no test describes the account";
  const TestInput given(checked, checked.tests[0]);
  const Evaluation evaluation = Evaluate(checked, given.input);
  for (size_t i = 0; i < checked.defines.size(); ++i) {
    if (checked.defines[i].name != "example") continue;
    const Value& value = evaluation.defines[i].value;
    return value.IsMissing() ? "missing" : value.ToSource();
  }
  return "not there";
}

std::string FixedText(const std::string& source, const Diagnostic& diagnostic) {
  if (!diagnostic.fix.has_value()) return "no fix";
  return Trimmed(ApplyEdits(source, diagnostic.fix->edits).substr(kDefine.size()));
}

std::string ComplaintsAbout(const std::string& vocabulary, const ConditionExample& example,
                            const std::string& code) {
  const std::string source = StrCat(kDefine, example.code, "\n");
  const CompileResult result =
      CompileRuleSet("example", {{"example.pql", source}, {"vocabulary.pql", vocabulary}});
  if (code.empty()) {
    if (!result.diagnostics.empty()) return Complaints(result);
    const std::string value = ValueOfExample(*result.rule_set);
    if (example.value.empty() || value == example.value) return "";
    return StrCat("`", example.code, "` is ", value, ", not ", example.value, "\n");
  }
  if (Codes(result) != std::vector<std::string>{code}) {
    return StrCat("`", example.code, "` should have the finding ", code, " only, but has:\n",
                  Complaints(result));
  }
  if (example.fixed.empty()) return "";
  const std::string fixed = FixedText(source, result.diagnostics.front());
  if (fixed == example.fixed) return "";
  return StrCat("the fix of `", example.code, "` gives `", fixed, "`, not `", example.fixed, "`\n");
}

}  // namespace

std::string FailingTests(const RuleSet& rule_set) {
  std::string text;
  for (const TestResult& result : RunTests(rule_set)) {
    const std::string& name = rule_set.checked.tests[result.test].name;
    if (!result.error.empty()) StrAppend(&text, "test \"", name, "\": ", result.error, "\n");
    for (const ExpectFailure& failure : result.failures) {
      StrAppend(&text, "test \"", name, "\": ", failure.message, ": `",
                rule_set.sources.Text(failure.range), "`\n");
    }
  }
  return text;
}

std::string Complaints(const CompileResult& result) {
  if (!result.diagnostics.empty()) {
    return RenderHuman(result.rule_set->sources, result.diagnostics, result.dropped);
  }
  return FailingTests(*result.rule_set);
}

std::vector<std::string> Codes(const CompileResult& result) {
  std::vector<std::string> codes;
  for (const Diagnostic& diagnostic : result.diagnostics) {
    codes.push_back(CodeText(diagnostic.kind));
  }
  return codes;
}

std::vector<ConditionExample> ConditionExamples(std::string_view block) {
  std::vector<ConditionExample> examples;
  for (const std::string& line : Lines(block)) {
    if (Trimmed(line).empty() || line.starts_with('#')) continue;
    if (line.starts_with(' ') && !examples.empty()) {
      StrAppend(&examples.back().text, "\n", line);
    } else {
      examples.push_back({.text = line});
    }
  }
  for (ConditionExample& example : examples) {
    example.code = Trimmed(example.text.substr(0, example.text.find("  # ")));
    for (const auto& [mark, part] :
         {std::pair("  # = ", &example.value), std::pair("  # -> ", &example.fixed)}) {
      const size_t at = example.text.find(mark);
      if (at == std::string::npos) continue;
      *part = Trimmed(example.text.substr(at + std::string_view(mark).size()));
    }
  }
  return examples;
}

std::string ComplaintsAboutConditions(const std::string& vocabulary,
                                      const std::vector<ConditionExample>& examples,
                                      const std::string& code) {
  std::string complaints;
  for (const ConditionExample& example : examples) {
    complaints += ComplaintsAbout(vocabulary, example, code);
  }
  return complaints;
}

}  // namespace pql
