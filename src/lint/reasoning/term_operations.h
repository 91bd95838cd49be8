// Operators and functions over diagrams of values, followed where they can be: comparisons become
// conditions on one axis, differences of times an axis of their own, functions of one metric steps
// of its term.  What can't be followed is a value of its own that may be anything, the same
// wherever the same is computed.  Keeps references to the diagrams and terms.  Not thread-safe.

#ifndef PQL_LINT_REASONING_TERM_OPERATIONS_H_
#define PQL_LINT_REASONING_TERM_OPERATIONS_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "language/typed_expression.h"
#include "lint/reasoning/diagram.h"
#include "lint/reasoning/terms.h"

namespace pql {

class TermOperations {
 public:
  using Operands = std::span<const DiagramId>;

  // Makes the axis of the clock.
  TermOperations(DiagramStore* diagrams, Terms* terms);

  // The clock, as a value.
  DiagramId Now() { return terms_.OfTerm({.axis = clock_, .kind = Type::Kind::kTimestamp}); }
  // The operator or call, which is missing where an operand is.
  DiagramId Strict(const TypedExpression& node, Operands operands);
  DiagramId Strict(Operator op, const Type& type, DiagramId a, DiagramId b);
  DiagramId Compare(Operator comparison, DiagramId a, DiagramId b) {
    return Strict(comparison, Type::Bool(), a, b);
  }
  // The value of an axis of its own, of that type.
  DiagramId FreeValue(const std::string& id, const Type& type, bool can_be_missing,
                      std::optional<KeyRange> range = std::nullopt, bool is_whole = false);
  DiagramId BoolAxis(AxisId axis);

 private:
  DiagramId StrictAtTerminals(const TypedExpression& node, Operands terminals);
  DiagramId CompareAtTerminals(Operator comparison, DiagramId a, DiagramId b);
  DiagramId CompareTerms(Operator comparison, DiagramId a, DiagramId b);
  std::optional<DiagramId> SubtractTimes(DiagramId a, DiagramId b);
  DiagramId Computed(const TypedExpression& node, Operands terminals);
  DiagramId RequirePresent(Operands terminals, DiagramId diagram);
  // How much later the term is than its axis, where that is all there is to it.
  std::optional<int64_t> ShiftOf(const Term& term) const;

  DiagramStore& diagrams_;
  Terms& terms_;
  const AxisId clock_;
  uint64_t fresh_ = 0;  // of results that are never the same again
};

}  // namespace pql

#endif  // PQL_LINT_REASONING_TERM_OPERATIONS_H_
