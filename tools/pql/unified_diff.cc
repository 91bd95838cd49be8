#include "tools/pql/unified_diff.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/strings.h"
#include "tools/pql/console.h"

namespace pql {
namespace {

constexpr size_t kContext = 3;
constexpr int kMaxEdits = 1000;

using Lines = std::vector<std::string_view>;

// Each with its line end, if it has one.
Lines SplitLines(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

// A line of the result: kept, removed or added.
struct Edit {
  char kind;  // ' ', '-', '+'
  std::string_view line;
};

size_t Index(int i) { return static_cast<size_t>(i); }

// The shortest way from `a` to `b`, greedily by the number of edits (Myers 1986), or, beyond
// kMaxEdits, all of one and then all of the other.
std::vector<Edit> ShortestEdits(const Lines& a, const Lines& b) {
  const int n = static_cast<int>(a.size());
  const int m = static_cast<int>(b.size());
  const int limit = std::min(n + m, kMaxEdits);
  // furthest[d][k + d]: how far into `a` d edits get on the diagonal x - y = k.
  std::vector<std::vector<int>> furthest;
  const auto at = [&furthest](int d, int k) -> int {
    return k < -d || k > d ? -1 : furthest[Index(d)][Index(k + d)];
  };
  const auto adds = [&at](int d, int k) {
    return k == -d || (k != d && at(d - 1, k - 1) < at(d - 1, k + 1));
  };
  int edits = -1;
  for (int d = 0; d <= limit && edits < 0; ++d) {
    furthest.emplace_back(Index(2 * d + 1), -1);
    for (int k = -d; k <= d; k += 2) {
      int x = d == 0 ? 0 : adds(d, k) ? at(d - 1, k + 1) : at(d - 1, k - 1) + 1;
      int y = x - k;
      while (x < n && y < m && a[Index(x)] == b[Index(y)]) ++x, ++y;
      furthest.back()[Index(k + d)] = x;
      if (x == n && y == m) edits = d;
    }
  }
  std::vector<Edit> result;
  if (edits < 0) {
    for (const std::string_view line : a) result.push_back({'-', line});
    for (const std::string_view line : b) result.push_back({'+', line});
    return result;
  }
  int x = n;
  int y = m;
  for (int d = edits; d >= 0; --d) {
    const int k = x - y;
    const bool added = d > 0 && adds(d, k);
    const int from_k = added ? k + 1 : k - 1;
    const int from_x = d == 0 ? 0 : at(d - 1, from_k);
    const int from_y = d == 0 ? 0 : from_x - from_k;
    while (x > from_x && y > from_y) {
      result.push_back({' ', a[Index(--x)]});
      --y;
    }
    if (d == 0) break;
    if (added) {
      result.push_back({'+', b[Index(--y)]});
    } else {
      result.push_back({'-', a[Index(--x)]});
    }
  }
  std::reverse(result.begin(), result.end());
  return result;
}

std::vector<Edit> Edits(const Lines& a, const Lines& b) {
  size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  size_t tail = 0;
  while (tail < a.size() - head && tail < b.size() - head &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) {
    ++tail;
  }
  std::vector<Edit> edits;
  for (size_t i = 0; i < head; ++i) edits.push_back({' ', a[i]});
  const auto middle = [&](const Lines& lines) {
    return Lines(lines.begin() + static_cast<ptrdiff_t>(head),
                 lines.end() - static_cast<ptrdiff_t>(tail));
  };
  for (const Edit& edit : ShortestEdits(middle(a), middle(b))) edits.push_back(edit);
  for (size_t i = a.size() - tail; i < a.size(); ++i) edits.push_back({' ', a[i]});
  return edits;
}

// `12,3`; where nothing stands, the line before counts.
std::string Span(size_t first, size_t count) {
  return count == 1 ? StrCat(first) : StrCat(count == 0 ? first - 1 : first, ",", count);
}

void AppendLine(const Edit& edit, bool color, std::string* out) {
  const bool ended = edit.line.ends_with('\n');
  const std::string text =
      StrCat(std::string(1, edit.kind), edit.line.substr(0, edit.line.size() - (ended ? 1 : 0)));
  const Paint paint = edit.kind == '+' ? Paint::kGreen : Paint::kRed;
  StrAppend(out, Painted(color && edit.kind != ' ', paint, text), "\n",
            ended ? "" : "\\ No newline at end of file\n");
}

}  // namespace

std::string UnifiedDiff(std::string_view old_name, std::string_view old_text,
                        std::string_view new_name, std::string_view new_text, bool color) {
  if (old_text == new_text) return "";
  const std::vector<Edit> edits = Edits(SplitLines(old_text), SplitLines(new_text));
  std::string out = StrCat(Painted(color, Paint::kBold, StrCat("--- ", old_name)), "\n",
                           Painted(color, Paint::kBold, StrCat("+++ ", new_name)), "\n");
  size_t old_line = 1;  // of edits[i]
  size_t new_line = 1;
  for (size_t i = 0; i < edits.size();) {
    // The hunk begins up to kContext lines before the next change and goes on while changes are
    // no more than twice that apart.
    size_t change = i;
    while (change < edits.size() && edits[change].kind == ' ') ++change;
    if (change == edits.size()) break;
    const size_t begin = std::max(i, change > kContext ? change - kContext : 0);
    size_t end = change;
    for (size_t j = change; j < edits.size() && j <= end + 2 * kContext; ++j) {
      if (edits[j].kind != ' ') end = j;
    }
    end = std::min(edits.size(), end + 1 + kContext);
    old_line += begin - i;
    new_line += begin - i;
    size_t old_count = 0;
    size_t new_count = 0;
    std::string lines;
    for (i = begin; i < end; ++i) {
      if (edits[i].kind != '+') ++old_count;
      if (edits[i].kind != '-') ++new_count;
      AppendLine(edits[i], color, &lines);
    }
    StrAppend(
        &out,
        Painted(color, Paint::kCyan,
                StrCat("@@ -", Span(old_line, old_count), " +", Span(new_line, new_count), " @@")),
        "\n", lines);
    old_line += old_count;
    new_line += new_count;
  }
  return out;
}

}  // namespace pql
