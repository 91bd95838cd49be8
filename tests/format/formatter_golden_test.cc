// The canonical form by example, from tests/testdata/format/*.txt.  A case is
//   # title
//   source
//   --
//   its canonical form
// Cases are separated by ====.  With PQL_UPDATE_TESTDATA=1 the expectations are written anew.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "format/formatter.h"
#include "gtest/gtest.h"
#include "tests/format/parse.h"

namespace pql {
namespace {

constexpr std::string_view kSeparator = "====\n";
constexpr std::string_view kDivider = "--\n";

struct GoldenCase {
  std::string title;
  std::string input;
  std::string expected;
};

std::vector<std::string> TestdataFiles() {
  std::vector<std::string> paths;
  const std::filesystem::path directory = std::filesystem::path(PQL_TESTDATA_DIR) / "format";
  for (const auto& entry : std::filesystem::directory_iterator(directory)) {
    paths.push_back(entry.path().string());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::vector<GoldenCase> ReadCases(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  const std::string text = content.str();
  std::vector<GoldenCase> cases;
  for (size_t begin = 0; begin < text.size();) {
    size_t end = text.find(kSeparator, begin);
    if (end == std::string::npos) end = text.size();
    const std::string block = text.substr(begin, end - begin);
    const size_t title_end = block.find('\n') + 1;
    const size_t divider = block.find("\n--\n", title_end - 1) + 1;
    cases.push_back({block.substr(0, title_end), block.substr(title_end, divider - title_end),
                     block.substr(divider + kDivider.size())});
    begin = end + kSeparator.size();
  }
  return cases;
}

void WriteCases(const std::string& path, const std::vector<GoldenCase>& cases) {
  std::ofstream stream(path, std::ios::binary);
  for (size_t i = 0; i < cases.size(); ++i) {
    if (i > 0) stream << kSeparator;
    stream << cases[i].title << cases[i].input << kDivider << cases[i].expected;
  }
}

class FormatterGoldenTest : public ::testing::TestWithParam<std::string> {};

TEST_P(FormatterGoldenTest, WritesTheCanonicalForm) {
  std::vector<GoldenCase> cases = ReadCases(GetParam());
  ASSERT_FALSE(cases.empty()) << GetParam();
  const bool updates = std::getenv("PQL_UPDATE_TESTDATA") != nullptr;
  for (GoldenCase& c : cases) {
    SCOPED_TRACE(c.title);
    const Parsed parsed = Parse(c.input);
    ASSERT_EQ(parsed.errors, "");
    const auto formatted = FormatChecked(parsed.source(), parsed.file, ReparseForTest);
    ASSERT_TRUE(formatted.ok()) << formatted.status() << "\n" << parsed.Formatted();
    EXPECT_EQ(Parse(*formatted).Formatted(), *formatted);
    if (updates) {
      c.expected = *formatted;
    } else {
      EXPECT_EQ(*formatted, c.expected);
    }
  }
  if (updates) WriteCases(GetParam(), cases);
}

INSTANTIATE_TEST_SUITE_P(All, FormatterGoldenTest, ::testing::ValuesIn(TestdataFiles()),
                         [](const auto& info) {
                           return std::filesystem::path(info.param).stem().string();
                         });

}  // namespace
}  // namespace pql
