// How the human form shows a source line, from tests/testdata/diagnostics/snippets.txt.  A case is
//   # title
//   source, with the range between [[ and ]]; bytes that an editor would spoil as \xFF or \u{202E}
//   --
//   what is printed, unprintable characters escaped the same way
// Cases are separated by ====.  With PQL_UPDATE_TESTDATA=1 the expectations are written anew.

#include <cstdlib>
#include <fstream>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "base/strings.h"
#include "base/unicode.h"
#include "diagnostics/render.h"
#include "diagnostics/source_line.h"
#include "gtest/gtest.h"

namespace pql {
namespace {

constexpr std::string_view kSeparator = "====\n";
constexpr std::string_view kDivider = "--\n";

struct SnippetCase {
  std::string title;
  std::string input;
  std::string expected;
};

std::string TestdataPath() { return std::string(PQL_TESTDATA_DIR) + "/diagnostics/snippets.txt"; }

std::vector<SnippetCase> ReadCases() {
  std::ifstream stream(TestdataPath(), std::ios::binary);
  std::stringstream content;
  content << stream.rdbuf();
  const std::string text = content.str();
  std::vector<SnippetCase> cases;
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

void WriteCases(const std::vector<SnippetCase>& cases) {
  std::ofstream stream(TestdataPath(), std::ios::binary);
  for (size_t i = 0; i < cases.size(); ++i) {
    if (i > 0) stream << kSeparator;
    stream << cases[i].title << cases[i].input << kDivider << cases[i].expected;
  }
}

// Resolves \xFF, \u{202E}, \t, \r and \0; `\*100{text}` is the text a hundred times.
std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    const char kind = text[++i];
    if (kind == 'x') {
      out += static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
      i += 2;
    } else if (kind == 'u') {
      const size_t close = text.find('}', i);
      const std::string digits(text.substr(i + 2, close - i - 2));
      AppendUtf8(static_cast<char32_t>(std::stoul(digits, nullptr, 16)), &out);
      i = close;
    } else if (kind == '*') {
      const size_t open = text.find('{', i);
      const size_t close = text.find('}', open);
      const int count = std::stoi(std::string(text.substr(i + 1, open - i - 1)));
      for (int n = 0; n < count; ++n) out += text.substr(open + 1, close - open - 1);
      i = close;
    } else {
      out += kind == 't' ? '\t' : kind == 'r' ? '\r' : '\0';
    }
  }
  return out;
}

// The opposite, for what is printed: a reader of the testdata has to see every character.
std::string Escape(std::string_view text) {
  std::string out;
  for (size_t offset = 0; offset < text.size();) {
    const size_t begin = offset;
    const char32_t c = DecodeUtf8(text, &offset);
    if (c != '\n' && (IsInvisible(c) || IsBidiControl(c))) {
      char buffer[16];
      std::snprintf(buffer, sizeof(buffer), "\\u{%X}", static_cast<unsigned>(c));
      out += buffer;
    } else {
      out += text.substr(begin, offset - begin);
    }
  }
  return out;
}

std::string Render(const std::string& input) {
  std::string text = Unescape(input);
  if (!text.empty()) text.pop_back();  // the line end in front of the divider
  const size_t begin = text.find("[[");
  EXPECT_NE(begin, std::string::npos) << input;
  text.erase(begin, 2);
  const size_t end = text.find("]]");
  EXPECT_NE(end, std::string::npos) << input;
  text.erase(end, 2);
  SourceSet sources;
  const FileId file = sources.AddFile("a.pql", text);
  Diagnostic diagnostic{.kind = AllDiagnostics().front().kind,
                        .range = {file, static_cast<uint32_t>(begin), static_cast<uint32_t>(end)},
                        .arguments = std::vector<DiagnosticArgument>(10, DiagnosticArgument("")),
                        .hint = "HINT"};
  const std::string rendered = RenderHuman(sources, diagnostic);
  // The header depends on the finding; its tests are those of render_test.cc.
  return Escape(rendered.substr(rendered.find('\n') + 1));
}

TEST(SnippetTest, ShowsSourceLinesAsInTheTestdata) {
  std::vector<SnippetCase> cases = ReadCases();
  ASSERT_GT(cases.size(), 20u) << TestdataPath();
  const bool updates = std::getenv("PQL_UPDATE_TESTDATA") != nullptr;
  for (SnippetCase& c : cases) {
    const std::string seen = Render(c.input);
    if (updates) {
      c.expected = seen;
    } else {
      EXPECT_EQ(seen, c.expected) << c.title;
    }
  }
  if (updates) WriteCases(cases);
}

// Whatever the line holds: the window is bounded, nothing unprintable gets out, and the caret run
// stands under text that is there (or right behind it).
TEST(SourceLineTest, HoldsItsPromisesForHostileLines) {
  const std::vector<std::string> kPieces = {"a",       "= ",       "\t",      "中",
                                            "😀",       "é",        "o\u0308", "رسائل",
                                            "\xFF",    "\xE2\x82", "\u202E",  "\u200B",
                                            "\u200D",  "\uFE0F",   "\u0301",  std::string(1, '\0'),
                                            "\x1b[2J", "\x7F",     "\u00A0",  "\uFEFF"};
  uint32_t seed = 1;
  const auto next = [&seed](size_t bound) {
    seed = seed * 1'664'525 + 1'013'904'223;
    return (seed >> 8) % bound;
  };
  for (int round = 0; round < 3'000; ++round) {
    std::string line;
    const size_t count = next(120);
    for (size_t i = 0; i < count; ++i) line += kPieces[next(kPieces.size())];
    const size_t begin = next(line.size() + 1);
    const size_t end = begin + next(line.size() - begin + 1);
    const SourceLineOptions options{.tab_width = static_cast<int>(1 + next(8)), .max_columns = 80};
    const SourceLine shown = LayOutSourceLine(line, begin, end, options);
    ASSERT_EQ(FindInvalidUtf8(shown.text), std::nullopt);
    ASSERT_EQ(EscapeUnprintable(shown.text), shown.text);
    const int width = DisplayWidth(shown.text);
    ASSERT_LE(width, options.max_columns);
    ASSERT_GE(shown.caret_column, 0);
    ASSERT_GE(shown.caret_width, 1);
    ASSERT_LE(shown.caret_column + shown.caret_width, width + 1);
  }
}

TEST(SourceLineTest, AMegabyteLineTakesNoTime) {
  std::string line(1 << 20, 'x');
  const SourceLine shown = LayOutSourceLine(line, line.size() / 2, line.size() / 2 + 10);
  EXPECT_LE(DisplayWidth(shown.text), 160);
  EXPECT_EQ(shown.caret_width, 10);
  EXPECT_TRUE(shown.text.starts_with("...x") && shown.text.ends_with("x..."));
  std::string broken(1 << 20, '\xFF');
  EXPECT_LE(DisplayWidth(LayOutSourceLine(broken, 5, 6).text), 160);
}

}  // namespace
}  // namespace pql
