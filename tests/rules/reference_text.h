// The parts of the language reference that are written by programs: functions from the registry,
// findings from the table of diagnostics.  Pure; thread-safe.

#ifndef PQL_TESTS_RULES_REFERENCE_TEXT_H_
#define PQL_TESTS_RULES_REFERENCE_TEXT_H_

#include <optional>
#include <string>
#include <string_view>

#include "diagnostics/diagnostic_table.h"
#include "language/function_registry.h"

namespace pql {

// A table a family, for between `<!-- functions: begin -->` and `<!-- functions: end -->`.
std::string FunctionReference(const FunctionRegistry& registry);

// Every finding with its explanation, a wrong and a right example, for between
// `<!-- diagnostics: begin -->` and its end.
std::string DiagnosticReference();

// `document` with what stands between the two comments of `section` replaced; nothing when one of
// them is not there.
std::optional<std::string> ReplaceSection(std::string_view document, std::string_view section,
                                          std::string_view content);

// Whether the wrong example only stands for what gets the finding: files too large for a page,
// bytes and invisible characters that a page can't show.
bool StandsForItsExample(DiagnosticKind kind);

}  // namespace pql

#endif  // PQL_TESTS_RULES_REFERENCE_TEXT_H_
