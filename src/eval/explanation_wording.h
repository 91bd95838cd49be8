// The words of an explanation.  Private to eval/.  Pure functions; thread-safe.

#ifndef PQL_EVAL_EXPLANATION_WORDING_H_
#define PQL_EVAL_EXPLANATION_WORDING_H_

#include <string>
#include <vector>

#include "eval/explanation.h"
#include "language/type.h"
#include "language/typed_expression.h"

namespace pql {

// "2_500 bytes", "\"free\"", "not known"; a long text or list is cut.
std::string ShownValue(const Value& value, const Type& type);

// What a comparison asks of its left side, between spaces: " more than ", for times " after ".
// Empty for an operator that is none of `== < <= > >=`.
std::string_view ComparisonWord(Operator op, const Type& type);

// "1 of 3 hold, 1 undecided; all are needed".  Empty for what is no `and`, `or` or `at least`.
std::string PartsSentence(const TypedExpression& expression,
                          const std::vector<ExplanationNode>& parts);

// "`when` does not hold".
std::string RuleSentence(const std::vector<ExplanationNode>& clauses, Outcome outcome);

// The text on one line, without comments.
std::string FoldedSource(std::string_view text);

}  // namespace pql

#endif  // PQL_EVAL_EXPLANATION_WORDING_H_
