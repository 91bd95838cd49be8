#include "lint/linter.h"

#include <string>

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/lint/lint_text.h"

namespace pql {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kNobodyToAsk =
    "metric messages: number default 0 kind product\n"
    "rule busy {\n  title \"Busy\"\n  when messages >= 2_000\n}\n"
    "test \"busy\" {\n  given messages = 2_000\n  expect busy\n}\n";

std::vector<std::string> Names(const LintResult& result) {
  std::vector<std::string> names;
  for (const Diagnostic& diagnostic : result.diagnostics) {
    names.emplace_back(diagnostic.info().name);
  }
  return names;
}

TEST(LinterTest, WhatIsAllowedByTheCallerIsLeftOut) {
  EXPECT_THAT(Names(LintText(kNobodyToAsk).lint), ElementsAre("missing-owner"));
  LintOptions options;
  options.allowed = {DiagnosticKind::kMissingOwner};
  EXPECT_THAT(Names(LintText(kNobodyToAsk, options).lint), IsEmpty());
  // An `allow` in the file is then no leftover: nobody looked.
  const std::string noted =
      StrCat(kNobodyToAsk, ">>> .pqllint\nallow missing-owner because growth is being split\n");
  EXPECT_THAT(Names(LintText(noted, options).lint), IsEmpty());
}

TEST(LinterTest, WithoutAClockNobodyKnowsWhatIsOver) {
  const std::string text = StrCat(
      kNobodyToAsk, "# lint: allow expired-rule, missing-owner because it is told in a talk\n",
      "rule spring {\n  title \"Spring\"\n  active until 2021-01-01\n  when messages > 1\n}\n",
      "test \"spring\" {\n  at 2021-01-01\n  expect not spring\n}\n");
  CompileResult compiled = CompileRuleSet("x", SplitSources(text));
  ASSERT_TRUE(compiled.ok());
  EXPECT_THAT(Names(Lint(*compiled.rule_set)), ElementsAre("missing-owner"));
}

TEST(LinterTest, CountsWhatIsTooMuch) {
  std::string text = "metric messages: number default 0 kind product\n";
  for (int i = 0; i < 10; ++i) StrAppend(&text, "rule r", i, " { when messages > ", i, " }\n");
  LintOptions options;
  options.max_diagnostics = 7;
  const LintResult result = LintText(text, options).lint;
  EXPECT_THAT(result.diagnostics, SizeIs(7));
  options.max_diagnostics = 1'000;
  EXPECT_EQ(LintText(text, options).lint.diagnostics.size(), 7 + result.dropped);
}

TEST(LinterTest, FindingsAreInOrderOfFileAndPlace) {
  const LintResult result =
      LintText("# TODO\nmetric B: number\nmetric A: number\n# TODO\nrule R { when A > 2.000 }\n")
          .lint;
  EXPECT_GT(result.diagnostics.size(), 6u);
  for (size_t i = 1; i < result.diagnostics.size(); ++i) {
    EXPECT_LE(result.diagnostics[i - 1].range, result.diagnostics[i].range);
  }
}

TEST(LinterTest, ErrorsComeFirst) {
  CompileResult wrong = CompileRuleSet("x", {{"a.pql", "# TODO\nrule r { when nonsense > 1 }\n"}});
  AddLintFindings({}, &wrong);
  EXPECT_THAT(wrong.diagnostics, SizeIs(1));
  CompileResult fine = CompileRuleSet("x", {{"a.pql", "# TODO\n"}});
  AddLintFindings({}, &fine);
  EXPECT_THAT(fine.diagnostics, SizeIs(1));
  EXPECT_TRUE(fine.ok());
}

// `allow` reads what it is given, whatever that is.
TEST(LinterTest, OddInstructionsAreFindingsAndNoTrouble) {
  const std::string many(20'000, '#');
  for (const std::string& comment : {std::string("# lint:"), std::string("#lint: allow"),
                                     std::string("# lint: allow ,,, because x"),
                                     std::string("# lint: allow because because because"),
                                     std::string("# lint: allow \xFF because x"),
                                     StrCat("# lint: allow ", many, " because x")}) {
    for (const std::string& tail : {std::string(), std::string("\n"), std::string("\r\n")}) {
      const CompileResult compiled = CompileRuleSet("x", {{"a.pql", StrCat(comment, tail)}});
      if (compiled.ok()) Lint(*compiled.rule_set);
      const CompileResult config =
          CompileRuleSet("x", {{".pqllint", StrCat(comment.substr(1), tail)}});
      EXPECT_FALSE(Lint(*config.rule_set).diagnostics.empty()) << comment;
    }
  }
}

}  // namespace
}  // namespace pql
