// Strings as the rules language writes them.  Thread-safe: no state.

#ifndef PQL_LANGUAGE_QUOTE_H_
#define PQL_LANGUAGE_QUOTE_H_

#include <string>
#include <string_view>

namespace pql {

// `text` as a string literal: in double quotes, with `\"`, `\\`, `\n`, `\t`, and `\u{...}` for
// other control characters and bidirectional controls, which would garble what is printed.
// REQUIRES: valid UTF-8.
std::string QuoteString(std::string_view text);

}  // namespace pql

#endif  // PQL_LANGUAGE_QUOTE_H_
