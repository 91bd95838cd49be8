#include "lint/check.h"

namespace pql {

Diagnostic& LintContext::Report(DiagnosticKind kind, SourceRange range,
                                std::vector<DiagnosticArgument> arguments) {
  return findings_.emplace_back(
      Diagnostic{.kind = kind, .range = range, .arguments = std::move(arguments)});
}

}  // namespace pql
