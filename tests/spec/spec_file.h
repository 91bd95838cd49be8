// The specification of the language as data: tests/testdata/spec/*.test, a file for each section of
// the design, the design's own sentences as headings, and below each the cases that pin it down.
//
//   vocabulary              declarations for all cases of the file that bring none of their own
//   ...
//   end
//
//   > `x is missing`, `x is present`: always true or false.
//   account {"y": 5}        for the cases that follow, as is what comes next
//   at 2026-03-10T12:00:00Z
//   previously slack_team
//   x is missing ==> true
//
// A case is `SUBJECT ==> OUTCOME`.
//
//   EXPRESSION ==> 2_500 | 1d12h | "a" | missing | missing x, y | <outcome of a text, see below>
//   type EXPRESSION ==> number unit bytes
//   | DECLARATIONS ==> <outcome of a text>
//   rules ==> <outcome of a text>       the block's own
//   rule NAME ==> QUALIFIED [score 5] | NOT_QUALIFIED | UNKNOWN [x, y]
//   stage ==> "pql" | missing [x, y]
//   incomplete ==> none | engagement: x, y; fit:
//   names of rules ==> a, b
//   test "NAME" ==> pass | fail | fails to run
//   gap NAME ==> none needed | impossible | <sentences, joined with "; ">
//   change NAME ==> never | 2026-03-08 NOT_QUALIFIED
//
// and the outcome of a text is
//
//   accepted
//   error NAME, NAME [shows TEXT] [fix|offers TEXT]
//   error 10 findings [and more]
//
// with the names or codes of all findings in their order; TEXT of `shows` stands in the first
// finding's message; that of `fix` is the case's text once all safe fixes are applied, and it is
// free of findings; `offers` counts fixes that want a look, too.
//
// Blocks end with a line `end`: `rules` (the whole rule set for the cases that follow; `>>> NAME`
// begins a further file), `more rules` (added to the vocabulary), `fixed` (what the rules become),
// `explanation of NAME` (a line a node: `clause: source = value {seen = value}`) and `rendered`
// (what a person is shown, with the findings of the rules).  `rendered` alone is written anew with
// PQL_UPDATE_TESTDATA=1: every other expectation is the specification.
//
// `<<10 x ab>>` stands for ten times `ab`, `<<10 lines ab>>` for ten such lines, `<<bytes E2 80
// AE>>` for those bytes, `<<line>>` for a line break.  `known_bug: WHY` marks the next case as one
// that the program gets wrong: it is printed, and fails once it passes.  `elsewhere: FILE` under a
// sentence names the tests that it has instead of cases.
//
// Not thread-safe.

#ifndef PQL_TESTS_SPEC_SPEC_FILE_H_
#define PQL_TESTS_SPEC_SPEC_FILE_H_

#include <string>
#include <string_view>
#include <vector>

namespace pql {

// The rule set, account, clock and held rules of a case.
struct SpecContext {
  std::string rules;
  std::string account = "{}";  // a JSON object
  std::string at = "2026-03-10T12:00:00Z";
  std::vector<std::string> held;
};

struct SpecCase {
  int line = 0;  // of the file
  SpecContext context;
  std::string subject;
  std::string expected;  // of a block: its lines
  bool is_block = false;
  std::string known_bug;  // why, where there is one
};

struct SpecSentence {
  std::string text;
  int line = 0;
  std::vector<SpecCase> cases;
  std::vector<std::string> elsewhere;
};

struct SpecFile {
  std::string path;
  std::vector<std::string> lines;
  std::vector<SpecSentence> sentences;
  std::vector<std::string> errors;  // of the file's own form
};

SpecFile ReadSpecFile(const std::string& path);

// Whether `text` begins with it, which is then taken away.
inline bool ConsumePrefix(std::string_view prefix, std::string_view* text) {
  if (!text->starts_with(prefix)) return false;
  text->remove_prefix(prefix.size());
  return true;
}

// `text` with its `<<...>>` replaced.
std::string ExpandPlaceholders(std::string_view text);

}  // namespace pql

#endif  // PQL_TESTS_SPEC_SPEC_FILE_H_
