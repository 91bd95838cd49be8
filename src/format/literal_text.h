// Literals as canonical source text.  Thread-safe: no state.

#ifndef PQL_FORMAT_LITERAL_TEXT_H_
#define PQL_FORMAT_LITERAL_TEXT_H_

#include <string>

#include "ast/expression.h"

namespace pql {

// Numbers get `_` between groups of three from five digits on and lose needless zeros; percentages,
// sizes, durations and timestamps stay in the unit they were written in.  A literal without a
// spelling gets the one that a person would choose.  REQUIRES: no list.
std::string LiteralText(const Literal& literal);

}  // namespace pql

#endif  // PQL_FORMAT_LITERAL_TEXT_H_
