#include "tools/pql/lint_fix.h"

#include <gtest/gtest.h>

#include "diagnostics/diagnostic_table.h"
#include "lint/linter.h"

namespace pql {
namespace {

CompileResult Compile(const std::vector<SourceText>& sources) {
  return CompileRuleSet("test", sources);
}

bool All(const SourceSet& /*sources*/, const Diagnostic& /*diagnostic*/) { return true; }

TEST(LintFixTest, FixesUntilNothingIsLeft) {
  const FixResult fixed = FixSources(
      {{"a.pql", "metric messages: number\nrule r { when messages = 2 && messages = 3 }\n"}},
      Compile, All);
  EXPECT_EQ(fixed.sources[0].text,
            "metric messages: number\nrule r { when messages == 2 and messages == 3 }\n");
  EXPECT_EQ(fixed.applied, 3u);
  EXPECT_EQ(fixed.changed, std::vector<std::string>{"a.pql"});
  EXPECT_TRUE(Compile(fixed.sources).ok());
}

TEST(LintFixTest, LeavesAloneWhatIsNotWanted) {
  const std::vector<SourceText> sources = {
      {"a.pql", "metric messages: number\nrule r { when messages = 2 }\n"},
      {"b.pql", "rule s { when messages = 2 }\n"}};
  const FixResult fixed =
      FixSources(sources, Compile, [](const SourceSet& set, const Diagnostic& diagnostic) {
        return set.file(diagnostic.range.file).name() == "b.pql";
      });
  EXPECT_EQ(fixed.sources[0].text, sources[0].text);
  EXPECT_EQ(fixed.sources[1].text, "rule s { when messages == 2 }\n");
  EXPECT_EQ(fixed.changed, std::vector<std::string>{"b.pql"});
}

// Findings with the given fix for every file that holds `from`.
FindFindings Replacing(const std::string& from, const std::string& to, bool safe) {
  return [=](const std::vector<SourceText>& sources) {
    CompileResult result = Compile(sources);
    result.diagnostics.clear();
    for (FileId file = 0; file < result.rule_set->sources.size(); ++file) {
      const size_t at = result.rule_set->sources.file(file).text().find(from);
      if (at == std::string_view::npos) continue;
      const SourceRange range{file, static_cast<uint32_t>(at),
                              static_cast<uint32_t>(at + from.size())};
      Diagnostic diagnostic{AllDiagnostics()[0].kind, range};
      diagnostic.fix = Fix{"replace it", {{range, to}}, safe};
      result.diagnostics.push_back(std::move(diagnostic));
    }
    return result;
  };
}

const char kGood[] = "metric messages: number\nrule r { when messages > 2 }\n";

TEST(LintFixTest, NeverBreaksAFileThatParses) {
  const FixResult fixed = FixSources({{"a.pql", kGood}}, Replacing("> 2", "> (", true), All);
  EXPECT_EQ(fixed.sources[0].text, kGood);
  EXPECT_EQ(fixed.applied, 0u);
  EXPECT_TRUE(fixed.changed.empty());
}

TEST(LintFixTest, NeverBreaksARuleSetThatCompiles) {
  const FixResult fixed =
      FixSources({{"a.pql", kGood}}, Replacing("messages > 2", "mesages > 2", true), All);
  EXPECT_EQ(fixed.sources[0].text, kGood);
  EXPECT_EQ(fixed.applied, 0u);
}

// The linter's fixes: each is looked at in the rule set as it is by then, its configuration
// included.
TEST(LintFixTest, FixesWhatTheLinterFinds) {
  const FindFindings find = [](const std::vector<SourceText>& sources) {
    CompileResult result = Compile(sources);
    AddLintFindings({}, &result);
    return result;
  };
  const FixResult fixed = FixSources(
      {{".pqllint",
        "# What we live with.\nallow mising-owner because of the split\nallow todo because so\n"},
       {"a.pql", "# lint: allow naming, todo because it is so\n" + std::string(kGood)}},
      find, All);
  EXPECT_EQ(fixed.sources[0].text,
            "# What we live with.\nallow missing-owner because of the split\n");
  EXPECT_EQ(fixed.sources[1].text, kGood);
  EXPECT_EQ(fixed.changed.size(), 2u);
}

TEST(LintFixTest, AppliesSafeFixesOnly) {
  EXPECT_EQ(FixSources({{"a.pql", kGood}}, Replacing("> 2", "> 3", false), All).applied, 0u);
  EXPECT_EQ(FixSources({{"a.pql", kGood}}, Replacing("> 2", "> 3", true), All).applied, 1u);
}

TEST(LintFixTest, EndsWithAFixThatBringsItsFindingBack) {
  const FixResult fixed = FixSources({{"a.pql", kGood}}, Replacing("2", "2 + 2", true), All);
  EXPECT_GT(fixed.applied, 0u);
}

}  // namespace
}  // namespace pql
