// How the operands of a comparison stand to each other, which says more than its outcome: of a
// comparison that holds at a single number only, both sides are told apart.  Private to eval/.
//
// Keeps references to the expression.  Thread-safe.

#ifndef PQL_EVAL_STANDING_H_
#define PQL_EVAL_STANDING_H_

#include <vector>

#include "language/operators.h"
#include "language/typed_expression.h"
#include "language/value.h"

namespace pql {

class Standing {
 public:
  explicit Standing(const TypedExpression& atom);

  // A value that is another wherever the atom's is, given what says the value of a part of it.
  template <typename ValueOf>
  Value Now(const ValueOf& value_of) const {
    if (!compares_) return value_of(atom_);
    const Value subject = value_of(atom_.children[0]);
    if (subject.IsMissing()) return subject;
    Value::NumberList places = {PlaceOf(subject)};
    for (const TypedExpression* expression : others_) {
      const Value other = value_of(*expression);
      places.push_back(other.IsMissing() ? 2 : CompareOrdered(subject, other));
    }
    return Value::List(std::move(places));
  }

 private:
  // Among the constants: how many are less, and half of one more if it is one of them.
  double PlaceOf(const Value& subject) const;

  const TypedExpression& atom_;
  bool compares_ = false;         // ordered values
  std::vector<Value> constants_;  // that the first operand is compared with, ascending, each once
  std::vector<const TypedExpression*> others_;
};

}  // namespace pql

#endif  // PQL_EVAL_STANDING_H_
