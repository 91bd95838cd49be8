#include "diagnostics/source_line.h"

#include <algorithm>
#include <cassert>
#include <vector>

#include "base/unicode.h"

namespace pql {
namespace {

// More marks than any script puts on one letter.
constexpr int kMaxMarks = 8;
constexpr int kEllipsisWidth = 3;
// No column takes more: a character and its marks have at most 4 bytes each.
constexpr size_t kMaxBytesAColumn = size_t{4} * (1 + kMaxMarks);

// What a terminal draws in one go: a character with the marks upon it, a tab, an escape.
struct Cell {
  size_t begin = 0;  // bytes of the line
  size_t end = 0;
  std::string shown;
  int width = 0;
  int marks = 0;
  bool takes_marks = false;
};

class CellBuilder {
 public:
  CellBuilder(std::string_view line, size_t range_begin, size_t range_end, int tab_width)
      : line_(line), range_begin_(range_begin), range_end_(range_end), tab_width_(tab_width) {}

  std::vector<Cell> Build() {
    size_t valid_end = FindInvalidUtf8(line_).value_or(line_.size());
    for (size_t offset = 0; offset < line_.size();) {
      if (offset == valid_end) {
        AddEscape(offset, offset + 1);
        ++offset;
        valid_end = offset + FindInvalidUtf8(line_.substr(offset)).value_or(line_.size() - offset);
        continue;
      }
      const size_t begin = offset;
      const char32_t c = DecodeUtf8(line_, &offset);
      AddCodePoint(c, begin, offset);
    }
    return std::move(cells_);
  }

 private:
  void AddCodePoint(char32_t c, size_t begin, size_t end) {
    if (c == '\t') {
      const int width = tab_width_ - column_ % tab_width_;
      return Add({begin, end, std::string(static_cast<size_t>(width), ' '), width});
    }
    if (IsUnprintable(c)) return AddEscape(begin, end);
    const std::string_view bytes = line_.substr(begin, end - begin);
    const int width = DisplayWidth(c);
    if (width > 0) return Add({begin, end, std::string(bytes), width, 0, true});
    if (!MayJoin(begin, end)) return AddEscape(begin, end);
    Cell& base = cells_.back();
    base.end = end;
    base.shown += bytes;
    ++base.marks;
  }

  // Whether a character without width is drawn upon the one before.  It is not where there is
  // none, where it is the very thing that the finding is about, and where it does nothing (a
  // joiner or a selector behind ASCII), so that it would be there without being seen.
  bool MayJoin(size_t begin, size_t end) const {
    if (cells_.empty() || !cells_.back().takes_marks || cells_.back().marks == kMaxMarks) {
      return false;
    }
    if (begin == range_begin_ && range_end_ <= end && range_begin_ < range_end_) return false;
    size_t offset = begin;
    const char32_t c = DecodeUtf8(line_, &offset);
    constexpr char32_t kFirstJoiner = 0x200C;
    constexpr char32_t kLastJoiner = 0x200D;
    constexpr char32_t kFirstSelector = 0xFE00;
    constexpr char32_t kLastSelector = 0xFE0F;
    const bool draws_nothing = (kFirstJoiner <= c && c <= kLastJoiner) ||
                               (kFirstSelector <= c && c <= kLastSelector) || c >= 0xE0000;
    return !draws_nothing || static_cast<unsigned char>(line_[cells_.back().begin]) >= 0x80;
  }

  void AddEscape(size_t begin, size_t end) {
    std::string shown = EscapeUnprintable(line_.substr(begin, end - begin));
    if (shown == line_.substr(begin, end - begin)) {
      size_t offset = begin;
      shown = '<' + CodePointNumber(DecodeUtf8(line_, &offset)) + '>';
    }
    const int width = static_cast<int>(shown.size());
    Add({begin, end, std::move(shown), width});
  }

  void Add(Cell cell) {
    column_ += cell.width;
    cells_.push_back(std::move(cell));
  }

  std::string_view line_;
  size_t range_begin_;
  size_t range_end_;
  int tab_width_;
  int column_ = 0;
  std::vector<Cell> cells_;
};

// Cells [first, last) of the line that fit into `budget` columns with what the range covers, its
// beginning above all, and some of what stands before it.
struct Window {
  size_t first = 0;
  size_t last = 0;
};

Window ChooseWindow(const std::vector<Cell>& cells, size_t caret_cell, int budget) {
  int total = 0;
  for (const Cell& cell : cells) total += cell.width;
  if (total <= budget) return {0, cells.size()};
  budget -= 2 * kEllipsisWidth;
  // A third of the room goes to what stands before, more where less is needed behind.
  size_t first = caret_cell;
  size_t last = caret_cell;
  int used = 0;
  while (first > 0 && used + cells[first - 1].width <= budget / 3) used += cells[--first].width;
  while (last < cells.size() && used + cells[last].width <= budget) used += cells[last++].width;
  while (first > 0 && used + cells[first - 1].width <= budget) used += cells[--first].width;
  return {first, last};
}

}  // namespace

SourceLine LayOutSourceLine(std::string_view line, size_t begin, size_t end,
                            const SourceLineOptions& options) {
  assert(begin <= end && end <= line.size());
  // What is further away than this can't be in the window; a line may have a megabyte.
  const size_t reach = kMaxBytesAColumn * static_cast<size_t>(options.max_columns);
  size_t skipped = begin - std::min(begin, reach);
  while (skipped < begin && IsContinuationByte(line[skipped])) ++skipped;
  line = line.substr(skipped, begin - skipped + reach);
  begin -= skipped;
  end = std::min(end - skipped, line.size());

  const std::vector<Cell> cells =
      CellBuilder(line, begin, end, std::max(1, options.tab_width)).Build();
  const auto covers_begin = [begin](const Cell& cell) { return begin < cell.end; };
  const auto caret = std::find_if(cells.begin(), cells.end(), covers_begin);
  const auto caret_cell = static_cast<size_t>(caret - cells.begin());
  const Window window = ChooseWindow(cells, caret_cell, options.max_columns);

  SourceLine result;
  int caret_width = 0;
  if (window.first > 0) {
    result.text = "...";
    result.caret_column = kEllipsisWidth;
  }
  for (size_t i = window.first; i < window.last; ++i) {
    const Cell& cell = cells[i];
    result.text += cell.shown;
    if (i < caret_cell) {
      result.caret_column += cell.width;
    } else if (cell.begin < end) {
      caret_width += cell.width;
    }
  }
  if (window.last < cells.size()) result.text += "...";
  result.caret_width = std::max(1, caret_width);
  return result;
}

}  // namespace pql
