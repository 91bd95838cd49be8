#include "tools/pql/expect_explanation.h"

#include "eval/explanation.h"
#include "eval/interpreter.h"
#include "ruleset/test_runner.h"
#include "tools/pql/explanation_json.h"

namespace pql {

std::string ExplainExpect(const RuleSet& rule_set, uint32_t test, uint32_t expect, bool color) {
  const CheckedRuleSet& checked = rule_set.checked;
  const TestInput given(checked, checked.tests[test]);
  const Evaluation evaluation = Evaluate(checked, given.input);
  const ExplanationNode node = ExplainCondition(
      rule_set.sources, checked, checked.tests[test].expects[expect], given.input, evaluation);
  return ExplanationText(ExplanationToJson(rule_set.sources, node),
                         {.color = color, .utf8 = LocaleIsUtf8(), .indent = 6});
}

}  // namespace pql
