#include "tools/pql/unified_diff.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "base/strings.h"
#include "tests/testing/random.h"

namespace pql {
namespace {

std::string Diff(std::string_view a, std::string_view b) {
  return UnifiedDiff("old", a, "new", b, /*color=*/false);
}

TEST(UnifiedDiff, IsEmptyForEqualTexts) { EXPECT_EQ(Diff("a\n", "a\n"), ""); }

TEST(UnifiedDiff, ShowsThreeLinesAroundAChange) {
  EXPECT_EQ(Diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nX\n6\n7\n8\n9\n"),
            "--- old\n+++ new\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, MarksATextWithoutALineEnd) {
  EXPECT_EQ(Diff("a", "a\n"),
            "--- old\n+++ new\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

TEST(UnifiedDiff, CountsFromTheLineBeforeWhereNothingStands) {
  EXPECT_EQ(Diff("", "a\n"), "--- old\n+++ new\n@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(Diff("a\n", ""), "--- old\n+++ new\n@@ -1 +0,0 @@\n-a\n");
}

TEST(UnifiedDiff, PaintsWhatChangesOnly) {
  const std::string diff = UnifiedDiff("old", "a\nb\n", "new", "a\nc\n", /*color=*/true);
  EXPECT_NE(diff.find("\x1b["), std::string::npos);
  EXPECT_NE(diff.find("\n a\n"), std::string::npos);
}

// Applies a diff without line-end marks, checking every line it claims to find.
std::string Apply(const std::string& old_text, const std::string& diff, int* changes) {
  std::vector<std::string> lines;
  std::istringstream in(old_text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::string out;
  size_t at = 0;
  std::istringstream patch(diff);
  for (std::string line; std::getline(patch, line);) {
    if (line.starts_with("---") || line.starts_with("+++")) continue;
    if (line.starts_with("@@")) {
      const size_t comma = line.find_first_of(", ", 4);
      const size_t first = std::stoul(line.substr(4, comma - 4));
      const size_t begin = line.substr(comma, 2) == ",0" ? first : first - 1;
      while (at < begin) out += lines[at++] + "\n";
      continue;
    }
    if (line[0] != '+') {
      EXPECT_LT(at, lines.size());
      EXPECT_EQ(lines[at], line.substr(1));
      ++at;
    }
    if (line[0] != '-') out += line.substr(1) + "\n";
    if (line[0] != ' ') ++*changes;
  }
  while (at < lines.size()) out += lines[at++] + "\n";
  return out;
}

TEST(UnifiedDiff, AppliesToTheOldTextAndGivesTheNew) {
  testing::Random random(testing::TestSeed());
  for (int round = 0; round < 2'000; ++round) {
    std::string old_text;
    std::string new_text;
    int edits = 0;
    for (int i = random.Between(0, 60); i > 0; --i) {
      const std::string line = StrCat("line ", random.Between(0, 5), "\n");
      const bool drops = random.OneIn(8);
      const bool adds = random.OneIn(8);
      if (adds) new_text += StrCat("new ", random.Between(0, 5), "\n");
      old_text += line;
      if (!drops) new_text += line;
      edits += drops + adds;
    }
    int changes = 0;
    EXPECT_EQ(Apply(old_text, Diff(old_text, new_text), &changes), new_text);
    EXPECT_LE(changes, edits) << "not the shortest";
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(UnifiedDiff, IsRightWhereThousandsOfLinesDiffer) {
  std::string old_text = "same\n";
  std::string new_text = "same\n";
  for (int i = 0; i < 5'000; ++i) {
    old_text += StrCat("a", i, "\n");
    new_text += StrCat("b", i, "\n");
  }
  int changes = 0;
  EXPECT_EQ(Apply(old_text, Diff(old_text, new_text), &changes), new_text);
}

}  // namespace
}  // namespace pql
