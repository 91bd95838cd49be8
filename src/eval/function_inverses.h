// What an argument of a function has to be for a wanted result.  Private to eval/; pure;
// thread-safe.

#ifndef PQL_EVAL_FUNCTION_INVERSES_H_
#define PQL_EVAL_FUNCTION_INVERSES_H_

#include <string_view>
#include <vector>

#include "language/type.h"
#include "language/value.h"

namespace pql {

struct InverseQuestion {
  std::vector<Value> arguments;  // as they are now
  size_t index = 0;              // of the argument in question
  Type type;                     // its type
  Value wanted;                  // the result, present
  Timestamp now;
};

// Values of the argument with which the function returns what is wanted, or between which it steps
// over it; they may be missing, or off by a rounding.
using InverseFunction = std::vector<Value> (*)(const InverseQuestion& question);

// Null for functions that are not built in: those of plug-ins are searched without.
InverseFunction FindInverse(std::string_view function);

}  // namespace pql

#endif  // PQL_EVAL_FUNCTION_INVERSES_H_
