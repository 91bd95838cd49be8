// Regular expressions of `matches`: compiled once, with bounds.  Thread-safe: no state.

#ifndef PQL_CHECKER_PATTERN_H_
#define PQL_CHECKER_PATTERN_H_

#include <memory>
#include <string_view>

#include "checker/checker.h"

namespace re2 {
class RE2;
}

namespace pql {

// The compiled pattern, or null with a finding at `range`.
std::shared_ptr<const re2::RE2> CompilePattern(std::string_view pattern, SourceRange range,
                                               const CheckLimits& limits, DiagnosticSink* sink);

}  // namespace pql

#endif  // PQL_CHECKER_PATTERN_H_
