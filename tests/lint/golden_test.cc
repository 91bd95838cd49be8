// Cases of tests/testdata/lint/<name of the finding>.txt (form: tests/testing/golden_file.h): rule
// text, with a line `>>> NAME` before each further file; then the findings of that name as a person
// sees them, or nothing.  Each has a case that fires and one that stays silent.  It is 2026-03-10,
// noon.  PQL_UPDATE_TESTDATA=1 writes the expectations anew.

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lint/check.h"
#include "tests/lint/lint_text.h"
#include "tests/testing/golden_file.h"

namespace pql {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;
using ::testing::Not;

std::vector<const DiagnosticInfo*> LintFindings() {
  std::vector<const DiagnosticInfo*> infos;
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (info.code >= 2000) infos.push_back(&info);
  }
  return infos;
}

class LintFindingTest : public ::testing::TestWithParam<const DiagnosticInfo*> {
 protected:
  static std::string Path() { return StrCat(PQL_TESTDATA_DIR, "/lint/", GetParam()->name, ".txt"); }
  static std::vector<Diagnostic> Own(const Linted& linted) { return linted.Of(GetParam()->kind); }
};

// A safe fix mends its finding and makes no other.
void ExpectSafeFixesMend(const std::vector<SourceText>& sources, const Linted& before,
                         DiagnosticKind kind) {
  for (const Diagnostic& finding : before.Of(kind)) {
    if (!finding.fix || !finding.fix->safe) continue;
    std::vector<SourceText> fixed = sources;
    const std::string& name = before.sources().file(finding.range.file).name();
    for (SourceText& source : fixed) {
      if (source.name == name) source.text = ApplyEdits(source.text, finding.fix->edits);
    }
    const Linted after = LintSources(fixed);
    EXPECT_TRUE(after.compiled.ok()) << after.Errors();
    EXPECT_LT(after.Of(kind).size(), before.Of(kind).size());
    EXPECT_LE(after.lint.diagnostics.size(), before.lint.diagnostics.size());
  }
}

TEST_P(LintFindingTest, GoldenCases) {
  int firing = 0;
  int silent = 0;
  RunGoldenFile(Path(), [&](const GoldenCase& golden) {
    const std::vector<SourceText> sources = SplitSources(golden.input);
    const Linted linted = LintSources(sources);
    EXPECT_TRUE(linted.compiled.ok()) << linted.Errors();
    ExpectSafeFixesMend(sources, linted, GetParam()->kind);
    const std::vector<Diagnostic> own = Own(linted);
    ++(own.empty() ? silent : firing);
    return own.empty() ? "" : RenderHuman(linted.sources(), own, 0);
  });
  EXPECT_GT(firing, 0) << "no case in which it is found";
  EXPECT_GT(silent, 0) << "no case in which all is well";
}

TEST_P(LintFindingTest, TheWrongExampleHasItAndTheRightOneDoesNot) {
  const Linted wrong = LintText(std::string(GetParam()->wrong));
  EXPECT_TRUE(wrong.compiled.ok()) << wrong.Errors();
  EXPECT_THAT(Own(wrong), Not(IsEmpty()));
  const Linted right = LintText(std::string(GetParam()->right));
  EXPECT_TRUE(right.compiled.ok()) << right.Errors();
  EXPECT_THAT(Own(right), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(All, LintFindingTest, ::testing::ValuesIn(LintFindings()),
                         [](const ::testing::TestParamInfo<const DiagnosticInfo*>& info) {
                           std::string name(info.param->name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(LintChecksTest, AreInOrderOfCodeAndOnceEach) {
  int last = 0;
  for (const LintCheck& check : AllLintChecks()) {
    EXPECT_GT(InfoOf(check.kind).code, last) << InfoOf(check.kind).name;
    last = InfoOf(check.kind).code;
  }
}

// A file of cases that no finding is named after tests nothing.
TEST(LintChecksTest, EveryFileOfCasesBelongsToAFinding) {
  std::vector<std::string> names;
  for (const DiagnosticInfo* info : LintFindings()) names.emplace_back(info->name);
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(PQL_TESTDATA_DIR) + "/lint")) {
    EXPECT_THAT(names, Contains(entry.path().stem().string()));
  }
}

}  // namespace
}  // namespace pql
