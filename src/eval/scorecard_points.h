// The arithmetic of scorecards (grammar/README.md, "scorecard"), shared by every engine.
// Pure functions; thread-safe.

#ifndef PQL_EVAL_SCORECARD_POINTS_H_
#define PQL_EVAL_SCORECARD_POINTS_H_

#include "language/checked_rule_set.h"

namespace pql {

// What a line adds to the sum.  REQUIRES: it is a `when` line.
double PointsWhen(const ScorecardLine& line, bool condition);
// The same of a `per` line, for a number or a duration in microseconds.
double PointsPer(const ScorecardLine& line, double amount);
// Stays at the largest double.
double SumOfPoints(double sum, double points);
// Between the scorecard's floor and cap; never -0.0.
double ScoreWithinBounds(const Scorecard& scorecard, double sum);

}  // namespace pql

#endif  // PQL_EVAL_SCORECARD_POINTS_H_
