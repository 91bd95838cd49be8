#include "eval/pattern_example.h"

#include <string_view>

namespace pql {
namespace {

// More are not written out.
constexpr int kMaxRepetitions = 100;

// Reads a pattern from left to right and writes what it asks for.
class Reader {
 public:
  explicit Reader(std::string_view pattern) : rest_(pattern) {}

  // Up to the end of the pattern or the `)` that closes the group, which is consumed.
  std::string Alternatives() {
    std::string first = Sequence();
    while (!rest_.empty() && Take() == '|') Sequence();
    return first;
  }

 private:
  char Take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string Sequence() {
    std::string text;
    while (!rest_.empty() && rest_.front() != '|' && rest_.front() != ')') {
      const std::string piece = Piece();
      for (int i = Repetitions(); i > 0; --i) text += piece;
    }
    return text;
  }

  std::string Piece() {
    const char c = Take();
    switch (c) {
      case '^':
      case '$':
        return "";
      case '.':
        return "x";
      case '[':
        return Class();
      case '(':
        if (rest_.starts_with("?:")) rest_.remove_prefix(2);
        return Alternatives();
      case '\\':
        return rest_.empty() ? "" : Escape(Take());
      default:
        return std::string(1, c);
    }
  }

  static std::string Escape(char c) {
    switch (c) {
      case 'd':
        return "1";
      case 'w':
      case 'D':
      case 'S':
        return "x";
      case 's':
      case 'W':
        return " ";
      case 'b':
      case 'B':
      case 'A':
      case 'z':
        return "";
      default:
        return std::string(1, c);
    }
  }

  // The first member; of a negated one a character that is seldom excluded.
  std::string Class() {
    const bool negated = !rest_.empty() && rest_.front() == '^';
    std::string first;
    for (bool at_start = true; !rest_.empty(); at_start = false) {
      char c = Take();
      if (c == ']' && !at_start) break;
      std::string member(1, c);
      if (c == '\\' && !rest_.empty()) member = Escape(Take());
      if (first.empty()) first = member;
    }
    return negated ? "~" : first;
  }

  // What the piece just read needs: `{3}` three, `{0,2}` and all others one.
  int Repetitions() {
    if (rest_.empty()) return 1;
    int count = 1;
    if (rest_.front() == '{') {
      Take();
      int least = 0;
      while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
        least = least * 10 + (Take() - '0');
        if (least > kMaxRepetitions) return 1;
      }
      while (!rest_.empty() && Take() != '}') {
      }
      count = least > 0 ? least : 1;
    } else if (rest_.front() == '*' || rest_.front() == '+' || rest_.front() == '?') {
      Take();
    } else {
      return 1;
    }
    if (!rest_.empty() && rest_.front() == '?') Take();
    return count;
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::string> ExampleOf(const re2::RE2& pattern) {
  std::string text = Reader(pattern.pattern()).Alternatives();
  if (!re2::RE2::PartialMatch(text, pattern)) return {};
  return text;
}

}  // namespace pql
