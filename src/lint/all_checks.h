// The checks, each in checks/<name>.cc.  See check.h.

#ifndef PQL_LINT_ALL_CHECKS_H_
#define PQL_LINT_ALL_CHECKS_H_

#include "lint/check.h"

namespace pql {

void CheckAlwaysTrue(LintContext* context);
void CheckAlwaysFalse(LintContext* context);
void CheckRedundantCondition(LintContext* context);
void CheckDuplicateRule(LintContext* context);
void CheckSubsumedRule(LintContext* context);
void CheckNeverDecided(LintContext* context);
void CheckScoreFromBelow(LintContext* context);
void CheckSignupOnly(LintContext* context);
void CheckMarketingOnly(LintContext* context);
void CheckCustomerNotExcluded(LintContext* context);
void CheckNoProductSignal(LintContext* context);
void CheckUnusedMetric(LintContext* context);
void CheckUnusedDefine(LintContext* context);
void CheckUntestedRule(LintContext* context);
void CheckMissingOwner(LintContext* context);
void CheckMissingTitle(LintContext* context);
void CheckAmbiguousThousands(LintContext* context);
void CheckExpiredRule(LintContext* context);
void CheckNaming(LintContext* context);
void CheckMagicPercent(LintContext* context);
void CheckTodo(LintContext* context);
void CheckHiddenCharacter(LintContext* context);
void CheckConfusableName(LintContext* context);

}  // namespace pql

#endif  // PQL_LINT_ALL_CHECKS_H_
