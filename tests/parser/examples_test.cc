// The examples in the table of diagnostics: the wrong one gets exactly its finding, the right one
// none.

#include <string>

#include "gtest/gtest.h"
#include "tests/parser/parse_text.h"

namespace pql {
namespace {

bool IsOfTheParser(const DiagnosticInfo& info) { return info.code < 1200; }
// Of the size and encoding of a whole file; their examples are described, not shown.
bool IsOfTheText(const DiagnosticInfo& info) { return info.code < 1004; }

TEST(ExamplesTest, WrongOnesGetTheirFindingAndRightOnesNone) {
  int tested = 0;
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (!IsOfTheParser(info)) continue;
    const Parsed right = ParseText(std::string(info.right));
    EXPECT_TRUE(right.findings.empty()) << info.name << "\n" << right.Render();
    if (IsOfTheText(info)) continue;
    const Parsed wrong = ParseText(std::string(info.wrong));
    ASSERT_EQ(wrong.findings.size(), 1u) << info.name << "\n" << info.wrong << wrong.Render();
    EXPECT_EQ(wrong.findings[0].kind, info.kind) << info.name << "\n" << wrong.Render();
    ++tested;
  }
  EXPECT_GT(tested, 60);
}

TEST(ExamplesTest, TheRightExampleIsWhatTheFixMakesOfTheWrongOne) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (!IsOfTheParser(info) || IsOfTheText(info)) continue;
    const Parsed wrong = ParseText(std::string(info.wrong));
    if (wrong.findings.size() != 1 || !wrong.findings[0].fix.has_value() ||
        !wrong.findings[0].fix->safe) {
      continue;
    }
    const Parsed fixed = ParseText(ApplyEdits(info.wrong, wrong.findings[0].fix->edits));
    EXPECT_TRUE(fixed.findings.empty()) << info.name << "\n" << fixed.Render();
    EXPECT_EQ(fixed.Dump(), ParseText(std::string(info.right)).Dump()) << info.name;
  }
}

}  // namespace
}  // namespace pql
