// Results that may be missing, and their three-valued logic (grammar/README.md, "Missing values").
//
// A missing result names the metrics whose arrival, alone or with other absent ones, could make it
// present.  None are named where no metric can mend it: a division by a present zero stays missing
// whatever arrives.  A present result names none, even where an arrival would change it
// (`coalesce(x, 5)`, `x is missing`): no absence is to blame.  Pure functions over values;
// thread-safe.

#ifndef PQL_EVAL_KLEENE_H_
#define PQL_EVAL_KLEENE_H_

#include <cstdint>
#include <span>
#include <vector>

#include "language/value.h"

namespace pql {

// Metric indices, ascending, each once.
using MissingMetrics = std::vector<uint32_t>;

MissingMetrics Union(const MissingMetrics& a, const MissingMetrics& b);

// The union of any number, in no more time than it takes to sort them all, and in little more
// memory than the union itself.
class UnionOfMany {
 public:
  void Add(const MissingMetrics& metrics);
  MissingMetrics Take() &&;

 private:
  void SortOnce();

  MissingMetrics metrics_;     // in any order, perhaps more than once
  size_t is_worthwhile_ = 64;  // to sort so many
};

// Which way the metrics named by a missing condition could still decide it.  `1 / 0 > 1 or x` can
// become true with x but never false, so that `not` it, and a division by zero, is past mending.
// Of a missing result that is no condition, both name every metric that could make it present.
struct Deciders {
  MissingMetrics to_true;
  MissingMetrics to_false;
};

struct Result {
  Value value;
  MissingMetrics missing;  // of a missing value: the union of its deciders; else empty
  Deciders deciders;
};

Result PresentResult(Value value);  // a missing value is one that no metric can mend
Result MissingResult(MissingMetrics missing);
Result MissingCondition(Deciders deciders);

// Kleene's logic.  REQUIRES: each operand is a bool or missing.
Result Not(const Result& a);
Result And(std::span<const Result> parts);
Result Or(std::span<const Result> parts);
// True once `count` parts are true, false once that many can't be true any more.
Result AtLeast(int count, std::span<const Result> parts);

// `if condition then a else b`.
Result Choose(const Result& condition, const Result& a, const Result& b);

// The first present; missing when all are.
Result FirstPresent(std::span<const Result> parts);

// The missing result of a strict operation, of which some operand is missing.  `hopeless`: the
// present operands alone make it so.
Result MissingOperand(std::span<const Result> operands, bool hopeless);

}  // namespace pql

#endif  // PQL_EVAL_KLEENE_H_
