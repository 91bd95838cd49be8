// The one table of everything that can be found in a rule file: code, name, severity, message,
// long explanation, a wrong and a right example.  `pql lint --explain` and the reference page are
// made from it.  Its rows stand in table/*.def, a file a family.  Immutable; thread-safe.

#ifndef PQL_DIAGNOSTICS_DIAGNOSTIC_TABLE_H_
#define PQL_DIAGNOSTICS_DIAGNOSTIC_TABLE_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace pql {

enum class Severity : uint8_t { kError, kWarning, kHint };
std::string_view SeverityName(Severity severity);  // "error", "warning", "hint"

// One enumerator a row: DiagnosticKind::kUnknownMetric.
enum class DiagnosticKind : uint16_t {
#define PQL_DIAGNOSTIC(kind, ...) kind,
#include "diagnostics/table/all.def"
#undef PQL_DIAGNOSTIC
};

struct DiagnosticInfo {
  DiagnosticKind kind;
  int code;               // 1203, shown as PQL1203; stable for ever
  std::string_view name;  // "unknown-metric"; stable, what --allow takes
  Severity severity;
  std::string_view message;      // template: {0}, {1}, ... are the arguments
  std::string_view explanation;  // paragraphs of plain text; code in backticks
  std::string_view wrong;        // an example that gets this finding
  std::string_view right;        // the same example put right
};

std::span<const DiagnosticInfo> AllDiagnostics();  // in order of code
const DiagnosticInfo& InfoOf(DiagnosticKind kind);
// By "PQL1203", "1203" or "unknown-metric"; null when there is none.
const DiagnosticInfo* FindDiagnostic(std::string_view code_or_name);
std::string CodeText(DiagnosticKind kind);  // "PQL1203"

}  // namespace pql

#endif  // PQL_DIAGNOSTICS_DIAGNOSTIC_TABLE_H_
