// The generated sections of the reference are up to date.  With PQL_UPDATE_TESTDATA=1 they are
// written anew.

#include <cstdlib>
#include <string>

#include "base/file_system.h"
#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/rules/markdown.h"
#include "tests/rules/reference_text.h"

namespace pql {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

void ExpectUpToDate(const std::string& file, std::string_view section, std::string_view content) {
  const std::string path = StrCat(PQL_SOURCE_DIR, "/", file);
  const auto document = ReadFile(path, kMaxBytes);
  ASSERT_TRUE(document.ok()) << document.status();
  const std::optional<std::string> expected = ReplaceSection(*document, section, content);
  ASSERT_TRUE(expected.has_value()) << file << " has no section `" << section << "`";
  if (std::getenv("PQL_UPDATE_TESTDATA") != nullptr) {
    ASSERT_TRUE(WriteFileAtomically(path, *expected).ok());
    return;
  }
  EXPECT_TRUE(*document == *expected)
      << file << " is out of date: run rules_test with PQL_UPDATE_TESTDATA=1";
}

TEST(ReferenceTest, FunctionsAreThoseOfTheRegistry) {
  ExpectUpToDate("grammar/README.md", "functions", FunctionReference(*FunctionRegistry::Builtin()));
}

TEST(ReferenceTest, FindingsAreThoseOfTheTable) {
  ExpectUpToDate("grammar/diagnostics.md", "diagnostics", DiagnosticReference());
}

TEST(ReferenceTest, NamesEveryFunctionAndFindingOnce) {
  const std::string functions = FunctionReference(*FunctionRegistry::Builtin());
  for (const FunctionDefinition* function : FunctionRegistry::Builtin()->All()) {
    EXPECT_THAT(functions, HasSubstr(StrCat("`", function->name, "("))) << function->name;
  }
  const std::string findings = DiagnosticReference();
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    const std::string anchor = StrCat("<a id=\"", CodeText(info.kind), "\">");
    const size_t first = findings.find(anchor);
    EXPECT_NE(first, std::string::npos) << info.name;
    EXPECT_EQ(findings.find(anchor, first + 1), std::string::npos) << info.name;
  }
  EXPECT_THAT(findings, Not(HasSubstr("{0}")));
}

TEST(ReferenceTest, ReplacesOnlyWhatIsBetweenTheComments) {
  EXPECT_EQ(ReplaceSection("a\n<!-- x: begin -->\nold\n<!-- x: end -->\nb\n", "x", "new\n"),
            "a\n<!-- x: begin -->\nnew\n<!-- x: end -->\nb\n");
  EXPECT_EQ(ReplaceSection("a\n<!-- x: begin -->\nold\n", "x", "new\n"), std::nullopt);
  EXPECT_EQ(ReplaceSection("<!-- x: end -->\n<!-- x: begin -->\n", "x", "new\n"), std::nullopt);
}

}  // namespace
}  // namespace pql
