// Whatever the bytes, parsing ends, ranges lie in the text, and what is not understood is said.

#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"
#include "gtest/gtest.h"
#include "tests/parser/parse_text.h"
#include "tests/testing/random.h"

namespace pql {
namespace {

using testing::CasesFactor;
using testing::Random;
using testing::TestSeed;

bool IsBoundary(std::string_view text, uint32_t offset) {
  return offset <= text.size() && (offset == text.size() || !IsContinuationByte(text[offset]));
}

void CheckRange(std::string_view text, bool valid_utf8, SourceRange range) {
  EXPECT_LE(range.begin, range.end) << text;
  EXPECT_LE(range.end, text.size()) << text;
  if (!valid_utf8) return;
  EXPECT_TRUE(IsBoundary(text, range.begin) && IsBoundary(text, range.end))
      << text << "\n"
      << range.begin << " " << range.end;
}

void CheckExpression(std::string_view text, const Expression& root, bool* has_error) {
  WalkExpression(root, [&](const Expression& node) {
    CheckRange(text, true, node.range);
    if (node.kind == Expression::Kind::kError) *has_error = true;
  });
}

void CheckParse(const std::string& text) {
  const Parsed parsed = ParseText(text);
  const bool valid_utf8 = !FindInvalidUtf8(text).has_value();
  for (const Diagnostic& finding : parsed.findings) {
    CheckRange(text, valid_utf8, finding.range);
    for (const RelatedRange& related : finding.related) {
      CheckRange(text, valid_utf8, related.range);
    }
    if (!finding.fix.has_value()) continue;
    for (const TextEdit& edit : finding.fix->edits) CheckRange(text, valid_utf8, edit.range);
    EXPECT_NE(ApplyEdits(text, finding.fix->edits), text) << finding.Message();
  }
  bool has_error = false;
  for (const Declaration& declaration : parsed.file.declarations) {
    CheckRange(text, true, declaration.range);
    ForEachRoot(declaration,
                [&](const Expression& root) { CheckExpression(text, root, &has_error); });
  }
  EXPECT_TRUE(!has_error || !parsed.findings.empty()) << text;
  // Rendering is the reader's view of all those ranges.
  EXPECT_EQ(parsed.Render().empty(), parsed.findings.empty());
}

const char kFile[] = R"pql(# Metrics
metric messages: number default 0 unit count kind product "Messages sent"
metric plan: one of ("free", "pro") kind billing
metric features: list(string) default ["sso"] kind product
metric größe: timestamp kind profile
stages mql < sql < pql
define activated = messages >= 2_000 and not (plan in ("free", "pro") or plan == "x")
define recent = größe within last 7d and now - größe < 1d12h or größe between 2026-03-01 and now
scorecard fit "Fit" cap 100 floor -5 {
  add 40 when if messages > 3 then true else plan is missing
  subtract 5 per 2 of size(features) up to 15
}
rule slack_team {
  title "A team" owner "growth@example.com" tags "a", "b"
  stage pql
  when activated and at least 2 of (a, b > -1 * 3, features contains "sso")
  unless `Messages Sent` starts with "\u{1F600}"
  keep while messages > 20% / 10MB
  active from 2026-03-01 until 2026-04-01T08:30:00Z
  score fit
  mode shadow
}
test "x" {
  at 2026-03-01
  given messages = 2_500, plan = "free", größe = now - 3d
  previously slack_team
  expect slack_team is missing
}
output grade = if fit >= 70 then "A" else "B"
)pql";

TEST(PropertyTest, TheFileThatIsMutatedIsWellFormed) {
  const Parsed parsed = ParseText(kFile);
  EXPECT_TRUE(parsed.findings.empty()) << parsed.Render();
}

TEST(PropertyTest, RandomBytes) {
  Random random(TestSeed());
  for (int i = 0; i < 2'000 * CasesFactor(); ++i) {
    std::string text;
    const int length = random.Between(0, 60);
    for (int k = 0; k < length; ++k) text += static_cast<char>(random.Below(256));
    CheckParse(text);
  }
}

TEST(PropertyTest, RandomWordsOfTheLanguage) {
  const std::vector<std::string> words = {
      "metric",  "define",  "rule",       "test",  "scorecard", "stages", "output", "when", "a",
      "b.c",     "\n",      "\n",         "{",     "}",         "(",      ")",      "[",    "]",
      ",",       ":",       "=",          "==",    "<",         ">=",     "and",    "or",   "not",
      "in",      "is",      "if",         "then",  "else",      "3",      "2,000",  "7d",   "\"x\"",
      "'y'",     "\"",      "`q`",        "`",     "&&",        "!",      "%",      "-",    "+",
      "at",      "least",   "of",         "given", "expect",    "title",  "owner",  "AND",  "NOT",
      "between", "missing", "contains",   "any",   "all",       "within", "last",   "add",  "per",
      "up",      "to",      "2026-03-01", "٢",     "“z”",       "\u200b", "# c\n",  "//",   "@",
      "null",    "kind",    "default",    "cap"};
  Random random(TestSeed());
  for (int i = 0; i < 5'000 * CasesFactor(); ++i) {
    std::string text = random.OneIn(2) ? "define d = " : "rule r {\n";
    const int length = random.Between(1, 25);
    for (int k = 0; k < length; ++k) text += random.Of(words) + (random.OneIn(8) ? "" : " ");
    CheckParse(text);
  }
}

TEST(PropertyTest, MutationsOfAWellFormedFile) {
  const std::string file = kFile;
  Random random(TestSeed());
  for (int i = 0; i < 1'500 * CasesFactor(); ++i) {
    std::string text = file;
    const int mutations = random.Between(1, 4);
    for (int k = 0; k < mutations && !text.empty(); ++k) {
      const size_t at = random.Below(text.size());
      const size_t length = random.Below(12) + 1;
      switch (random.Below(4)) {
        case 0:
          text.erase(at, length);
          break;
        case 1:
          text.insert(at, text.substr(random.Below(text.size()), length));
          break;
        case 2:
          text[at] = static_cast<char>(random.Between(32, 126));
          break;
        default:
          text.resize(at);
          break;
      }
    }
    CheckParse(text);
  }
}

// A condition of habits within habits, in whatever order their signs bind.
std::string RandomHabits(Random* random, int depth) {
  const auto part = [&] { return RandomHabits(random, depth - 1); };
  const std::vector<std::string> plain = {"a",
                                          "b",
                                          "n > 10",
                                          "plan = \"pro\"",
                                          "1 < n < 5",
                                          "l contains any of (\"x\", \"y\")",
                                          "l contains all of [\"x\"]",
                                          "l contains \"x\" contains \"y\"",
                                          "l not contains \"x\"",
                                          "n in l",
                                          "n not in l",
                                          "n = null",
                                          "n + 1 between 2 and 3"};
  if (depth == 0) return random->Of(plain);
  switch (random->Below(17)) {
    case 0:
      return StrCat(part(), " and ", part());
    case 1:
      return StrCat(part(), " && ", part());
    case 2:
      return StrCat(part(), " or ", part());
    case 3:
      return StrCat(part(), " || ", part());
    case 4:
      return StrCat("not ", part());
    case 5:
      return StrCat("(", part(), ")");
    case 6:
      return StrCat("AND(", part(), ", ", part(), ")");
    case 7:
      return StrCat("OR(", part(), ", ", part(), ", ", part(), ")");
    case 8:
      return StrCat("IF(", part(), ", ", part(), ", ", part(), ")");
    case 9:
      return StrCat("if ", part(), " then ", part(), " else ", part());
    case 10:
      return StrCat("l contains any of (", part(), ", ", part(), ")");
    case 11:
      return StrCat("l contains all of (", part(), ")");
    case 12:
      return StrCat("1 < (", part(), ") < 5");
    case 13:
      return StrCat("n == 1 + if ", part(), " then 1 else 2");
    case 14:
      return StrCat("a == not ", part());
    case 15:
      return StrCat("n in if ", part(), " then l else m");
    default:
      return random->Of(plain);
  }
}

// `(a and b) and c` is `a and b and c`: the tree tells them apart, no value does.
void JoinChains(Expression* node) {
  std::vector<ExpressionPtr> joined;
  for (ExpressionPtr& child : node->children) {
    JoinChains(child.get());
    const bool same = (node->Is(Operator::kAnd) || node->Is(Operator::kOr)) && child->Is(node->op);
    if (!same) {
      joined.push_back(std::move(child));
      continue;
    }
    for (ExpressionPtr& inner : child->children) joined.push_back(std::move(inner));
  }
  node->children = std::move(joined);
}

std::string JoinedDump(const std::string& text) {
  Parsed parsed = ParseText(text);
  for (Declaration& declaration : parsed.file.declarations) {
    JoinChains(std::get<DefineSyntax>(declaration.body).value.get());
  }
  return parsed.Dump();
}

// `pql lint --fix` writes what was understood.
TEST(PropertyTest, SafeFixesKeepTheMeaningWithinOneAnother) {
  SCOPED_TRACE(StrCat("PQL_SEED=", TestSeed()));
  Random random(TestSeed());
  int fixed = 0;
  for (int i = 0; i < 2'000 * CasesFactor(); ++i) {
    const std::string text =
        StrCat("define d = ", RandomHabits(&random, random.Between(1, 3)), "\n");
    const std::optional<std::string> right = FixedText(text);
    if (!right.has_value()) continue;
    ASSERT_EQ(JoinedDump(*right), JoinedDump(text)) << text << *right;
    ++fixed;
  }
  EXPECT_GT(fixed, 1'000);
}

}  // namespace
}  // namespace pql
