// Expressions as written: the syntax tree before names and types are known.
//
// One node type for all kinds keeps walkers, equality, cloning and rewriting in one place each.
// `and` / `or` chains are flat, so the depth of a tree is bounded by what the parser admits (256,
// see grammar/README.md, "Limits"), however many terms a condition has.  A node owns its children.
// Thread-compatible.

#ifndef PQL_AST_EXPRESSION_H_
#define PQL_AST_EXPRESSION_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ast/operator.h"
#include "diagnostics/source.h"

namespace pql {

inline constexpr int kMaxExpressionDepth = 256;

// A literal's value and, so that the formatter can keep it, how it was spelled.
struct Literal {
  enum class Kind : uint8_t {
    kNumber,   // 2_000
    kPercent,  // 20%: number is 0.2
    kSize,     // 10MB: number is in bytes
    kBool,
    kString,
    kDuration,   // micros
    kTimestamp,  // micros since the epoch
    kList,       // ["a", "b"] or [1, 2], of kNumber or kString, where a literal is asked for
  };
  Kind kind = Kind::kNumber;
  bool boolean = false;
  double number = 0;
  int64_t micros = 0;
  std::string text;  // of a kString: its characters, escapes resolved
  std::vector<Literal> elements;
  std::string spelling;  // as written in canonical characters; empty when made by a program

  static Literal Number(double value);
  static Literal Bool(bool value);
  static Literal String(std::string value);
  static Literal Duration(int64_t micros);
  static Literal Timestamp(int64_t micros);

  // Equality of kind and value; the spelling does not count.
  friend bool operator==(const Literal& a, const Literal& b);
};

struct Expression;
using ExpressionPtr = std::unique_ptr<Expression>;

struct Expression {
  enum class Kind : uint8_t {
    kError,     // stands where the source could not be understood; its finding is reported
    kLiteral,   // literal
    kName,      // name: a metric, define, output, scorecard, rule, `now` or `stage`
    kCall,      // name, children
    kOperator,  // op, children, count
  };

  Kind kind = Kind::kError;
  Operator op = Operator::kAnd;  // of a kOperator
  bool parenthesized = false;    // written in parentheses; the formatter keeps them
  int count = 0;                 // of `at least`: how many
  SourceRange range;             // without the parentheses around it
  SourceRange operator_range;    // of a kOperator: its (first) word or sign; of a kCall: the name
  std::string name;              // in NFC, dots included, without backticks
  Literal literal;
  std::vector<ExpressionPtr> children;

  static ExpressionPtr Error(SourceRange range);
  static ExpressionPtr OfLiteral(Literal literal, SourceRange range = {});
  static ExpressionPtr OfName(std::string name, SourceRange range = {});
  static ExpressionPtr OfCall(std::string name, std::vector<ExpressionPtr> arguments,
                              SourceRange range = {});
  static ExpressionPtr OfOperator(Operator op, std::vector<ExpressionPtr> operands,
                                  SourceRange range = {});

  bool Is(Operator which) const { return kind == Kind::kOperator && op == which; }
  ExpressionPtr Clone() const;
};

// The same tree; ranges, spellings and parentheses do not count.
bool SameExpression(const Expression& a, const Expression& b);

// Calls `visit(node)` for the node and everything below it, parents first, left to right.
template <typename Visit>
void WalkExpression(const Expression& root, const Visit& visit) {
  visit(root);
  for (const ExpressionPtr& child : root.children) WalkExpression(*child, visit);
}
template <typename Visit>
void WalkExpression(Expression& root, const Visit& visit) {
  visit(root);
  for (const ExpressionPtr& child : root.children) WalkExpression(*child, visit);
}

// For golden tests, in Lisp form on one line: `(and (>= messages 2000) (in plan "free" "trial"))`.
std::string DumpExpression(const Expression& expression);

}  // namespace pql

#endif  // PQL_AST_EXPRESSION_H_
