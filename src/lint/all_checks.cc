#include "lint/all_checks.h"

namespace pql {

std::span<const LintCheck> AllLintChecks() {
  static constexpr LintCheck kChecks[] = {
      {DiagnosticKind::kUnusedMetric, CheckUnusedMetric},
      {DiagnosticKind::kMissingOwner, CheckMissingOwner},
      {DiagnosticKind::kMissingTitle, CheckMissingTitle},
  };
  return kChecks;
}

}  // namespace pql
