// Random syntax trees, and random ways to write the same program: for the property tests of the
// parser and the formatter.  The trees are well formed, not well typed.  Thread-compatible.

#ifndef PQL_TESTS_TESTING_RANDOM_SYNTAX_H_
#define PQL_TESTS_TESTING_RANDOM_SYNTAX_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ast/expression.h"
#include "ast/rule_file.h"
#include "tests/testing/random.h"

namespace pql::testing {

// The same seed gives the same sequence on every machine.
class RandomSyntax {
 public:
  explicit RandomSyntax(uint64_t seed) : random_(seed) {}

  // Every form of expression; at most `depth` levels.  No ranges; spellings and marks of
  // parentheses at random.
  ExpressionPtr RandomExpression(int depth);
  Declaration RandomDeclaration();
  RuleFile RandomRuleFile(int declarations);

  // The canonical `text` with other white space and with comments between its tokens.  Each comment
  // is different; `comments` gets them, in order.
  std::string Disturb(std::string_view text, std::vector<std::string>* comments);

  // One canonical rule or test with its clauses in another order that means the same.
  std::string ShuffleClauses(std::string_view text);

 private:
  // 0 <= result < n.
  int Below(int n) { return static_cast<int>(random_.Below(static_cast<uint64_t>(n))); }
  bool OneIn(int n) { return Below(n) == 0; }
  std::string AnyName();
  std::string AnyText();
  NameSyntax AnyNameSyntax() { return {AnyName(), {}}; }
  TextSyntax AnyTextSyntax() { return {AnyText(), {}}; }
  Literal AnyLiteral();
  Literal AnyNumber();
  Literal AnyListLiteral();
  ExpressionPtr AnyOperator(int depth);
  std::vector<ExpressionPtr> Operands(int count, int depth);

  MetricSyntax AnyMetric();
  ScorecardSyntax AnyScorecard();
  RuleSyntax AnyRule();
  TestSyntax AnyTest();

  Random random_;
  int comment_count_ = 0;
};

}  // namespace pql::testing

#endif  // PQL_TESTS_TESTING_RANDOM_SYNTAX_H_
