// A rule set from one text, for tests.

#ifndef PQL_TESTS_RULESET_COMPILED_H_
#define PQL_TESTS_RULESET_COMPILED_H_

#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "diagnostics/render.h"
#include "gtest/gtest.h"
#include "ruleset/rule_set.h"

namespace pql {

inline std::shared_ptr<const RuleSet> Compiled(const std::string& text) {
  const CompileResult result = CompileRuleSet("rules", {{"rules.pql", text}});
  EXPECT_TRUE(result.ok()) << RenderHuman(result.rule_set->sources, result.diagnostics, 0);
  return result.rule_set;
}

inline std::vector<uint32_t> AllTests(const RuleSet& rule_set) {
  std::vector<uint32_t> tests(rule_set.checked.tests.size());
  std::iota(tests.begin(), tests.end(), 0);
  return tests;
}

}  // namespace pql

#endif  // PQL_TESTS_RULESET_COMPILED_H_
