// One mistake is one finding: each line that ends in `#!` has exactly one, all others none.

#include <map>
#include <string>

#include "base/strings.h"
#include "gtest/gtest.h"
#include "tests/parser/parse_text.h"

namespace pql {
namespace {

void ExpectFindingsAtMarks(const std::string& text) {
  const Parsed parsed = ParseText(text);
  const SourceFile& file = parsed.sources.file(0);
  std::map<int, int> findings;
  for (const Diagnostic& finding : parsed.findings) {
    ++findings[file.Locate(finding.range.begin).line];
  }
  for (int line = 1; line <= file.line_count(); ++line) {
    EXPECT_EQ(findings[line], file.Line(line).ends_with("#!") ? 1 : 0)
        << "line " << line << ": " << file.Line(line) << "\n"
        << parsed.Render();
  }
}

TEST(RecoveryTest, TenMistakesInTenDeclarations) {
  ExpectFindingsAtMarks(R"pql(metric messages number default 0           #!
metric channels: number default 0 kind product kind product  #!
metric plan = string                           #!
define activated = messages >= 2_000 and       #!
define busy = messages > 10 channels           #!
metrik ok: number                              #!
stages mql, sql                                #!
define c = (messages > 3                       #!
output grade = if messages > 3 then "A"        #!
rule r {
  when messages > 3 and or channels > 2        #!
}
metric last: number
)pql");
}

TEST(RecoveryTest, TenMistakesInTheClausesOfOneRule) {
  ExpectFindingsAtMarks(R"pql(rule slack_team {
  ownr "growth@example.com"                    #!
  title A team                                 #!
  description "one" "two"                      #!
  stage "pql"                                  #!
  tags "a" "b"                                 #!
  when activated and                           #!
  unless plan != 'free'                        #!
  keep while (messages > 3                     #!
  score: engagement                            #!
  active from 2026-03-01 until                 #!
  mode
    shadow
}
metric last: number
)pql");
}

TEST(RecoveryTest, MistakesInScorecardsAndTests) {
  ExpectFindingsAtMarks(R"pql(scorecard fit "Fit" cap 100 {
  add 40 if messages > 3                       #!
  add 5 per 2 messages                         #!
  add 5
    per 2 of channels up 15                    #!
  substract 3 when a                           #!
  subtract 3 whn a                             #!
  add when a > 3                               #!
}
test "x" {
  at yesterday morning                         #!
  given messages = 2,500, channels = 3         #!
  given messages = 3 channels = 4              #!
  given messages: 3                            #!
  expct slack_team                             #!
  expect slack_team and (a > 3]                #!
  expect not                                   #!
}
test no quotes {                               #!
  expect a
}
)pql");
}

TEST(RecoveryTest, MissingBraces) {
  ExpectFindingsAtMarks(R"pql(rule one {                        #!
  when a
rule two {
  when a
}
rule three                                     #!
  when a
}
rule four {
  when a
}}                                             #!
rule five {
  when b
}
)pql");
}

TEST(RecoveryTest, ABrokenDeclarationKeepsItsName) {
  EXPECT_EQ(ParseText("metric a number,\n").Dump(), "metric a: \n");
  EXPECT_EQ(ParseText("define a = and\n").Dump(), "define a = <error>\n");
  EXPECT_EQ(ParseText("output a = 3 4\n").Dump(), "output a = <error>\n");
  EXPECT_EQ(ParseText("rule a {\n when and\n stage pql\n}\n").Dump(),
            "rule a\n  stage pql\n  when <error>\n");
  EXPECT_EQ(ParseText("scorecard a cap {\n add 3 when b\n}\n").Dump(),
            "scorecard a\n  (add 3 when b)\n");
  EXPECT_EQ(ParseText("stages a < b c\n").Dump(), "stages a b c\n");
}

TEST(RecoveryTest, AClauseGivenTwiceNamesTheFirst) {
  const Parsed parsed = ParseText("rule r {\n  when a\n  when b\n}\n");
  ASSERT_EQ(parsed.findings.size(), 1u);
  ASSERT_EQ(parsed.findings[0].related.size(), 1u);
  EXPECT_EQ(parsed.findings[0].related[0].range.begin, 11u);
  EXPECT_EQ(parsed.findings[0].range.begin, 20u);
  EXPECT_EQ(parsed.Dump(), "rule r\n  when a\n") << "the first one counts";
}

TEST(RecoveryTest, NothingDependsOnLineEnds) {
  const std::string lines =
      "metric a: number\n  default 0\nrule r {\n  when a\n    > 3\n  stage\n    pql\n}\n";
  std::string one_line = lines;
  for (char& c : one_line) c = c == '\n' ? ' ' : c;
  EXPECT_TRUE(ParseText(lines).findings.empty());
  EXPECT_EQ(ParseText(lines).Dump(), ParseText(one_line).Dump());
}

}  // namespace
}  // namespace pql
