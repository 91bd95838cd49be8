// A literal's neighbours: the next smaller and larger value in the unit that it is written in.
// Pure; thread-safe.

#ifndef PQL_RULESET_LITERAL_STEP_H_
#define PQL_RULESET_LITERAL_STEP_H_

#include <string>
#include <string_view>
#include <vector>

#include "language/value.h"

namespace pql {

struct SteppedLiteral {
  std::string text;  // `1999`, `11MB`, `13d`
  Value value;
};

// `2_000` gives 1999 and 2001, `2.5` gives 2.4 and 2.6, `20%` gives 19% and 21%, `10MB` 9MB and
// 11MB, `1d12h` 1d11h and 1d13h, a date the days around it, another timestamp the seconds.  Empty
// for what is no number, duration or timestamp, and for neighbours that are out of range.
std::vector<SteppedLiteral> StepLiteral(std::string_view spelling, const Value& value);

}  // namespace pql

#endif  // PQL_RULESET_LITERAL_STEP_H_
