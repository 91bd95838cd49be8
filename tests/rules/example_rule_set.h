// Compiling the examples of documents and saying what is wrong with them.  Thread-safe: no state.

#ifndef PQL_TESTS_RULES_EXAMPLE_RULE_SET_H_
#define PQL_TESTS_RULES_EXAMPLE_RULE_SET_H_

#include <string>
#include <string_view>
#include <vector>

#include "ruleset/rule_set.h"

namespace pql {

// Why it is no complete rule set: its findings as the tools print them, its failing tests.  Empty
// when it compiles without findings and all its tests pass.
std::string Complaints(const CompileResult& result);

// The failing tests alone, a line each.
std::string FailingTests(const RuleSet& rule_set);

// The codes of all findings, in order: "PQL1203".
std::vector<std::string> Codes(const CompileResult& result);

// Examples that are expressions, one a line (indented lines continue the one above), compiled as
// defines beside `vocabulary`, a rule set with metrics and one test, which describes an account.
//
//   messages > 2000   # = true      the value for that account
//   messages => 2000  # -> messages >= 2000      what the fix of the finding makes of it
struct ConditionExample {
  std::string text;   // as in the document, comment included
  std::string code;   // without comment and the space before it
  std::string value;  // behind `# = `, or empty
  std::string fixed;  // behind `# -> `, or empty
};
std::vector<ConditionExample> ConditionExamples(std::string_view block);

// What is wrong with the examples, given that each is to have the finding `code` and no other, or
// none when it is empty.  Empty when nothing is.
std::string ComplaintsAboutConditions(const std::string& vocabulary,
                                      const std::vector<ConditionExample>& examples,
                                      const std::string& code);

}  // namespace pql

#endif  // PQL_TESTS_RULES_EXAMPLE_RULE_SET_H_
