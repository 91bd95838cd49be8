// How much of a text's tree may be copies of other parts of it.  Part of the parser.
//
// Some forms stand for one that says an operand more than once: `1 < x < 5` for
// `1 < x and x < 5`.  Nested, each level would double the tree below it: a few hundred bytes would
// be 2^40 nodes.  Thread-compatible.

#ifndef PQL_PARSER_COPY_BUDGET_H_
#define PQL_PARSER_COPY_BUDGET_H_

#include <cstddef>

#include "ast/expression.h"

namespace pql {

class CopyBudget {
 public:
  // Far more than anybody writes; what is long without being nested has its copies, too.
  explicit CopyBudget(size_t text_bytes) : left_(10'000 + text_bytes / 8) {}

  // Null where that would be too much, and ever after.
  ExpressionPtr Copy(const Expression& expression);

 private:
  bool Spend(const Expression& expression);

  size_t left_;  // in nodes of short texts
};

}  // namespace pql

#endif  // PQL_PARSER_COPY_BUDGET_H_
