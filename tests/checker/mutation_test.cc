// The rule sets of rules/ with one token deleted, doubled or swapped with the next: nothing
// crashes, and one mistake is hardly ever answered with more than three findings.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "gtest/gtest.h"
#include "tests/checker/check_text.h"
#include "tests/testing/random.h"

namespace pql {
namespace {

namespace fs = std::filesystem;
using testing::Random;

constexpr int kMutations = 5'000;
constexpr size_t kManyFindings = 3;

bool IsWordByte(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || byte == '_' || byte == '.' || byte == '@' || (byte | 0x20) - 'a' < 26u ||
         byte - '0' < 10u;
}

struct Span {
  size_t begin;
  size_t end;
};

size_t EndOfToken(std::string_view text, size_t begin) {
  const char first = text[begin];
  if (first == '"' || first == '`') {
    size_t end = begin + 1;
    while (end < text.size() && text[end] != first) end += text[end] == '\\' ? 2 : 1;
    return end + 1;
  }
  size_t end = begin + 1;
  if (IsWordByte(first)) {
    const bool time = text.substr(begin).size() > 5 && text[begin + 4] == '-';
    while (end < text.size() &&
           (IsWordByte(text[end]) ||
            (time && std::string_view("-:+").find(text[end]) != std::string_view::npos))) {
      ++end;
    }
  } else if (std::string_view("<>=!").find(first) != std::string_view::npos && text[end] == '=') {
    ++end;
  }
  return end;
}

// The tokens of a well-formed file, comments left out.
std::vector<Span> TokensOf(std::string_view text) {
  std::vector<Span> tokens;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '#') {
      at = std::min(text.find('\n', at), text.size());
    } else if (static_cast<unsigned char>(text[at]) <= ' ') {
      ++at;
    } else {
      tokens.push_back({at, EndOfToken(text, at)});
      at = tokens.back().end;
    }
  }
  return tokens;
}

std::string Mutate(const std::string& text, const std::vector<Span>& tokens, Random* random) {
  const size_t index = random->Below(tokens.size() - 1);
  const Span token = tokens[index];
  const Span next = tokens[index + 1];
  const std::string word = text.substr(token.begin, token.end - token.begin);
  std::string mutated = text;
  switch (random->Below(3)) {
    case 0:
      return mutated.erase(token.begin, token.end - token.begin);
    case 1:
      return mutated.insert(token.end, StrCat(" ", word));
    default:
      return mutated.replace(token.begin, next.end - token.begin,
                             StrCat(text.substr(next.begin, next.end - next.begin),
                                    text.substr(token.end, next.begin - token.end), word));
  }
}

std::vector<TextFile> ReadPack(const fs::path& directory) {
  std::vector<TextFile> files;
  for (const auto& entry : fs::recursive_directory_iterator(directory)) {
    if (entry.path().extension() != ".pql") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    files.push_back({entry.path().filename(), text.str()});
  }
  std::sort(files.begin(), files.end(),
            [](const TextFile& a, const TextFile& b) { return a.name < b.name; });
  return files;
}

TEST(MutationTest, OneWrongTokenHasFewFindings) {
  std::vector<std::vector<TextFile>> packs;
  for (const auto& entry : fs::directory_iterator(std::string(PQL_SOURCE_DIR) + "/rules")) {
    if (entry.is_directory()) packs.push_back(ReadPack(entry.path()));
  }
  ASSERT_GE(packs.size(), 7u);
  std::sort(packs.begin(), packs.end(),
            [](const auto& a, const auto& b) { return a[0].text < b[0].text; });
  Random random(testing::TestSeed());
  std::map<size_t, int> distribution;
  const bool verbose = std::getenv("PQL_SHOW_MUTATIONS") != nullptr;
  for (int i = 0; i < kMutations; ++i) {
    std::vector<TextFile> files = packs[static_cast<size_t>(i) % packs.size()];
    TextFile& file = files[random.Below(files.size())];
    const std::string before = file.text;
    file.text = Mutate(before, TokensOf(before), &random);
    const Checked checked = CheckFiles(files);
    const size_t count = checked.findings.size();
    ++distribution[count];
    if (verbose && count > kManyFindings) {
      const auto [a, b] = std::mismatch(before.begin(), before.end(), file.text.begin());
      const auto at = static_cast<size_t>(a - before.begin());
      std::cout << "=====MUT " << count << "\n"
                << before.substr(at < 60 ? 0 : at - 60, 120) << "\n-----\n"
                << file.text.substr(at < 60 ? 0 : at - 60, 120) << "\n"
                << checked.Render().substr(0, 1500);
    }
  }
  int many = 0;
  std::string shown;
  for (const auto& [findings, times] : distribution) {
    StrAppend(&shown, findings, " findings: ", times, "\n");
    if (findings > kManyFindings) many += times;
  }
  std::cout << shown;
  EXPECT_LT(many, kMutations / 40) << shown;
}

}  // namespace
}  // namespace pql
