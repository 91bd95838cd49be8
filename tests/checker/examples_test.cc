// The examples of the diagnostics that the checker makes: the wrong one of each row has exactly
// that one finding, the right one has none.

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/checker/check_text.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

bool IsOfTheChecker(const DiagnosticInfo& info) { return 1200 <= info.code && info.code < 1500; }

CheckLimits LimitsFor(const DiagnosticInfo& info) {
  CheckLimits limits;
  if (info.kind == DiagnosticKind::kTooManyRules) limits.max_rules = 1;
  return limits;
}

TEST(ExamplesTest, TheWrongExampleHasThatOneFinding) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (!IsOfTheChecker(info)) continue;
    const Checked checked = CheckText(info.wrong, LimitsFor(info));
    EXPECT_THAT(checked.Names(), ElementsAre(std::string(info.name)))
        << info.wrong << checked.Render();
  }
}

TEST(ExamplesTest, TheRightExampleHasNone) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (!IsOfTheChecker(info)) continue;
    const Checked checked = CheckText(info.right, LimitsFor(info));
    EXPECT_THAT(checked.Names(), IsEmpty()) << info.right << checked.Render();
  }
}

}  // namespace
}  // namespace pql
