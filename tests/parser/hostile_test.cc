// Rows 1 to 7 of the table of hostile input: limits, nesting, encoding, literals out of range.
// Every case runs on a small stack.

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>

#include "base/strings.h"
#include "gtest/gtest.h"
#include "parser/deep_stack.h"
#include "tests/parser/parse_text.h"

namespace pql {
namespace {

#ifdef PQL_SANITIZED
constexpr size_t kSmallStack = 1 << 20;  // frames are several times as large
#else
constexpr size_t kSmallStack = 256 << 10;
#endif

std::string Repeat(std::string_view text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

Parsed ParseOnSmallStack(const std::string& text, const ParseLimits& limits = {}) {
  Parsed parsed;
  EXPECT_TRUE(RunWithStack(kSmallStack, [&] { parsed = ParseText(text, limits); }));
  return parsed;
}

void ExpectOnly(const std::string& text, DiagnosticKind kind) {
  const Parsed parsed = ParseOnSmallStack(text);
  ASSERT_EQ(parsed.findings.size(), 1u) << text.substr(0, 60) << "\n" << parsed.Render();
  EXPECT_EQ(parsed.findings[0].kind, kind) << parsed.Render();
}

TEST(HostileTest, TextsOverALimitAreRejectedAtOnce) {
  ParseLimits limits;
  limits.max_bytes = 100;
  const Parsed large = ParseText(Repeat("# comment\n", 20), limits);
  ASSERT_EQ(large.findings.size(), 1u);
  EXPECT_EQ(large.findings[0].Message(), "the text has 200 bytes; the limit is 100");

  limits = {};
  limits.max_tokens = 10;
  const Parsed many = ParseText("define d = " + Repeat("1 + ", 20), limits);
  ASSERT_EQ(many.findings.size(), 1u);
  EXPECT_EQ(many.findings[0].Message(), "the text has more than 10 words and signs");
  EXPECT_TRUE(many.file.declarations.empty());
  // As many as the limit are fine.
  EXPECT_TRUE(
      ParseText("define d = 1 + 1 + 1 + 1 # comments do not count", limits).findings.empty());
}

TEST(HostileTest, DeepNestingIsAFinding) {
  for (const std::string_view opening : {"(", "[", "not ", "-", "if ", "f(", "if a then b else ",
                                         "(not ", "at least 1 of (", "x in ("}) {
    for (const std::string_view closing : {"", "a"}) {
      ExpectOnly(StrCat("define d = ", Repeat(opening, 10'000), closing),
                 closing.empty() && opening == "not " ? DiagnosticKind::kExpectedValue
                 : closing.empty() && opening == "-"  ? DiagnosticKind::kExpectedValue
                                                      : DiagnosticKind::kNestedTooDeeply);
    }
  }
  ExpectOnly(StrCat("define d = ", Repeat("(", 10'000), "a", Repeat(")", 10'000)),
             DiagnosticKind::kNestedTooDeeply);
}

TEST(HostileTest, TheLimitOfNestingIsExact) {
  const auto nested = [](std::string_view opening, int times, std::string_view closing) {
    return StrCat("define d = ", Repeat(opening, times), "a", Repeat(closing, times), "\n");
  };
  // The operand is a level of its own.
  for (const auto& [opening, closing] :
       {std::pair{"(", ")"}, {"not ", ""}, {"-", ""}, {"f(", ")"}}) {
    EXPECT_TRUE(ParseOnSmallStack(nested(opening, 255, closing)).findings.empty()) << opening;
    ExpectOnly(nested(opening, 256, closing), DiagnosticKind::kNestedTooDeeply);
  }
}

TEST(HostileTest, LongChainsOfConditionsAreFine) {
  std::string text = "define d = a";
  for (int i = 0; i < 10'000; ++i) StrAppend(&text, i % 3 == 0 ? " or " : " and ", "a > ", i);
  const Parsed parsed = ParseOnSmallStack(text);
  EXPECT_TRUE(parsed.findings.empty()) << parsed.Render();
  ExpectOnly("define d = a" + Repeat(" + a", 10'000), DiagnosticKind::kNestedTooDeeply);
  ExpectOnly("define d = a" + Repeat(" * a", 10'000), DiagnosticKind::kNestedTooDeeply);
  EXPECT_TRUE(ParseOnSmallStack("define d = a" + Repeat(" + a", 255)).findings.empty());
}

size_t CountNodes(const Parsed& parsed) {
  size_t count = 0;
  for (const Declaration& declaration : parsed.file.declarations) {
    ForEachRoot(declaration, [&](const Expression& root) {
      WalkExpression(root, [&](const Expression&) { ++count; });
    });
  }
  return count;
}

size_t FindingBytes(const Parsed& parsed) {
  size_t bytes = 0;
  for (const Diagnostic& finding : parsed.findings) {
    bytes += finding.Message().size();
    if (!finding.fix.has_value()) continue;
    bytes += finding.fix->title.size();
    for (const TextEdit& edit : finding.fix->edits) bytes += edit.replacement.size();
  }
  return bytes;
}

// Habits whose right form says an operand more than once: of nested ones, every level would double
// the tree below it.
TEST(HostileTest, WhatTheRightFormRepeatsStaysSmall) {
  const struct {
    std::string opening;
    std::string closing;
    DiagnosticKind kind;
  } kForms[] = {
      {"1 < (", ") < 5", DiagnosticKind::kChainedComparison},
      {"1 < (", ") < 5 < 9", DiagnosticKind::kChainedComparison},
      {"(", ") contains \"a\" contains \"b\"", DiagnosticKind::kChainedComparison},
      {"(", ") contains any of (\"a\", \"b\")", DiagnosticKind::kContainsAnyOf},
      {"(", ") contains all of [\"a\", \"b\", \"c\"]", DiagnosticKind::kContainsAnyOf},
      {"(", ") contains any of (\"a\", \"b\") contains any of (\"a\", \"b\")",
       DiagnosticKind::kChainedComparison},
  };
  for (const auto& form : kForms) {
    for (const int levels : {40, 120, 250}) {
      SCOPED_TRACE(StrCat(levels, " levels of ", form.opening, form.closing));
      const std::string text =
          StrCat("define d = ", Repeat(form.opening, levels), "x", Repeat(form.closing, levels));
      const Parsed parsed = ParseOnSmallStack(text);
      ASSERT_FALSE(parsed.findings.empty());
      EXPECT_TRUE(std::any_of(parsed.findings.begin(), parsed.findings.end(),
                              [&](const Diagnostic& each) { return each.kind == form.kind; }));
      EXPECT_LT(CountNodes(parsed), 20'000u);
    }
    // Two or three levels are all there, to be checked.
    const Parsed parsed = ParseOnSmallStack(
        StrCat("define d = ", Repeat(form.opening, 3), "x", Repeat(form.closing, 3)));
    EXPECT_EQ(parsed.Dump().find("error"), std::string::npos) << parsed.Dump();
  }
}

TEST(HostileTest, WhatTheRightFormRepeatsOftenStaysSmall) {
  const std::string members = "(1" + Repeat(", 1", 100'000) + ")";
  const std::string texts[] = {
      StrCat("define d = (x", Repeat(" and x", 100'000), ") contains any of ", members),
      StrCat("define d = \"", std::string(1'000'000, 'x'), "\" contains any of ", members),
      StrCat("define d = (x # ", std::string(1'000'000, 'x'), "\n) contains any of ", members),
      StrCat("define d = (x", Repeat(" and x", 100'000), ")", Repeat(" contains 1", 100'000)),
      StrCat("define d = ", Repeat("1 < (", 100), "x", Repeat(" and x", 100'000),
             Repeat(") < 5", 100)),
      StrCat("define d = ", Repeat("AND(x, ", 200), "x", Repeat(" and x", 100'000),
             Repeat(")", 200)),
  };
  for (const std::string& text : texts) {
    const Parsed parsed = ParseOnSmallStack(text);
    EXPECT_FALSE(parsed.findings.empty());
    EXPECT_LT(CountNodes(parsed), 2 * text.size()) << text.substr(0, 60);
    EXPECT_LT(FindingBytes(parsed), 40'000'000u) << text.substr(0, 60);
  }
  // A list of everyday size is repeated as it is, however long the names.
  const Parsed usual = ParseOnSmallStack(StrCat("define d = ", std::string(100, 'x'),
                                                " contains any of (1", Repeat(", 1", 2'000), ")"));
  ASSERT_EQ(usual.findings.size(), 1u);
  EXPECT_TRUE(usual.findings[0].fix.has_value());
  EXPECT_EQ(CountNodes(usual), 3u * 2'001 + 1);
}

TEST(HostileTest, TenThousandErrorsGiveFiftyFindings) {
  for (const std::string& text :
       {Repeat("define d = a b\n", 10'000), "rule r {\n" + Repeat("owner a b\n", 10'000) + "}",
        "rule r {\n when a\n" + Repeat("wen a\n", 10'000) + "}", Repeat(")\n", 10'000),
        Repeat("rule\n", 10'000), Repeat("metric x\n", 10'000), Repeat("rule r { when a\n", 10'000),
        "define d = a in (" + Repeat("\"a\" ", 10'000) + ")", Repeat("}", 10'000),
        Repeat("test \"t\" { expect\n", 10'000)}) {
    const auto begin = std::chrono::steady_clock::now();
    const Parsed parsed = ParseOnSmallStack(text);
    const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - begin;
    EXPECT_GE(parsed.findings.size(), 1u);
    EXPECT_LE(parsed.findings.size(), 50u);
    EXPECT_LT(seconds.count(), 20) << text.substr(0, 40);  // minutes, were it not linear
  }
}

TEST(HostileTest, InvalidUtf8IsLocated) {
  const struct {
    std::string bytes;
    int at;
  } kCases[] = {{"a\xff", 1},          {"ab\xe2\x82", 2},       {"\xc0\xaf", 0},
                {"a \xed\xa0\x80", 2}, {"\xf4\x90\x80\x80", 0}, {"\x80", 0}};
  for (const auto& each : kCases) {
    const Parsed parsed = ParseOnSmallStack(each.bytes);
    ASSERT_EQ(parsed.findings.size(), 1u);
    EXPECT_EQ(parsed.findings[0].Message(), StrCat("byte ", each.at, " is not valid UTF-8"));
    EXPECT_EQ(parsed.findings[0].range.begin, static_cast<uint32_t>(each.at));
  }
}

TEST(HostileTest, HiddenCharactersAreLocated) {
  const struct {
    std::string character;
    DiagnosticKind kind;
    std::string described;
  } kCases[] = {
      {std::string(1, '\0'), DiagnosticKind::kInvisibleCharacter, "U+0000"},
      {"\u00a0", DiagnosticKind::kInvisibleCharacter, "U+00A0 NO-BREAK SPACE"},
      {"\ufeff", DiagnosticKind::kInvisibleCharacter, "U+FEFF ZERO WIDTH NO-BREAK SPACE"},
      {"\u200b", DiagnosticKind::kInvisibleCharacter, "U+200B ZERO WIDTH SPACE"},
      {"\u202e", DiagnosticKind::kBidiControl, "U+202E RIGHT-TO-LEFT OVERRIDE"},
      {"\u2066", DiagnosticKind::kBidiControl, "U+2066 LEFT-TO-RIGHT ISOLATE"},
  };
  for (const auto& each : kCases) {
    const Parsed parsed = ParseOnSmallStack("define d = a" + each.character + " > 3\n");
    ASSERT_EQ(parsed.findings.size(), 1u) << each.described << parsed.Render();
    EXPECT_EQ(parsed.findings[0].kind, each.kind);
    EXPECT_EQ(parsed.findings[0].range.begin, 12u);
    EXPECT_NE(parsed.findings[0].Message().find(each.described), std::string::npos)
        << parsed.findings[0].Message();
    EXPECT_EQ(parsed.Dump(), "define d = (> a 3)\n");
    // Inside a string and a comment they are lint's business.
    const Parsed inside = ParseText("define d = \"" + each.character + "\" # " + each.character);
    EXPECT_TRUE(inside.findings.empty()) << each.described << inside.Render();
  }
  EXPECT_TRUE(ParseText("\ufeff"
                        "define d = a\n")
                  .findings.empty())
      << "a leading BOM is accepted";
}

TEST(HostileTest, LiteralsOutOfRangeAreFindings) {
  ExpectOnly("define d = " + std::string(400, '9'), DiagnosticKind::kNumberOutOfRange);
  ExpectOnly("define d = " + std::string(400, '9') + "%", DiagnosticKind::kNumberOutOfRange);
  ExpectOnly("define d = " + std::string(305, '9') + "TB", DiagnosticKind::kNumberOutOfRange);
  ExpectOnly("define d = 1e999", DiagnosticKind::kNumberOutOfRange);
  ExpectOnly("define d = 99999999999w", DiagnosticKind::kDurationOutOfRange);
  ExpectOnly("define d = 99999999999999999999999999s", DiagnosticKind::kDurationOutOfRange);
  ExpectOnly("define d = 99999-01-01", DiagnosticKind::kTimestampOutOfRange);
  ExpectOnly("define d = 0000-01-01", DiagnosticKind::kTimestampOutOfRange);
  ExpectOnly("define d = 2026-02-30", DiagnosticKind::kMalformedTimestamp);
  ExpectOnly("define d = \"\\u{110000}\"", DiagnosticKind::kBadCodePoint);
  ExpectOnly("define d = \"\\u{D800}\"", DiagnosticKind::kBadCodePoint);
  ExpectOnly("define d = \"\\u{FFFFFFFFFFFFFFFFFFFF}\"", DiagnosticKind::kBadCodePoint);
}

TEST(HostileTest, ConditionsHaveTheSameLimits) {
  SourceSet sources;
  const FileId file = sources.AddFile("<condition>", Repeat("(", 10'000));
  const FileId empty = sources.AddFile("<condition>", "");
  const FileId invalid = sources.AddFile("<condition>", "\xff");
  for (const FileId id : {file, empty, invalid}) {
    DiagnosticSink sink;
    ExpressionPtr condition;
    ASSERT_TRUE(RunWithStack(
        kSmallStack, [&] { condition = PqlFrontend().ParseCondition(sources, id, {}, &sink); }));
    ASSERT_NE(condition, nullptr);
    EXPECT_EQ(condition->kind, Expression::Kind::kError);
    EXPECT_EQ(sink.error_count(), 1u);
  }
}

}  // namespace
}  // namespace pql
