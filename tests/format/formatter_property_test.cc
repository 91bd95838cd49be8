// What the formatter promises, on random programs written in random ways.

#include <algorithm>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "base/strings.h"
#include "format/comment_placement.h"
#include "format/formatter.h"
#include "gtest/gtest.h"
#include "tests/format/parse.h"
#include "tests/testing/random.h"
#include "tests/testing/random_syntax.h"

namespace pql {
namespace {

constexpr int kPrograms = 2'500;
constexpr int kExpressions = 20'000;

std::string FormatAll(const RuleFile& file) {
  std::string text;
  for (const Declaration& declaration : file.declarations) text += FormatDeclaration(declaration);
  return text;
}

std::vector<std::string> CommentsOf(const RuleFile& file) {
  std::vector<std::string> texts;
  for (const Comment& comment : file.comments) texts.emplace_back(TrimComment(comment.text));
  return texts;
}

// LF only, one at the end, no space in front of it, no two empty lines in a row.
void CheckCleanliness(const std::string& text) {
  EXPECT_EQ(text.find('\r'), std::string::npos);
  EXPECT_EQ(text.find(" \n"), std::string::npos);
  EXPECT_EQ(text.find("\n\n\n"), std::string::npos);
  EXPECT_FALSE(text.starts_with('\n'));
  EXPECT_FALSE(text.starts_with("\xEF\xBB\xBF"));
  EXPECT_TRUE(text.empty() || text.ends_with('\n'));
  EXPECT_FALSE(text.ends_with("\n\n"));
}

// Formats `text` and checks the result against the program that it was written from.
void CheckFormatted(const RuleFile& program, const std::string& text,
                    const std::vector<std::string>& comments, bool in_order) {
  const Parsed parsed = Parse(text);
  ASSERT_EQ(parsed.errors, "") << text;
  ASSERT_TRUE(SameRuleFile(program, parsed.file))
      << text << "\nexpected " << DumpRuleFile(program) << "\ngot " << DumpRuleFile(parsed.file);
  const auto checked = FormatChecked(parsed.source(), parsed.file, ReparseForTest);
  ASSERT_TRUE(checked.ok()) << checked.status() << "\n" << text << "\n=>\n" << parsed.Formatted();

  const Parsed again = Parse(*checked);
  std::vector<std::string> kept = CommentsOf(again.file);
  std::vector<std::string> expected = comments;
  if (!in_order) {
    std::sort(kept.begin(), kept.end());
    std::sort(expected.begin(), expected.end());
  }
  EXPECT_EQ(kept, expected) << text << "\n=>\n" << *checked;
  EXPECT_EQ(again.Formatted(), *checked) << text;
  CheckCleanliness(*checked);
}

TEST(FormatterProperty, KeepsRandomProgramsAndTheirComments) {
  const uint64_t seed = testing::TestSeed();
  const int cases = kPrograms * testing::CasesFactor();
  for (int i = 0; i < cases && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(StrCat("PQL_SEED=", seed + static_cast<uint64_t>(i)));
    testing::RandomSyntax random(seed + static_cast<uint64_t>(i));
    const RuleFile program = random.RandomRuleFile(1 + i % 5);
    const std::string canonical = FormatAll(program);
    CheckFormatted(program, canonical, {}, true);

    std::vector<std::string> comments;
    const std::string disturbed = random.Disturb(canonical, &comments);
    CheckFormatted(program, (i % 10 == 0 ? "\xEF\xBB\xBF" : "") + disturbed, comments, true);

    std::string shuffled;
    std::vector<std::string> moved;
    for (const Declaration& declaration : program.declarations) {
      shuffled +=
          random.Disturb(random.ShuffleClauses(FormatDeclaration(declaration)), &moved) + "\n";
    }
    CheckFormatted(program, shuffled, moved, false);
  }
  std::cout << cases << " programs from seed " << seed << "\n";
}

TEST(FormatterProperty, ExpressionsReadBackAsTheSameTreeFromOneLine) {
  const uint64_t seed = testing::TestSeed();
  const int cases = kExpressions * testing::CasesFactor();
  for (int i = 0; i < cases && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(StrCat("PQL_SEED=", seed + static_cast<uint64_t>(i)));
    testing::RandomSyntax random(seed + static_cast<uint64_t>(i));
    const ExpressionPtr expression = random.RandomExpression(1 + i % 7);
    const std::string text = FormatExpression(*expression);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    SourceSet sources;
    DiagnosticSink sink;
    const FileId file = sources.AddFile("<condition>", text);
    const ExpressionPtr again = PqlFrontend().ParseCondition(sources, file, ParseLimits{}, &sink);
    EXPECT_FALSE(sink.has_errors()) << text;
    EXPECT_TRUE(SameExpression(*expression, *again)) << text << "\n"
                                                     << DumpExpression(*expression) << "\n"
                                                     << DumpExpression(*again);
    EXPECT_EQ(FormatExpression(*again), text);
  }
  std::cout << cases << " expressions from seed " << seed << "\n";
}

}  // namespace
}  // namespace pql
