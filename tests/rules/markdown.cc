#include "tests/rules/markdown.h"

#include <algorithm>
#include <sstream>

namespace pql {
namespace {

// How many backticks the line opens or closes a block with; 0 when it does neither.
size_t FenceLength(std::string_view line) {
  const size_t begin = std::min(line.find_first_not_of(' '), line.size());
  const size_t end = std::min(line.find_first_not_of('`', begin), line.size());
  return begin <= 3 && end - begin >= 3 ? end - begin : 0;
}

}  // namespace

bool CodeBlock::Has(std::string_view word) const {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::optional<std::string> CodeBlock::Argument(std::string_view key) const {
  for (const std::string& word : words) {
    if (word.size() > key.size() && word.starts_with(key) && word[key.size()] == '=') {
      return word.substr(key.size() + 1);
    }
  }
  return {};
}

std::vector<CodeBlock> CodeBlocks(std::string_view document) {
  std::vector<CodeBlock> blocks;
  size_t open_fence = 0;  // 0: outside of a block
  int line_number = 0;
  for (size_t begin = 0; begin < document.size();) {
    const size_t end = std::min(document.find('\n', begin), document.size() - 1) + 1;
    std::string_view line = document.substr(begin, end - begin);
    if (line.ends_with('\n')) line.remove_suffix(1);
    ++line_number;
    const size_t fence = FenceLength(line);
    if (open_fence == 0 && fence > 0) {
      CodeBlock block{.begin = end, .end = document.size(), .line = line_number};
      std::istringstream info(std::string(line.substr(line.find_last_of('`') + 1)));
      info >> block.language;
      for (std::string word; info >> word;) block.words.push_back(word);
      blocks.push_back(std::move(block));
      open_fence = fence;
    } else if (open_fence > 0 && fence >= open_fence &&
               line.find_first_not_of(" `") == std::string_view::npos) {
      blocks.back().end = begin;
      open_fence = 0;
    }
    begin = end;
  }
  for (CodeBlock& block : blocks) {
    block.text = document.substr(block.begin, block.end - block.begin);
  }
  return blocks;
}

std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace pql
