// Cases of tests/testdata/parser/*.txt, one after the other:
//
//   === what it shows
//   rules-language text
//   --
//   the findings as a person sees them, then the tree
//
// PQL_UPDATE_TESTDATA=1 writes the expectations anew.

#include <cstdlib>
#include <fstream>
#include <optional>
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
      const std::optional<std::string> text = FixedText(each.input);
      if (!text.has_value() || *text == each.input) continue;
      EXPECT_EQ(ParseText(*text).Dump(), ParseText(each.input).Dump()) << each.title << "\n"
                                                                       << *text;
      ++fixed_cases;
    }
  }
  EXPECT_GT(fixed_cases, 40);
}

}  // namespace
}  // namespace pql
