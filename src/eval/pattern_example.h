// A text that a regular expression matches.  Pure; thread-safe.

#ifndef PQL_EVAL_PATTERN_EXAMPLE_H_
#define PQL_EVAL_PATTERN_EXAMPLE_H_

#include <optional>
#include <string>

#include "re2/re2.h"

namespace pql {

// A short one: the first of alternatives, the first of a class, no more repetitions than needed
// (at least one).  Nothing for a pattern that this reading gets wrong, such as one with flags.
std::optional<std::string> ExampleOf(const re2::RE2& pattern);

}  // namespace pql

#endif  // PQL_EVAL_PATTERN_EXAMPLE_H_
