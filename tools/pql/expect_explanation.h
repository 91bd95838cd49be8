// Why a failing `expect` of a test is not true.  Pure functions; thread-safe.

#ifndef TOOLS_PQL_EXPECT_EXPLANATION_H_
#define TOOLS_PQL_EXPECT_EXPLANATION_H_

#include <cstdint>
#include <string>

#include "ruleset/rule_set.h"
#include "tools/pql/explanation_text.h"

namespace pql {

// The tree of the condition for the account that the test describes, to stand under the caret.
// REQUIRES: indices of rule_set.checked.tests and of its expects.
std::string ExplainExpect(const RuleSet& rule_set, uint32_t test, uint32_t expect, bool color);

}  // namespace pql

#endif  // TOOLS_PQL_EXPECT_EXPLANATION_H_
