// Splits the text of a CSV into rows of cells.  Part of the readers.
//
// As RFC 4180 describes it, and as libcsv reads what RFC 4180 leaves open, which a test holds it
// to: rows end with CR, LF or both; blanks around a cell do not belong to it; a quote opens a
// quoted cell only as the first thing in it; within quotes `""` is a quote, and a quote that
// neither ends the cell nor is doubled is one as well.  Lines of nothing but blanks are no rows.
//
// Not thread-safe; the memory is used again from one text to the next.

#ifndef PQL_ACCOUNTS_CSV_CELLS_H_
#define PQL_ACCOUNTS_CSV_CELLS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace pql {

// What is wrong with a text that has_open_quote().
inline constexpr std::string_view kOpenQuote = "a cell's opening quote is never closed";

class CsvCells {
 public:
  // Bytes behind the end of a text that are read, though they do not count.
  static constexpr size_t kPadding = 64;

  // Splits text[0, size).  Quotes are taken out in place: `text` holds the cells from here on and
  // must stay.  REQUIRES: size < 2^32, kPadding readable bytes behind the text.
  void Split(char* text, size_t size);

  size_t row_count() const { return row_count_; }
  size_t SizeOf(size_t row) const { return row_ends_[row] - FirstOf(row); }
  std::string_view Cell(size_t row, size_t i) const { return ViewOf(FirstOf(row) + i); }
  // Whether the text ended within a quoted cell, which with its row is no row then.
  bool has_open_quote() const { return has_open_quote_; }

  // Where the last row of the text ends, behind its line end; 0: no row ends in it.  For texts that
  // are cut off anywhere but within a row end's two bytes, after which the rest would only be
  // blank.
  static size_t EndOfLastRow(std::string_view text);

 private:
  struct Span {
    uint32_t begin;
    uint32_t end;
  };

  size_t FirstOf(size_t row) const { return row == 0 ? 0 : row_ends_[row - 1]; }
  std::string_view ViewOf(size_t cell) const {
    const Span span = cells_[cell];
    return {text_ + span.begin, span.end - span.begin};
  }
  void Reserve(size_t size);

  const char* text_ = nullptr;
  // One cell a byte and one more at most: as many as there could be, of which memory is used only
  // as far as it is written.
  std::unique_ptr<Span[]> cells_;
  std::unique_ptr<uint32_t[]> row_ends_;  // in cells
  std::unique_ptr<uint32_t[]> ends_;      // where cells end as long as nothing is quoted
  size_t capacity_ = 0;
  size_t row_count_ = 0;
  bool has_open_quote_ = false;
};

}  // namespace pql

#endif  // PQL_ACCOUNTS_CSV_CELLS_H_
