// The formatter on trees that no source text stands behind, and its refusal to spoil a file.

#include "format/formatter.h"

#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/format/parse.h"

namespace pql {
namespace {

ExpressionPtr Name(const char* name) { return Expression::OfName(name); }
ExpressionPtr Number(double number) { return Expression::OfLiteral(Literal::Number(number)); }

template <typename... Operands>
ExpressionPtr Op(Operator op, Operands... operands) {
  std::vector<ExpressionPtr> children;
  (children.push_back(std::move(operands)), ...);
  return Expression::OfOperator(op, std::move(children));
}

TEST(FormatExpression, AddsTheParenthesesThatTheTreeNeeds) {
  const auto a = [] { return Name("a"); };
  const auto b = [] { return Name("b"); };
  const auto c = [] { return Name("c"); };
  const std::vector<std::pair<std::string, ExpressionPtr>> cases = [&] {
    using enum Operator;
    std::vector<std::pair<std::string, ExpressionPtr>> out;
    out.emplace_back("a - (b - c)", Op(kSubtract, a(), Op(kSubtract, b(), c())));
    out.emplace_back("a - b - c", Op(kSubtract, Op(kSubtract, a(), b()), c()));
    out.emplace_back("a * (b + c)", Op(kMultiply, a(), Op(kAdd, b(), c())));
    out.emplace_back("a / (b * c)", Op(kDivide, a(), Op(kMultiply, b(), c())));
    out.emplace_back("-(a + b)", Op(kNegate, Op(kAdd, a(), b())));
    out.emplace_back("-a * b", Op(kMultiply, Op(kNegate, a()), b()));
    out.emplace_back("a and (b or c)", Op(kAnd, a(), Op(kOr, b(), c())));
    out.emplace_back("a and b or c", Op(kOr, Op(kAnd, a(), b()), c()));
    out.emplace_back("(a or b) or c", Op(kOr, Op(kOr, a(), b()), c()));
    out.emplace_back("a and (b and c)", Op(kAnd, a(), Op(kAnd, b(), c())));
    out.emplace_back("not (a and b)", Op(kNot, Op(kAnd, a(), b())));
    out.emplace_back("not a == b", Op(kNot, Op(kEqual, a(), b())));
    out.emplace_back("(not a) == b", Op(kEqual, Op(kNot, a()), b()));
    out.emplace_back("(a > b) is missing", Op(kIsMissing, Op(kGreater, a(), b())));
    out.emplace_back("a == (b == c)", Op(kEqual, a(), Op(kEqual, b(), c())));
    out.emplace_back("a between (b and c) and c", Op(kBetween, a(), Op(kAnd, b(), c()), c()));
    out.emplace_back("(if a then b else c) + a", Op(kAdd, Op(kIf, a(), b(), c()), a()));
    out.emplace_back("if a then b else if b then c else a",
                     Op(kIf, a(), b(), Op(kIf, b(), c(), a())));
    out.emplace_back("a in (b or c, c)", Op(kIn, a(), Op(kOr, b(), c()), c()));
    out.emplace_back("(a in (b)) in (c)", Op(kIn, Op(kIn, a(), b()), c()));
    out.emplace_back("a within last b + c", Op(kWithinLast, a(), Op(kAdd, b(), c())));
    return out;
  }();
  for (const auto& [text, tree] : cases) EXPECT_EQ(FormatExpression(*tree), text);
}

TEST(FormatExpression, KeepsThoseThatSomeoneWroteAndNoMore) {
  ExpressionPtr sum = Op(Operator::kAdd, Name("a"), Number(5));
  sum->parenthesized = true;
  EXPECT_EQ(FormatExpression(*Op(Operator::kLess, std::move(sum), Number(7))), "(a + 5) < 7");
}

TEST(FormatExpression, NeverBreaksALine) {
  ExpressionPtr chain = Op(Operator::kAnd);
  std::string expected;
  for (int i = 0; i < 100; ++i) {
    chain->children.push_back(Name("a_long_name"));
    expected += i == 0 ? "a_long_name" : " and a_long_name";
  }
  EXPECT_EQ(FormatExpression(*chain), expected);
}

TEST(FormatExpression, WritesNegativeLiteralsAsOperandsThatReadBack) {
  EXPECT_EQ(FormatExpression(*Op(Operator::kSubtract, Name("a"), Number(-20000))), "a - -20_000");
  EXPECT_EQ(FormatExpression(*Number(-1)), "-1");
}

TEST(FormatDeclaration, WritesARuleMadeByAProgram) {
  RuleSyntax rule;
  rule.name.text = "team";
  rule.title = TextSyntax{"A \"team\"", {}};
  rule.stage = NameSyntax{"pql", {}};
  rule.when = Op(Operator::kGreaterOrEqual, Name("Messages Sent"), Number(20000));
  rule.keep_while = Op(Operator::kGreater, Name("Messages Sent"), Number(1500));
  EXPECT_EQ(FormatDeclaration({std::move(rule), {}}),
            "rule team {\n"
            "  title      \"A \\\"team\\\"\"\n"
            "  stage      pql\n"
            "  when       `Messages Sent` >= 20_000\n"
            "  keep while `Messages Sent` > 1500\n"
            "}\n");
}

TEST(FormatRuleFile, AnEmptyFileStaysEmpty) {
  EXPECT_EQ(Parse("").Formatted(), "");
  EXPECT_EQ(Parse(" \n\n").Formatted(), "");
  EXPECT_EQ(Parse("\xEF\xBB\xBF").Formatted(), "");
}

TEST(FormatRuleFile, LineEndsAndByteOrderMarkBecomeCanonical) {
  EXPECT_EQ(Parse("\xEF\xBB\xBFmetric a: number # one \t\r\n# two\r\nmetric b: bool").Formatted(),
            "metric a: number  # one\n# two\nmetric b: bool\n");
}

TEST(FormatChecked, RefusesWhatWouldChangeTheTreeOrLoseAComment) {
  const Parsed parsed = Parse("define a = 1 # why\n");
  ASSERT_EQ(parsed.errors, "");
  const auto with = [&](const char* text) {
    return FormatChecked(parsed.source(), parsed.file,
                         [text](const std::string&) { return ReparseForTest(text); });
  };
  EXPECT_TRUE(with("define a = 1 # why").ok());
  const auto changed = with("define a = 2 # why").status();
  EXPECT_EQ(changed.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(changed.message()), ::testing::StartsWith("test.pql: "));
  EXPECT_THAT(std::string(changed.message()), ::testing::HasSubstr("change its meaning"));
  EXPECT_THAT(std::string(with("define a = 1").status().message()),
              ::testing::HasSubstr("lose a comment"));
  EXPECT_THAT(std::string(with("define a = ").status().message()),
              ::testing::HasSubstr("break it"));
}

// A long chain and a deep tree take time that grows with their size only.
TEST(FormatRuleFile, FormatsALargeFileInOneGo) {
  std::string text = "define a = b";
  for (int i = 0; i < 20'000; ++i) text += "\n # note\n or messages > 10";
  const Parsed parsed = Parse(text);
  ASSERT_EQ(parsed.errors, "");
  const std::string formatted = parsed.Formatted();
  EXPECT_EQ(std::count(formatted.begin(), formatted.end(), '#'), 20'000);
}

}  // namespace
}  // namespace pql
