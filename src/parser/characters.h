// The characters of a source text as the lexer sees them.  Thread-safe: no state.

#ifndef PQL_PARSER_CHARACTERS_H_
#define PQL_PARSER_CHARACTERS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics/diagnostic.h"
#include "diagnostics/source.h"

namespace pql {

// Code points with the byte offset of each (and of the end).  They differ from the source where
// something was reported: invisible characters outside strings, comments and backticks are left
// out or made a space, digits of other scripts are made ASCII.
struct Characters {
  std::u32string points;
  std::vector<uint32_t> offsets;
  bool same_as_source = true;

  // UTF-8 of the points [begin, end).
  std::string Text(std::string_view source, size_t begin, size_t end) const;
};

// REQUIRES: the file's text is valid UTF-8.  A byte order mark at the start is left out.
Characters ReadCharacters(const SourceSet& sources, FileId file, DiagnosticSink* sink);

}  // namespace pql

#endif  // PQL_PARSER_CHARACTERS_H_
