// Cases of tests/testdata/parser/*.txt, one after the other:
//
//   === what it shows
//   rules-language text
//   --
//   the findings as a person sees them, then the tree
//
// PQL_UPDATE_TESTDATA=1 writes the expectations anew.

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "base/strings.h"
#include "gtest/gtest.h"
#include "tests/parser/parse_text.h"

namespace pql {
namespace {

std::string Outcome(const Parsed& parsed) {
  const std::string tree = parsed.Dump().empty() ? "no declarations\n" : parsed.Dump();
  return parsed.findings.empty() ? tree : StrCat(parsed.Render(), "\n", tree);
}

TEST(GoldenTest, FindingsAndTrees) {
  const bool update = std::getenv("PQL_UPDATE_TESTDATA") != nullptr;
  const auto paths = GoldenFiles();
  ASSERT_FALSE(paths.empty());
  for (const auto& path : paths) {
    std::string updated;
    for (const GoldenCase& each : ReadCases(path)) {
      const std::string outcome = Outcome(ParseText(each.input));
      if (!update) {
        EXPECT_EQ(outcome, each.expected) << path.filename() << ": " << each.title;
      }
      StrAppend(&updated, "=== ", each.title, "\n", each.input, "--\n", outcome, "\n");
    }
    if (update) std::ofstream(path, std::ios::binary) << updated;
  }
}

TEST(GoldenTest, EveryFindingOfTheParserIsShown) {
  std::string all;
  for (const auto& path : GoldenFiles()) {
    for (const GoldenCase& each : ReadCases(path)) all += each.expected;
  }
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    // The limits of a text and its encoding have tests of their own (hostile_test.cc).
    if (info.code < 1004 || info.code >= 1200) continue;
    EXPECT_NE(all.find(CodeText(info.kind)), std::string::npos) << info.name;
  }
}

// What parsing goes on with behind a habit is what the right form means.
TEST(GoldenTest, SafeFixesGiveTheTreeThatWasParsed) {
  int fixed_cases = 0;
  for (const auto& path : GoldenFiles()) {
    for (const GoldenCase& each : ReadCases(path)) {
      const Parsed before = ParseText(each.input);
      std::vector<TextEdit> edits;
      bool all_safe = !before.findings.empty();
      for (const Diagnostic& finding : before.findings) {
        all_safe = all_safe && finding.fix.has_value() && finding.fix->safe;
        if (all_safe) {
          edits.insert(edits.end(), finding.fix->edits.begin(), finding.fix->edits.end());
        }
      }
      std::sort(edits.begin(), edits.end(),
                [](const TextEdit& a, const TextEdit& b) { return a.range < b.range; });
      for (size_t i = 1; i < edits.size(); ++i) {
        all_safe = all_safe && edits[i - 1].range.end <= edits[i].range.begin;
      }
      if (!all_safe) continue;
      const std::string text = ApplyEdits(each.input, edits);
      const Parsed after = ParseText(text);
      EXPECT_TRUE(after.findings.empty()) << each.title << "\n" << text << after.Render();
      EXPECT_EQ(after.Dump(), before.Dump()) << each.title << "\n" << text;
      ++fixed_cases;
    }
  }
  EXPECT_GT(fixed_cases, 40);
}

}  // namespace
}  // namespace pql
