// The checks, each in checks/<name>.cc.  See check.h.

#ifndef PQL_LINT_ALL_CHECKS_H_
#define PQL_LINT_ALL_CHECKS_H_

#include "lint/check.h"

namespace pql {

void CheckUnusedMetric(LintContext* context);
void CheckMissingOwner(LintContext* context);
void CheckMissingTitle(LintContext* context);

}  // namespace pql

#endif  // PQL_LINT_ALL_CHECKS_H_
