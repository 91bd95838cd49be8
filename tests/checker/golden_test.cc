// Cases of tests/testdata/checker/*.txt, one after the other:
//
//   === what it shows            (` [max_rules=1]` at the end sets that limit)
//   rules-language text          (a line `>>> NAME` begins a further file)
//   --
//   the findings as a person sees them, or the types of all defines when there is none
//
// PQL_UPDATE_TESTDATA=1 writes the expectations anew.  Every fix that --fix would apply is applied: its
// finding must be gone, and no more be there than before.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "base/strings.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/checker/check_text.h"

namespace pql {
namespace {

constexpr std::string_view kLimit = " [max_rules=1]";

struct GoldenCase {
  std::string title;
  std::string input;
  std::string expected;
};

std::string ReadText(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::filesystem::path> GoldenFiles() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(std::string(PQL_TESTDATA_DIR) + "/checker")) {
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<GoldenCase> ParseCases(const std::string& text) {
  std::vector<GoldenCase> cases;
  std::istringstream lines(text);
  std::string line;
  bool in_expected = false;
  while (std::getline(lines, line)) {
    if (line.starts_with("=== ")) {
      cases.push_back({.title = line.substr(4)});
      in_expected = false;
    } else if (cases.empty()) {
      ADD_FAILURE() << "text before the first case: " << line;
      return cases;
    } else if (line == "--") {
      in_expected = true;
    } else {
      (in_expected ? cases.back().expected : cases.back().input) += line + "\n";
    }
  }
  for (GoldenCase& each : cases) {
    while (each.expected.ends_with("\n\n")) each.expected.pop_back();
  }
  return cases;
}

std::vector<TextFile> SplitFiles(const std::string& input) {
  std::vector<TextFile> files = {{"rules.pql", ""}};
  std::istringstream lines(input);
  std::string line;
  while (std::getline(lines, line)) {
    if (line.starts_with(">>> ")) {
      files.push_back({line.substr(4), ""});
    } else {
      files.back().text += line + "\n";
    }
  }
  return files;
}

CheckLimits LimitsOf(const GoldenCase& each) {
  CheckLimits limits;
  if (each.title.ends_with(kLimit)) limits.max_rules = 1;
  return limits;
}

std::string Outcome(const Checked& checked) {
  if (!checked.findings.empty()) return checked.Render();
  std::string out;
  for (const Define& define : checked.rule_set.defines) {
    out += StrCat(define.name, ": ", define.value.type.ToString(), "\n");
  }
  return out.empty() ? "no findings\n" : out;
}

TEST(GoldenTest, FindingsAndTypes) {
  const bool update = std::getenv("PQL_UPDATE_TESTDATA") != nullptr;
  const auto paths = GoldenFiles();
  ASSERT_FALSE(paths.empty());
  for (const auto& path : paths) {
    std::string updated;
    for (const GoldenCase& each : ParseCases(ReadText(path))) {
      const Checked checked = CheckFiles(SplitFiles(each.input), LimitsOf(each));
      const std::string outcome = Outcome(checked);
      if (!update) {
        EXPECT_EQ(outcome, each.expected) << path.filename() << ": " << each.title;
      }
      updated += StrCat("=== ", each.title, "\n", each.input, "--\n", outcome, "\n");
    }
    if (update) std::ofstream(path, std::ios::binary) << updated;
  }
}

TEST(GoldenTest, EveryFindingOfTheCheckerIsShown) {
  std::string all;
  for (const auto& path : GoldenFiles()) {
    for (const GoldenCase& each : ParseCases(ReadText(path))) all += each.expected;
  }
  for (const DiagnosticInfo& info : AllDiagnostics()) {
    if (info.code < 1200 || info.code >= 1500) continue;
    EXPECT_NE(all.find(CodeText(info.kind)), std::string::npos) << info.name;
  }
}

TEST(GoldenTest, EverySafeFixPutsItsFindingRight) {
  int applied = 0;
  for (const auto& path : GoldenFiles()) {
    for (const GoldenCase& each : ParseCases(ReadText(path))) {
      const std::vector<TextFile> files = SplitFiles(each.input);
      const Checked before = CheckFiles(files, LimitsOf(each));
      for (const Diagnostic& finding : before.findings) {
        if (!finding.fix || !finding.fix->safe) continue;
        std::vector<TextFile> fixed = files;
        std::string& text = fixed[finding.range.file].text;
        text = ApplyEdits(text, finding.fix->edits);
        const Checked after = CheckFiles(fixed, LimitsOf(each));
        const bool is_still_there =
            std::any_of(after.findings.begin(), after.findings.end(), [&](const Diagnostic& left) {
              return left.kind == finding.kind && left.range.begin == finding.range.begin &&
                     left.range.file == finding.range.file && left.Message() == finding.Message();
            });
        EXPECT_TRUE(!is_still_there && after.findings.size() <= before.findings.size())
            << path.filename() << ": " << each.title << "\n"
            << finding.Message() << "\n"
            << text << after.Render();
        ++applied;
      }
    }
  }
  EXPECT_GT(applied, 20);
}

}  // namespace
}  // namespace pql
