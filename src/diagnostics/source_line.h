// One line of source as a terminal shows it, and what part of it a byte range covers.  Private to
// the human renderer.  Pure functions; thread-safe.

#ifndef PQL_DIAGNOSTICS_SOURCE_LINE_H_
#define PQL_DIAGNOSTICS_SOURCE_LINE_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace pql {

struct SourceLine {
  std::string text;      // fit to print: tabs expanded, the unprintable escaped, long lines cut
  int caret_column = 0;  // where the range begins in `text`, in terminal columns from 0
  int caret_width = 1;   // how many columns it covers, at least 1
};

struct SourceLineOptions {
  int tab_width = 4;      // at least 1
  int max_columns = 160;  // of `text`; at least 40
};

// The line `line` (any bytes, no line end) around bytes [begin, end) of it.
// REQUIRES: begin <= end <= line.size().
SourceLine LayOutSourceLine(std::string_view line, size_t begin, size_t end,
                            const SourceLineOptions& options = {});

}  // namespace pql

#endif  // PQL_DIAGNOSTICS_SOURCE_LINE_H_
