#include "tests/spec/spec_file.h"

#include <charconv>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include "base/strings.h"

namespace pql {
namespace {

constexpr std::string_view kArrow = " ==> ";

std::vector<std::string> SplitNames(std::string_view text) {
  std::vector<std::string> names;
  std::istringstream words{std::string(text)};
  for (std::string word; words >> word;) {
    if (word.ends_with(',')) word.pop_back();
    names.push_back(word);
  }
  return names;
}

class Reader {
 public:
  explicit Reader(SpecFile* file) : file_(*file) {}

  void Run() {
    while (next_ < file_.lines.size()) ReadItem();
    if (!known_bug_.empty()) Error("`known_bug` without a case");
  }

 private:
  void Error(std::string_view message) {
    file_.errors.push_back(StrCat(file_.path, ":", next_, ": ", message));
  }

  // The lines up to `end`.
  std::string ReadBlock() {
    std::string block;
    while (next_ < file_.lines.size() && file_.lines[next_] != "end") {
      block += file_.lines[next_++] + "\n";
    }
    if (next_ == file_.lines.size()) Error("a block without `end`");
    ++next_;
    return block;
  }

  void AddCase(std::string subject, std::string expected, bool is_block, size_t line) {
    if (file_.sentences.empty()) return Error("a case in front of the first sentence");
    file_.sentences.back().cases.push_back({.line = static_cast<int>(line),
                                            .context = context_,
                                            .subject = std::move(subject),
                                            .expected = std::move(expected),
                                            .is_block = is_block,
                                            .known_bug = std::exchange(known_bug_, "")});
  }

  void ReadItem() {
    const std::string& line = file_.lines[next_++];
    std::string_view rest = line;
    if (rest.empty() || rest.starts_with("# ")) return;
    if (ConsumePrefix("> ", &rest)) {
      context_ = {.rules = vocabulary_};
      file_.sentences.push_back({.text = std::string(rest), .line = static_cast<int>(next_)});
    } else if (rest.starts_with("  ") && IsHeadingBefore()) {
      rest.remove_prefix(2);
      StrAppend(&file_.sentences.back().text, " ", rest);
    } else if (const size_t arrow = rest.rfind(kArrow); arrow != std::string_view::npos) {
      AddCase(std::string(rest.substr(0, arrow)), std::string(rest.substr(arrow + kArrow.size())),
              false, next_);
    } else if (!ReadSetting(rest)) {
      Error("not understood");
    }
  }

  // Whether the line before the one just read belongs to a heading.
  bool IsHeadingBefore() const {
    for (size_t i = next_ - 1; i > 0; --i) {
      if (file_.lines[i - 1].starts_with("> ")) return true;
      if (!file_.lines[i - 1].starts_with("  ")) return false;
    }
    return false;
  }

  bool ReadSetting(std::string_view rest) {
    if (rest == "vocabulary") {
      context_.rules = vocabulary_ = ReadBlock();
    } else if (rest == "rules") {
      context_.rules = ReadBlock();
    } else if (rest == "more rules") {
      context_.rules = vocabulary_ + ReadBlock();
    } else if (rest == "fixed" || rest == "rendered" || rest.starts_with("explanation of ")) {
      const size_t line = next_;
      std::string block = ReadBlock();
      AddCase(std::string(rest), std::move(block), true, line);
    } else if (ConsumePrefix("account ", &rest)) {
      context_.account = rest;
    } else if (ConsumePrefix("at ", &rest)) {
      context_.at = rest;
    } else if (ConsumePrefix("previously ", &rest)) {
      context_.held = SplitNames(rest);
    } else if (ConsumePrefix("known_bug: ", &rest)) {
      known_bug_ = rest;
    } else if (ConsumePrefix("elsewhere: ", &rest) && !file_.sentences.empty()) {
      for (std::string& path : SplitNames(rest)) {
        file_.sentences.back().elsewhere.push_back(std::move(path));
      }
    } else {
      return false;
    }
    return true;
  }

  SpecFile& file_;
  size_t next_ = 0;
  std::string vocabulary_;
  std::string known_bug_;
  SpecContext context_;
};

std::optional<std::string> Placeholder(std::string_view inside) {
  std::string text;
  if (inside == "line") return "\n";
  if (ConsumePrefix("bytes ", &inside)) {
    std::istringstream words{std::string(inside)};
    for (std::string word; words >> word;) {
      unsigned byte = 0;
      std::from_chars(word.data(), word.data() + word.size(), byte, 16);
      text.push_back(static_cast<char>(byte));
    }
    return text;
  }
  size_t count = 0;
  const char* end = inside.data() + inside.size();
  const auto parsed = std::from_chars(inside.data(), end, count);
  inside.remove_prefix(static_cast<size_t>(parsed.ptr - inside.data()));
  if (parsed.ec != std::errc()) return std::nullopt;
  const bool lines = ConsumePrefix(" lines ", &inside);
  if (!lines && !ConsumePrefix(" x ", &inside)) return std::nullopt;
  for (size_t i = 0; i < count; ++i) StrAppend(&text, inside, lines ? "\n" : "");
  return text;
}

}  // namespace

SpecFile ReadSpecFile(const std::string& path) {
  SpecFile file = {.path = path};
  std::ifstream in(path, std::ios::binary);
  for (std::string line; std::getline(in, line);) file.lines.push_back(line);
  Reader(&file).Run();
  return file;
}

std::string ExpandPlaceholders(std::string_view text) {
  std::string expanded;
  while (true) {
    const size_t open = text.find("<<");
    const size_t close = open == std::string_view::npos ? open : text.find(">>", open);
    if (close == std::string_view::npos) break;
    const auto inside = Placeholder(text.substr(open + 2, close - open - 2));
    expanded += text.substr(0, open);
    expanded += inside.value_or(std::string(text.substr(open, close + 2 - open)));
    text.remove_prefix(close + 2);
  }
  expanded += text;
  return expanded;
}

}  // namespace pql
