#include "format/comment_placement.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "base/strings.h"

namespace pql {
namespace {

constexpr int kNone = -1;

// A token of the source.
struct SourceToken {
  uint32_t begin = 0;
  uint32_t end = 0;
  int target = kNone;    // the token of the formatted text that it became
  bool is_leaf = false;  // the syntax tree says where it is
};

bool IsSpace(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }
bool IsWordCharacter(char c) {
  return IsDigit(c) || ('a' <= c && c <= 'z') || ('A' <= c && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Where the token ends that begins at `begin`: a string, a word or number, or a sign.
size_t EndOfToken(std::string_view source, size_t begin) {
  size_t end = begin + 1;
  const char c = source[begin];
  if (c == '"') {
    while (end < source.size() && source[end] != '"' && source[end] != '\n') {
      end += source[end] == '\\' ? 2 : 1;
    }
    return std::min(end + 1, source.size());
  }
  if (IsWordCharacter(c)) {
    const bool number = IsDigit(c);
    while (end < source.size() &&
           (IsWordCharacter(source[end]) || (number && source[end] == '.'))) {
      ++end;
    }
    return end;
  }
  const bool two =
      end < source.size() && source[end] == '=' && (c == '<' || c == '>' || c == '=' || c == '!');
  return two ? end + 1 : end;
}

// Line ends between two offsets: LF, CR LF or CR.
int CountLineEnds(std::string_view source, size_t begin, size_t end) {
  int count = 0;
  for (size_t i = begin; i < end; ++i) {
    const bool ends = source[i] == '\n' ||
                      (source[i] == '\r' && (i + 1 == source.size() || source[i + 1] != '\n'));
    if (ends) ++count;
  }
  return count;
}

class CommentPlacer {
 public:
  CommentPlacer(std::string_view source, const std::vector<Comment>& comments,
                std::vector<LayoutToken>* tokens)
      : source_(source), comments_(comments), tokens_(*tokens) {}

  void Run() {
    FindLeaves();
    ReadSource();
    for (int begin = 0; begin < Count();) {
      int end = begin + 1;
      while (end < Count() && tokens_[end].unit == tokens_[begin].unit) ++end;
      MatchUnit(begin, end);
      begin = end;
    }
    Place();
    for (int i = 0; i < Count(); ++i) {
      if (tokens_[i].closes) MoveIntoHole(i);
      if (tokens_[i].glued) MoveBehind(i);
    }
  }

 private:
  int Count() const { return static_cast<int>(tokens_.size()); }

  // The tokens whose place in the source the tree tells, in the order of the source.
  void FindLeaves() {
    for (int i = 0; i < Count(); ++i) {
      const SourceRange range = tokens_[i].range;
      if (range.begin < range.end && range.end <= source_.size()) leaves_.push_back(i);
    }
    std::sort(leaves_.begin(), leaves_.end(),
              [this](int a, int b) { return tokens_[a].range.begin < tokens_[b].range.begin; });
  }

  void ReadSource() {
    place_.assign(tokens_.size(), kNone);
    auto leaf = leaves_.begin();
    auto comment = comments_.begin();
    size_t at = source_.starts_with("\xEF\xBB\xBF") ? 3 : 0;
    while (at < source_.size()) {
      while (leaf != leaves_.end() && tokens_[*leaf].range.begin < at) ++leaf;
      while (comment != comments_.end() && comment->range.begin < at) ++comment;
      if (IsSpace(source_[at])) {
        ++at;
      } else if (comment != comments_.end() && comment->range.begin == at) {
        at = std::max<size_t>(comment->range.end, at + 1);
      } else {
        SourceToken token = {.begin = static_cast<uint32_t>(at)};
        size_t end = EndOfToken(source_, at);
        if (leaf != leaves_.end() && tokens_[*leaf].range.begin == at) {
          end = tokens_[*leaf].range.end;
          token.is_leaf = true;
          token.target = *leaf;
          place_[*leaf] = static_cast<int>(read_.size());
        } else if (leaf != leaves_.end()) {
          end = std::min<size_t>(end, tokens_[*leaf].range.begin);
        }
        token.end = static_cast<uint32_t>(end);
        read_.push_back(token);
        at = end;
      }
    }
  }

  bool Matches(const LayoutToken& token, const SourceToken& read) const {
    if (read.is_leaf || read.target != kNone) return false;
    const std::string_view text = source_.substr(read.begin, read.end - read.begin);
    if (token.any_literal) return text.front() == '"' || text.front() == '-' || IsDigit(text[0]);
    return text == token.text || (!token.alternative.empty() && text == token.alternative);
  }

  void Match(int token, int read) {
    place_[token] = read;
    read_[read].target = token;
  }

  // Finds the keywords and signs of the unit: those between two leaves in order between these,
  // those in front of the first leaf backwards from it, those behind the last leaf onwards.
  void MatchUnit(int begin, int end) {
    int first = begin;
    while (first < end && place_[first] == kNone) ++first;
    if (first == end) return;
    int at = place_[first];
    for (int i = first - 1; i >= begin; --i) {
      if (tokens_[i].text.empty()) continue;
      for (int j = at - 1; j >= 0 && !read_[j].is_leaf && read_[j].target == kNone; --j) {
        if (!Matches(tokens_[i], read_[j])) continue;
        Match(i, j);
        at = j;
        break;
      }
    }
    at = place_[first];
    for (int i = first + 1; i < end; ++i) {
      if (place_[i] != kNone) {
        at = place_[i];
        continue;
      }
      if (tokens_[i].text.empty()) continue;
      for (int j = at + 1; j < std::ssize(read_) && !read_[j].is_leaf; ++j) {
        if (!Matches(tokens_[i], read_[j])) continue;
        Match(i, j);
        at = j;
        break;
      }
    }
  }

  void Place() {
    int last = Count() - 1;
    std::vector<int> following(read_.size() + 1, last);  // the first target from here on
    for (size_t i = read_.size(); i-- > 0;) {
      following[i] = read_[i].target != kNone ? read_[i].target : following[i + 1];
    }
    auto comment = comments_.begin();
    size_t before = 0;  // where what came last ends
    int target_before = kNone;
    for (size_t i = 0; i <= read_.size(); ++i) {
      const size_t limit = i < read_.size() ? read_[i].begin : source_.size() + 1;
      bool follows_token = i > 0;
      for (; comment != comments_.end() && comment->range.begin < limit; ++comment) {
        const int lines = CountLineEnds(source_, before, comment->range.begin);
        const std::string_view text = TrimComment(comment->text);
        const bool trails = follows_token && lines == 0 && target_before != kNone &&
                            tokens_[target_before].trailing.empty();
        if (trails) {
          tokens_[target_before].trailing = text;
        } else {
          tokens_[following[i]].leading.push_back({text, lines > 1});
        }
        before = comment->range.end;
        follows_token = false;
      }
      if (i == read_.size()) break;
      if (read_[i].target != kNone) {
        target_before = read_[i].target;
        tokens_[target_before].blank_before = CountLineEnds(source_, before, limit) > 1;
      }
      before = read_[i].end;
    }
  }

  // What stands in front of a closing sign stands at the end of what it closes.
  void MoveIntoHole(int token) {
    if (token == 0) return;
    std::vector<PlacedComment>& from = tokens_[token].leading;
    std::vector<PlacedComment>& to = tokens_[token - 1].leading;
    to.insert(to.end(), from.begin(), from.end());
    from.clear();
  }

  // Moves the comments between a token and a glued one behind the latter.
  void MoveBehind(int glued) {
    if (glued == 0 || glued + 1 == Count()) return;
    LayoutToken& before = tokens_[glued - 1];
    LayoutToken& token = tokens_[glued];
    std::vector<PlacedComment> moved = std::exchange(token.leading, {});
    const std::string_view own = std::exchange(token.trailing, {});
    if (!before.trailing.empty()) {
      token.trailing = std::exchange(before.trailing, {});
    } else if (moved.empty()) {
      token.trailing = own;
    }
    if (!own.empty() && token.trailing.data() != own.data()) moved.push_back({own, false});
    std::vector<PlacedComment>& after = tokens_[glued + 1].leading;
    after.insert(after.begin(), moved.begin(), moved.end());
  }

  const std::string_view source_;
  const std::vector<Comment>& comments_;
  std::vector<LayoutToken>& tokens_;
  std::vector<int> leaves_;
  std::vector<SourceToken> read_;
  std::vector<int> place_;  // of each token: which of `read_` it is
};

}  // namespace

std::string_view TrimComment(std::string_view text) {
  while (!text.empty() && IsSpace(text.back())) text.remove_suffix(1);
  return text;
}

void PlaceComments(std::string_view source, const std::vector<Comment>& comments,
                   std::vector<LayoutToken>* tokens) {
  if (tokens->empty()) return;
  CommentPlacer(source, comments, tokens).Run();
}

}  // namespace pql
