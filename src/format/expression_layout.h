// Expressions as layouts: precedence, parentheses, and where a long condition breaks.
// Thread-safe: no state.

#ifndef PQL_FORMAT_EXPRESSION_LAYOUT_H_
#define PQL_FORMAT_EXPRESSION_LAYOUT_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "ast/expression.h"
#include "format/layout.h"

namespace pql {

inline constexpr int kFormatIndent = 2;

// A whole clause.  Where it does not fit, `and` and `or` begin lines at the clause's own indent.
Layout::Doc ClauseLayout(const Expression& expression, Layout* layout);

// A part of a line.  Where it does not fit, the lines behind its first are indented by two.
Layout::Doc TermLayout(const Expression& expression, Layout* layout);

// Whether it can begin on the line of its clause even where it does not fit there, since it breaks
// behind its first parenthesis: a call, `at least`.
bool BreaksInside(const Expression& expression);

// Items between commas, on one line or as an indented block between the lines of the parentheses.
struct BlockStyle {
  std::string open = "(";
  std::string close = ")";
  bool fill = false;  // as many items to a line as fit, else one
  SourceRange open_range;
  SourceRange close_range;
};
Layout::Doc BlockLayout(const BlockStyle& style, size_t count,
                        const std::function<Layout::Doc(size_t)>& item, Layout* layout);

}  // namespace pql

#endif  // PQL_FORMAT_EXPRESSION_LAYOUT_H_
