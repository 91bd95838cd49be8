// What expressions and declarations mean, in trees.

#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "tests/parser/parse_text.h"

namespace pql {
namespace {

TEST(SyntaxTest, Precedence) {
  EXPECT_EQ(DumpOf("a or b and not c == d + e * -f"),
            "(or a (and b (not (== c (+ d (* e (negate f)))))))");
  EXPECT_EQ(DumpOf("a - b - c"), "(- (- a b) c)");
  EXPECT_EQ(DumpOf("a / b * c"), "(* (/ a b) c)");
  EXPECT_EQ(DumpOf("-a * b"), "(* (negate a) b)");
  EXPECT_EQ(DumpOf("(a or b) and c"), "(and (or a b) c)");
  EXPECT_EQ(DumpOf("a and b and c or d"), "(or (and a b c) d)");
  EXPECT_EQ(DumpOf("(a and b) and c"), "(and (and a b) c)");
  EXPECT_EQ(DumpOf("not a and b"), "(and (not a) b)");
  EXPECT_EQ(DumpOf("if a then b else if c then d else e or f"), "(if a b (if c d (or e f)))");
  EXPECT_EQ(DumpOf("x between 1 and 2 + 3 and y"), "(and (between x 1 (+ 2 3)) y)");
  EXPECT_EQ(DumpOf("t within last 7d + x and y"), "(and (within-last t (+ 7d x)) y)");
}

TEST(SyntaxTest, Comparisons) {
  EXPECT_EQ(DumpOf("x not in (1, y)"), "(not-in x 1 y)");
  EXPECT_EQ(DumpOf("x in (1)"), "(in x 1)");
  EXPECT_EQ(DumpOf("x is missing or y is present"), "(or (is-missing x) (is-present y))");
  EXPECT_EQ(DumpOf("s starts with \"a\" and s ends with \"b\""),
            "(and (starts-with s \"a\") (ends-with s \"b\"))");
  EXPECT_EQ(DumpOf("s matches \"^a\" or t within next 30d"),
            "(or (matches s \"^a\") (within-next t 30d))");
  EXPECT_EQ(DumpOf("at least 2 of (a, b > 3, c)"), "(at-least 2 a (> b 3) c)");
  EXPECT_EQ(DumpOf("f()"), "(call f)");
  EXPECT_EQ(DumpOf("clamp(x, 1, max(2, y))"), "(call clamp x 1 (call max 2 y))");
}

TEST(SyntaxTest, Literals) {
  EXPECT_EQ(DumpOf("2_000 + 2.5 + 0.5 + 0"), "(+ (+ (+ 2000 2.5) 0.5) 0)");
  EXPECT_EQ(DumpOf("20%"), "(percent 0.2)");
  EXPECT_EQ(DumpOf("2.3%"), "(percent 0.023)");
  EXPECT_EQ(DumpOf("1.5MB + 10KiB"), "(+ (bytes 1500000) (bytes 10240))");
  EXPECT_EQ(DumpOf("1d12h + 90m + 0d + 1w"), "(+ (+ (+ 1d12h 1h30m) 0s) 7d)");
  EXPECT_EQ(DumpOf("2026-03-01"), "2026-03-01");
  EXPECT_EQ(DumpOf("2026-03-01T08:30:00+01:00"), "2026-03-01T07:30:00Z");
  EXPECT_EQ(DumpOf("2026 - 03"), DumpOf("2026 - 03")) << "spaces make it a subtraction";
  EXPECT_EQ(DumpOf("\"a\\\"\\\\\\n\\t\\u{1F600}\""), "\"a\\\"\\\\\\n\\t\U0001F600\"");
  EXPECT_EQ(DumpOf("[\"sso\", \"audit\"]"), "(list \"sso\" \"audit\")");
  EXPECT_EQ(DumpOf("[1, -2]"), "(list 1 -2)");
  EXPECT_EQ(DumpOf("[]"), "(list)");
}

TEST(SyntaxTest, SoftWordsAreNames) {
  for (const std::string word :
       {"metric", "define",      "output",     "scorecard", "stages",   "rule",    "test",
        "unit",   "default",     "kind",       "one",       "of",       "list",    "cap",
        "floor",  "add",         "subtract",   "when",      "per",      "up",      "to",
        "title",  "description", "owner",      "tags",      "stage",    "mode",    "unless",
        "keep",   "while",       "active",     "from",      "until",    "score",   "at",
        "least",  "given",       "previously", "expect",    "contains", "starts",  "ends",
        "with",   "matches",     "within",     "last",      "next",     "missing", "present",
        "count",  "any",         "event",      "now",       "größe",    "رسائل"}) {
    const std::string text = "metric " + word + ": number unit " + word +
                             " default 0\ndefine d = " + word + " > 3 and " + word + "(" + word +
                             ")\nrule " + word + " { stage " + word + " when " + word + " score " +
                             word + " }\ntest \"t\" { given " + word + " = " + word +
                             " previously " + word + " expect " + word + " is missing }\n";
    const Parsed parsed = ParseText(text);
    EXPECT_TRUE(parsed.findings.empty()) << parsed.Render();
    EXPECT_EQ(parsed.file.declarations.size(), 4u) << word;
  }
}

TEST(SyntaxTest, Names) {
  EXPECT_EQ(DumpOf("usage.messages"), "usage.messages");
  EXPECT_EQ(DumpOf("a.in.not"), "a.in.not") << "reserved words are plain behind a dot";
  EXPECT_EQ(DumpOf("`Messages Sent`"), "`Messages Sent`");
  EXPECT_EQ(DumpOf("`a.b`"), "a.b");
  EXPECT_EQ(DumpOf("`a`.b"), "a.b");
  EXPECT_EQ(DumpOf("`in` > 3"), "(> `in` 3)");
  EXPECT_EQ(DumpOf("gro\u0308ße"), "größe") << "compared in NFC";
  EXPECT_EQ(DumpOf("AND > 3 or NOT > 3"), "(or (> AND 3) (> NOT 3))") << "names, where they can be";
}

TEST(SyntaxTest, RangesLeaveOutParentheses) {
  const Parsed parsed = ParseText("define d = (a + b) > 3\n");
  const Expression& root = *parsed.file.declarations[0].As<DefineSyntax>()->value;
  EXPECT_EQ(parsed.sources.Text(root.range), "(a + b) > 3");
  EXPECT_EQ(parsed.sources.Text(root.operator_range), ">");
  EXPECT_EQ(parsed.sources.Text(root.children[0]->range), "a + b");
  EXPECT_TRUE(root.children[0]->parenthesized);
  EXPECT_FALSE(root.parenthesized);
  EXPECT_EQ(parsed.sources.Text(parsed.file.declarations[0].range), "define d = (a + b) > 3");
}

TEST(SyntaxTest, CommentsAreKept) {
  const Parsed parsed = ParseText("# one\ndefine d = a # two\n  > 3\n#three");
  ASSERT_EQ(parsed.file.comments.size(), 3u);
  EXPECT_EQ(parsed.file.comments[1].text, "# two");
  EXPECT_EQ(parsed.sources.Text(parsed.file.comments[2].range), "#three");
  EXPECT_EQ(parsed.Dump(), "define d = (> a 3)\n");
}

TEST(SyntaxTest, Conditions) {
  SourceSet sources;
  const FileId good = sources.AddFile("<condition>", "messages > 10 and # busy\n plan == \"free\"");
  const FileId bad = sources.AddFile("<condition>", "messages > 10 }");
  DiagnosticSink sink;
  EXPECT_EQ(DumpExpression(*PqlFrontend().ParseCondition(sources, good, {}, &sink)),
            "(and (> messages 10) (== plan \"free\"))");
  EXPECT_EQ(sink.error_count(), 0u);
  EXPECT_EQ(PqlFrontend().ParseCondition(sources, bad, {}, &sink)->kind, Expression::Kind::kError);
  EXPECT_EQ(sink.error_count(), 1u);
  EXPECT_EQ(FindFrontend("pql"), &PqlFrontend());
  EXPECT_EQ(FindFrontend("cobol"), nullptr);
}

TEST(SyntaxTest, ParsingIsThreadSafe) {
  std::vector<std::thread> threads;
  std::vector<std::string> dumps(4);
  for (std::string& dump : dumps) {
    threads.emplace_back([&dump] {
      for (int i = 0; i < 50; ++i) dump = DumpOf("a > 3 and at least 1 of (b, c) or x in (1, 2)");
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const std::string& dump : dumps) {
    EXPECT_EQ(dump, "(or (and (> a 3) (at-least 1 b c)) (in x 1 2))");
  }
}

}  // namespace
}  // namespace pql
