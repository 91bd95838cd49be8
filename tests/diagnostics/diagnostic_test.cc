#include "diagnostics/diagnostic.h"

#include <string>
#include <vector>

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

DiagnosticKind FirstOf(Severity severity) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (info.severity == severity) return info.kind;
  }
  ADD_FAILURE() << "no finding of severity " << SeverityName(severity);
  return {};
}

DiagnosticKind AnError() { return FirstOf(Severity::kError); }

// An argument for every slot that a message may have.
std::vector<DiagnosticArgument> ManyArguments() {
  std::vector<DiagnosticArgument> arguments;
  for (int i = 0; i < 10; ++i) arguments.emplace_back(StrCat("<argument ", i, " {0}>"));
  return arguments;
}

TEST(DiagnosticTest, ArgumentsFillTheMessage) {
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    const Diagnostic diagnostic{.kind = info.kind, .arguments = ManyArguments()};
    std::string expected(info.message);
    // From the last to the first, so that `{0}` of an argument is never looked at.
    for (size_t i = expected.size(); i-- > 0;) {
      if (i + 2 < expected.size() && expected[i] == '{' && expected[i + 2] == '}') {
        expected.replace(i, 3, diagnostic.arguments[expected[i + 1] - '0'].text());
      }
    }
    EXPECT_EQ(diagnostic.Message(), expected);
  }
}

TEST(DiagnosticTest, TheHintFollowsTheMessage) {
  const Diagnostic diagnostic{
      .kind = AnError(), .arguments = ManyArguments(), .hint = "did you mean `messages`?"};
  EXPECT_EQ(diagnostic.Message(), diagnostic.MessageWithoutHint() + "; did you mean `messages`?");
  EXPECT_THAT(diagnostic.MessageWithoutHint(), Not(HasSubstr("did you mean")));
}

TEST(DiagnosticTest, ArgumentsAreTextOrNumbersWithoutExponent) {
  EXPECT_EQ(DiagnosticArgument("text").text(), "text");
  EXPECT_EQ(DiagnosticArgument(std::string("text")).text(), "text");
  EXPECT_EQ(DiagnosticArgument(std::string_view("text")).text(), "text");
  EXPECT_EQ(DiagnosticArgument(1e15).text(), "1000000000000000");
  EXPECT_EQ(DiagnosticArgument(0.2).text(), "0.2");
  EXPECT_EQ(DiagnosticArgument(-3).text(), "-3");
  EXPECT_EQ(DiagnosticArgument(size_t{1} << 40).text(), "1099511627776");
}

TEST(DiagnosticSinkTest, StartsEmpty) {
  DiagnosticSink sink;
  EXPECT_FALSE(sink.has_errors());
  EXPECT_EQ(sink.dropped(), 0);
  EXPECT_THAT(sink.Take(), IsEmpty());
}

TEST(DiagnosticSinkTest, HandsOutFindingsByFileAndPlace) {
  DiagnosticSink sink;
  sink.Add(AnError(), {1, 0, 5}, ManyArguments());
  sink.Add(AnError(), {0, 7, 9}, ManyArguments()).hint = "second";
  sink.Add(AnError(), {0, 2, 3}, ManyArguments());
  EXPECT_EQ(sink.error_count(), 3);
  const std::vector<Diagnostic> taken = sink.Take();
  ASSERT_EQ(taken.size(), 3);
  EXPECT_EQ(taken[0].range, (SourceRange{0, 2, 3}));
  EXPECT_EQ(taken[1].range, (SourceRange{0, 7, 9}));
  EXPECT_EQ(taken[1].hint, "second");
  EXPECT_EQ(taken[2].range, (SourceRange{1, 0, 5}));
  EXPECT_FALSE(sink.has_errors()) << "as new";
  EXPECT_THAT(sink.diagnostics(), IsEmpty());
}

TEST(DiagnosticSinkTest, ARepetitionIsDroppedAndNotCounted) {
  DiagnosticSink sink;
  sink.Add(AnError(), {0, 2, 3}, {"first"}).hint = "kept";
  sink.Add(AnError(), {0, 2, 3}, {"again"}).hint = "lost";
  sink.Add(AnError(), {0, 2, 4}, {"another range"});
  EXPECT_EQ(sink.error_count(), 2);
  EXPECT_EQ(sink.dropped(), 0);
  const std::vector<Diagnostic> taken = sink.Take();
  ASSERT_EQ(taken.size(), 2);
  EXPECT_EQ(taken[0].hint, "kept");
}

TEST(DiagnosticSinkTest, KeepsUpToTheBoundAndCountsTheRest) {
  DiagnosticSink sink(3);
  for (uint32_t i = 0; i < 10'000; ++i) {
    sink.Add(AnError(), {0, i, i + 1}, ManyArguments()).fix = Fix{"write `==`", {}, true};
  }
  EXPECT_EQ(sink.diagnostics().size(), 3);
  EXPECT_EQ(sink.dropped(), 9'997);
  EXPECT_EQ(sink.error_count(), 10'000) << "those dropped included";
}

TEST(DiagnosticSinkTest, AddsWholeFindings) {
  DiagnosticSink sink(1);
  Diagnostic diagnostic{.kind = AnError(), .range = {0, 4, 5}, .arguments = {"a", "b"}};
  diagnostic.hint = "hint";
  diagnostic.related = {{{0, 1, 2}, "declared here"}};
  diagnostic.fix = Fix{"write `==`", {{{0, 4, 5}, "=="}}, false};
  sink.Add(diagnostic);
  diagnostic.range.begin = 3;
  sink.Add(diagnostic);
  EXPECT_EQ(sink.dropped(), 1);
  const std::vector<Diagnostic> taken = sink.Take();
  ASSERT_EQ(taken.size(), 1);
  EXPECT_EQ(taken[0].arguments.size(), 2);
  EXPECT_EQ(taken[0].hint, "hint");
  EXPECT_EQ(taken[0].related.at(0).message, "declared here");
  EXPECT_EQ(taken[0].fix->edits.at(0).replacement, "==");
}

TEST(ApplyEditsTest, ReplacesInsertsAndDeletes) {
  const std::string text = "a = 5 and b";
  EXPECT_EQ(ApplyEdits(text, {}), text);
  EXPECT_EQ(ApplyEdits(text, {{{0, 2, 3}, "=="}}), "a == 5 and b");
  EXPECT_EQ(ApplyEdits(text, {{{0, 5, 9}, ""}}), "a = 5 b");
  EXPECT_EQ(ApplyEdits(text, {{{0, 0, 0}, "("}, {{0, 5, 5}, ")"}}), "(a = 5) and b");
  EXPECT_EQ(ApplyEdits(text, {{{0, 10, 11}, "c"}, {{0, 2, 3}, "!="}}), "a != 5 and c")
      << "in any order";
  EXPECT_EQ(ApplyEdits(text, {{{0, 11, 11}, "1"}, {{0, 11, 11}, "2"}}), "a = 5 and b12")
      << "insertions at one place keep their order";
  EXPECT_EQ(ApplyEdits("", {{{0, 0, 0}, "new"}}), "new");
}

}  // namespace
}  // namespace pql
