#include "lint/all_checks.h"

namespace pql {

std::span<const LintCheck> AllLintChecks() {
  static constexpr LintCheck kChecks[] = {
      {DiagnosticKind::kAlwaysTrue, CheckAlwaysTrue},
      {DiagnosticKind::kAlwaysFalse, CheckAlwaysFalse},
      {DiagnosticKind::kRedundantCondition, CheckRedundantCondition},
      {DiagnosticKind::kDuplicateRule, CheckDuplicateRule},
      {DiagnosticKind::kSubsumedRule, CheckSubsumedRule},
      {DiagnosticKind::kNeverDecided, CheckNeverDecided},
      {DiagnosticKind::kScoreFromBelow, CheckScoreFromBelow},
      {DiagnosticKind::kSignupOnly, CheckSignupOnly},
      {DiagnosticKind::kMarketingOnly, CheckMarketingOnly},
      {DiagnosticKind::kCustomerNotExcluded, CheckCustomerNotExcluded},
      {DiagnosticKind::kNoProductSignal, CheckNoProductSignal},
      {DiagnosticKind::kUnusedMetric, CheckUnusedMetric},
      {DiagnosticKind::kUnusedDefine, CheckUnusedDefine},
      {DiagnosticKind::kUntestedRule, CheckUntestedRule},
      {DiagnosticKind::kMissingOwner, CheckMissingOwner},
      {DiagnosticKind::kMissingTitle, CheckMissingTitle},
      {DiagnosticKind::kAmbiguousThousands, CheckAmbiguousThousands},
      {DiagnosticKind::kExpiredRule, CheckExpiredRule},
      {DiagnosticKind::kNaming, CheckNaming},
      {DiagnosticKind::kMagicPercent, CheckMagicPercent},
      {DiagnosticKind::kTodo, CheckTodo},
      {DiagnosticKind::kHiddenCharacter, CheckHiddenCharacter},
      {DiagnosticKind::kConfusableName, CheckConfusableName},
  };
  return kChecks;
}

}  // namespace pql
