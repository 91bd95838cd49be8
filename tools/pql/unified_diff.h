// What changes between two texts, for people and for `patch`.  Thread-safe: no state.

#ifndef TOOLS_PQL_UNIFIED_DIFF_H_
#define TOOLS_PQL_UNIFIED_DIFF_H_

#include <string>
#include <string_view>

namespace pql {

// The lines that differ, with three lines around them, in the unified format; empty when none does.
// A text that ends without a line end is marked as usual.  Shortest where fewer than a thousand
// lines differ; right, but longer than need be, where more do.  `color`: red and green for a
// terminal.
std::string UnifiedDiff(std::string_view old_name, std::string_view old_text,
                        std::string_view new_name, std::string_view new_text, bool color);

}  // namespace pql

#endif  // TOOLS_PQL_UNIFIED_DIFF_H_
