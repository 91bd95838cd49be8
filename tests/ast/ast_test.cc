#include <string>
#include <utility>
#include <vector>

#include "ast/expression.h"
#include "ast/rule_file.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

ExpressionPtr Name(std::string name) { return Expression::OfName(std::move(name)); }

ExpressionPtr Compare(Operator op, std::string name, double number) {
  std::vector<ExpressionPtr> operands;
  operands.push_back(Name(std::move(name)));
  operands.push_back(Expression::OfLiteral(Literal::Number(number)));
  return Expression::OfOperator(op, std::move(operands));
}

TEST(ExpressionTest, SpellingsRangesAndParenthesesDoNotCount) {
  ExpressionPtr a = Compare(Operator::kGreater, "messages", 2000);
  ExpressionPtr b = a->Clone();
  b->parenthesized = true;
  b->range = {0, 5, 9};
  b->children[1]->literal.spelling = "2_000";
  EXPECT_TRUE(SameExpression(*a, *b));
  b->children[1]->literal.number = 2001;
  EXPECT_FALSE(SameExpression(*a, *b));
  EXPECT_FALSE(SameExpression(*a, *Compare(Operator::kLess, "messages", 2000)));
  EXPECT_FALSE(SameExpression(*a, *Compare(Operator::kGreater, "channels", 2000)));
  EXPECT_FALSE(SameExpression(*a, *Name("messages")));
  EXPECT_TRUE(SameExpression(*Expression::Error({}), *Expression::Error({0, 1, 2})));
}

TEST(ExpressionTest, CountOfAtLeastCounts) {
  ExpressionPtr a = Expression::OfOperator(Operator::kAtLeast, {});
  ExpressionPtr b = a->Clone();
  a->count = 2;
  b->count = 3;
  EXPECT_FALSE(SameExpression(*a, *b));
}

TEST(ExpressionTest, CloneIsDeepAndComplete) {
  ExpressionPtr a = Compare(Operator::kGreater, "messages", 2000);
  a->operator_range = {0, 3, 4};
  ExpressionPtr b = a->Clone();
  EXPECT_EQ(DumpExpression(*a), DumpExpression(*b));
  EXPECT_EQ(b->operator_range, a->operator_range);
  b->children[0]->name = "channels";
  EXPECT_EQ(DumpExpression(*a), "(> messages 2000)");
}

TEST(ExpressionTest, WalksParentsFirst) {
  const ExpressionPtr root = Compare(Operator::kGreater, "messages", 2000);
  std::vector<Expression::Kind> kinds;
  WalkExpression(std::as_const(*root), [&](const Expression& node) { kinds.push_back(node.kind); });
  EXPECT_EQ(kinds,
            (std::vector<Expression::Kind>{Expression::Kind::kOperator, Expression::Kind::kName,
                                           Expression::Kind::kLiteral}));
}

TEST(LiteralTest, KindAndValueCount) {
  EXPECT_EQ(Literal::Number(0.2), Literal::Number(0.2));
  Literal percent = Literal::Number(0.2);
  percent.kind = Literal::Kind::kPercent;
  EXPECT_FALSE(percent == Literal::Number(0.2));
  EXPECT_FALSE(Literal::Duration(5) == Literal::Timestamp(5));
  EXPECT_FALSE(Literal::String("a") == Literal::String("b"));
  EXPECT_EQ(Literal::Bool(true), Literal::Bool(true));
  Literal list;
  list.kind = Literal::Kind::kList;
  Literal longer = list;
  longer.elements.push_back(Literal::Number(1));
  EXPECT_FALSE(list == longer);
}

TEST(QuoteTest, NamesGetBackticksOnlyWhereTheyNeedThem) {
  EXPECT_EQ(QuoteName("messages"), "messages");
  EXPECT_EQ(QuoteName("usage.messages"), "usage.messages");
  EXPECT_EQ(QuoteName("größe"), "größe");
  EXPECT_EQ(QuoteName("Messages Sent"), "`Messages Sent`");
  EXPECT_EQ(QuoteName("in"), "`in`");
  EXPECT_EQ(QuoteName("a.in"), "a.in");
  EXPECT_EQ(QuoteName("in.a"), "`in.a`");
  EXPECT_EQ(QuoteName("2fa"), "`2fa`");
  EXPECT_EQ(QuoteName("metric"), "metric");
}

TEST(QuoteTest, StringsGetTheEscapesTheyNeed) {
  EXPECT_EQ(QuoteString("plain größe 😀"), "\"plain größe 😀\"");
  EXPECT_EQ(QuoteString("a\"b\\c\nd\te"), "\"a\\\"b\\\\c\\nd\\te\"");
  EXPECT_EQ(QuoteString("a\rb"), "\"a\\u{d}b\"");
  EXPECT_EQ(QuoteString("\u202e"), "\"\\u{202e}\"");
  EXPECT_EQ(QuoteString("\u200b"), "\"\\u{200b}\"");
  EXPECT_EQ(QuoteString("a\u00a0b\u3000c\u2800"), "\"a\\u{a0}b\\u{3000}c\\u{2800}\"");
  EXPECT_EQ(QuoteString("\u0085\u2028\u007f"), "\"\\u{85}\\u{2028}\\u{7f}\"");
}

TEST(QuoteTest, StringsKeepJoinersAndVariationSelectors) {
  const std::string persian = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645";
  const std::string family = "\U0001F468\u200D\U0001F469\u200D\U0001F467";
  for (const std::string& text : {persian, family, std::string("\u2764\uFE0F")}) {
    EXPECT_EQ(QuoteString(text), "\"" + text + "\"");
  }
}

TEST(RuleFileTest, SameRuleFileComparesWhatIsMeant) {
  const auto make = [](std::string name, double number) {
    RuleFile file;
    RuleSyntax rule;
    rule.name = {std::move(name), {}};
    rule.title = TextSyntax{"A lead", {0, 1, 2}};
    rule.when = Compare(Operator::kGreater, "messages", number);
    Declaration declaration;
    declaration.body = std::move(rule);
    file.declarations.push_back(std::move(declaration));
    return file;
  };
  RuleFile a = make("r", 10);
  RuleFile b = make("r", 10);
  b.comments.push_back({{0, 0, 2}, "# c"});
  b.declarations[0].range = {0, 4, 9};
  EXPECT_TRUE(SameRuleFile(a, b));
  EXPECT_FALSE(SameRuleFile(a, make("s", 10)));
  EXPECT_FALSE(SameRuleFile(a, make("r", 11)));
  EXPECT_FALSE(SameRuleFile(a, RuleFile{}));
  std::get<RuleSyntax>(b.declarations[0].body).owner = TextSyntax{"me", {}};
  EXPECT_FALSE(SameRuleFile(a, b));
}

TEST(RuleFileTest, ForEachRootVisitsEveryExpression) {
  Declaration declaration;
  RuleSyntax rule;
  rule.when = Name("a");
  rule.unless = Name("b");
  rule.keep_while = Name("c");
  rule.active_from = Name("d");
  rule.active_until = Name("e");
  rule.score = Name("f");
  declaration.body = std::move(rule);
  std::string names;
  ForEachRoot(declaration, [&](const Expression& root) { names += root.name; });
  EXPECT_EQ(names, "abcdef");
}

}  // namespace
}  // namespace pql
