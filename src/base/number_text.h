// Numbers as text, independent of locale.  Thread-safe: no state.

#ifndef PQL_BASE_NUMBER_TEXT_H_
#define PQL_BASE_NUMBER_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

namespace pql {

// The shortest decimal text without exponent that reads back as the same double: `2500`, `0.1`.
// REQUIRES: finite.  `-0.0` gives `0`.
std::string FormatNumber(double value);

// As FormatNumber with `_` between groups of three digits of a whole part of five digits or more:
// `2500`, `20_000`, `1_234_567.5`.  What rules-language source uses.
std::string FormatGroupedNumber(double value);

// The double nearest to the decimal text (digits, one optional `.`, optional sign and exponent),
// or nothing when it is no number or not finite.
std::optional<double> ParseNumber(std::string_view text);

}  // namespace pql

#endif  // PQL_BASE_NUMBER_TEXT_H_
